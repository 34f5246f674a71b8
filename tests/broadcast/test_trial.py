"""Tests to one's own number: confirmed first, brought like everything else, counting for nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from broadcast import trial, trial_numbers
from broadcast.models import Campaign, TrialNumber
from core import clock
from core.errors import Conflict, Invalid, NotFound
from core.models import Staff, Tenant
from customers.models import Touch
from outbound.claim import claim
from outbound.models import Delivery, Sender, Source
from tests.broadcast.conftest import House

MINE = "+14155550190"


@pytest.fixture
def staff_id(house: House) -> int:
    with house.session() as session:
        one = Staff(tenant_id=1, email="ann@ours.example", name="Ann", password="", created_at=clock.now())
        session.add(one)
        session.flush()
        return one.id


def code_sent(house: House) -> str:
    with house.session() as session:
        found = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert found
        assert found.address == MINE
        return str(found.variables["code"])


def add_number(house: House, staff_id: int, channel: str = "sms") -> int:
    with house.session() as session:
        return trial.send_code(session, staff_id, channel, MINE).id


def confirm(house: House, staff_id: int, number_id: int, code: str) -> bool:
    with house.session() as session:
        return trial_numbers.confirm(session, staff_id, number_id, code)


def confirmed(house: House, staff_id: int) -> int:
    number_id = add_number(house, staff_id)
    assert confirm(house, staff_id, number_id, code_sent(house))
    return number_id


def send(house: House, staff_id: int, number_id: int, customer_id: int, position: int = 1) -> int:
    with house.session() as session:
        campaign = session.get_one(Campaign, 1)
        return trial.send(session, campaign, staff_id, position, customer_id, number_id).id


def test_a_confirmed_number_gets_what_the_customer_would(house: House, staff_id: int) -> None:
    [ann] = house.crowd(1)
    house.said("create", str(house.write()))
    number_id = confirmed(house, staff_id)

    trial_id = send(house, staff_id, number_id, ann)

    with house.session() as session:
        source = session.scalars(select(Source).where(Source.name == f"test:{trial_id}")).one()
        delivery = session.scalars(select(Delivery).where(Delivery.source_id == source.id)).one()
        assert (delivery.address, delivery.customer_id) == (MINE, None)
        assert delivery.variables["name"] == "Ann 0"
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
        assert [one.address for one in claim(session, sender, 60).work] == [MINE]
        assert session.scalars(select(Touch)).all() == []
        shown = trial.latest(session, session.get_one(Campaign, 1))
        assert [(row.who, row.address) for row in shown] == [("Ann", MINE)]


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        pytest.param("000000x", False, id="another code"),
        pytest.param("", False, id="nothing"),
        pytest.param(None, True, id="the code that was sent"),
    ],
)
def test_only_the_code_that_was_sent_confirms(
    house: House, staff_id: int, code: str | None, counts: bool
) -> None:
    number_id = add_number(house, staff_id)

    assert confirm(house, staff_id, number_id, code_sent(house) if code is None else code) is counts


def test_a_code_holds_ten_minutes_and_five_tries(house: House, staff_id: int) -> None:
    number_id = add_number(house, staff_id)
    code = code_sent(house)
    for _ in range(trial_numbers.MAX_TRIES):
        assert not confirm(house, staff_id, number_id, "wrong")
    assert not confirm(house, staff_id, number_id, code)

    add_number(house, staff_id)
    code = code_sent(house)
    clock.advance(timedelta(seconds=trial_numbers.CODE_S + 1))
    assert not confirm(house, staff_id, number_id, code)


def test_codes_are_few_a_day(house: House, staff_id: int) -> None:
    for _ in range(trial_numbers.MAX_CODES):
        add_number(house, staff_id)
    with pytest.raises(Conflict, match="try again tomorrow"):
        add_number(house, staff_id)


def test_what_a_test_is_refused_for(house: House, staff_id: int) -> None:
    [ann] = house.crowd(1)
    house.said("create", str(house.write()))
    unconfirmed = add_number(house, staff_id)
    with pytest.raises(Conflict, match="confirm this number first"):
        send(house, staff_id, unconfirmed, ann)
    assert confirm(house, staff_id, unconfirmed, code_sent(house))
    with pytest.raises(NotFound, match="there is no such number of yours"):
        send(house, staff_id, 99, ann)
    with pytest.raises(NotFound, match="there is no customer 999"):
        send(house, staff_id, unconfirmed, 999)
    with pytest.raises(NotFound, match="has no wave 7"):
        send(house, staff_id, unconfirmed, ann, position=7)
    with house.session() as session, pytest.raises(Invalid):
        trial.send_code(session, staff_id, "sms", "no number")
    with house.session() as session:
        session.execute(update(Tenant).values(settings={"launch": {"tests_per_day": 1}}))
    send(house, staff_id, unconfirmed, ann)
    with pytest.raises(Conflict, match="1 are allowed"):
        send(house, staff_id, unconfirmed, ann)


def test_a_number_belongs_to_who_entered_it(house: House, staff_id: int) -> None:
    number_id = confirmed(house, staff_id)
    with house.session() as session:
        assert session.get_one(TrialNumber, number_id).confirmed_at
        with pytest.raises(NotFound):
            trial_numbers.confirmed(session, staff_id + 1, number_id, "sms")
