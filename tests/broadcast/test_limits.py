"""What a campaign's document says of how much may leave, from where and when, and that it is kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from broadcast import campaigns, limits
from core import clock
from core.db import ALL_TENANTS
from core.errors import Conflict, Invalid
from core.models import AuditEntry, Tenant
from customers.models import ConsentEvent, Customer
from outbound import following
from outbound.claim import Claim, claim
from outbound.models import Attempt, Delivery, Sender, Source
from tests.broadcast.conftest import House

pytestmark = pytest.mark.storage
PRICES = {"prices": {"currency": "USD", "sms": {"+": "0.01"}}}
SECOND = "+18005550109"


def priced(house: House) -> None:
    with house.session() as session:
        session.get_one(Tenant, 1).settings = PRICES


def take(house: House, address: str = "+18005550101") -> Claim:
    with house.session() as session:
        session.execute(update(Sender).values(next_at=clock.real(), rate_per_s=100.0))
        sender = session.scalars(select(Sender).where(Sender.address == address)).one()
        return claim(session, sender.id, 60)


def crowd(house: House, count: int) -> None:
    house.crowd(count)
    with house.session() as session:
        for customer_id in session.scalars(select(Customer.id)):
            agreed = {"purpose": "service", "level": "express_written", "source": "test", "at": clock.now()}
            session.add(ConsentEvent(tenant_id=1, customer_id=customer_id, **agreed))


def follow(house: House) -> None:
    following.follow(house.runtime, None)  # type: ignore[arg-type]  # it needs no pool


@pytest.mark.parametrize(
    ("field", "says"),
    [
        pytest.param({"budget": "{amount: 0, currency: USD}"}, "budget.amount: ", id="no money"),
        pytest.param({"budget": "{amount: 5}"}, "budget.currency: this field is missing", id="no currency"),
        pytest.param(
            {"budget": "{amount: lots, currency: USD}"}, "budget.amount: enter a number", id="a word"
        ),
        pytest.param({"per_day": "0"}, "per_day: ", id="none a day"),
        pytest.param({"per_day": "some"}, "per_day: enter a whole number", id="a word a day"),
        pytest.param({"senders": "+18005550101"}, "senders: enter a list", id="no list"),
        pytest.param({"hours": "10-17"}, 'hours.weekdays: enter hours such as "09:00-20:00"', id="hours"),
        pytest.param({"canary": "{percent: 0}"}, "canary.percent: ", id="no sample"),
        pytest.param({"canary": "{hold_min: 0}"}, "canary.hold_min: ", id="no time to see"),
        pytest.param(
            {"canary": "{most_sighs_percent: 1}"}, "canary.most_sighs_percent: there is no", id="sighs"
        ),
    ],
)
def test_a_wrong_limit_is_named_by_its_field(house: House, field: dict[str, str], says: str) -> None:
    result = house.run("create", str(house.write(**field)))

    assert result.exit_code == 1
    assert says in result.stderr


@pytest.mark.parametrize(
    ("field", "says"),
    [
        pytest.param(
            {"senders": '["+18005550188"]'}, "none of these numbers is an open sender", id="unknown"
        ),
        pytest.param(
            {"senders": '["+18005550101", "+18005550188"]'},
            "there is no sender +18005550188",
            id="one of two",
        ),
        pytest.param({"senders": '["+18005550100"]'}, "is an open sender for sms", id="of another channel"),
        pytest.param({"budget": "{amount: 5, currency: USD}"}, "there is no price table yet", id="no prices"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_launch(house: House, field: dict[str, str], says: str) -> None:
    house.crowd(1)
    found = house.said("create", str(house.write(**field)))

    result = house.run("launch", str(found["id"]))

    assert result.exit_code == 1
    assert says in result.stderr


def test_a_day_holds_and_the_next_goes_on(both: House) -> None:
    crowd(both, 5)
    both.running(per_day="3", ends_after_h="100")
    assert len(take(both).work) == 3
    assert take(both).work == ()

    clock.advance(timedelta(days=1))
    assert len(take(both).work) == 2


def test_a_used_up_budget_pauses_the_campaign_and_more_money_lets_it_go_on(both: House) -> None:
    priced(both)
    crowd(both, 5)
    campaign_id = both.running(budget="{amount: 0.03, currency: USD}")
    assert len(take(both).work) == 3
    follow(both)
    assert both.campaign(campaign_id).state == "running", "some may still come back"

    with both.session() as session:
        session.execute(update(Attempt).values(state="accepted"))
    both.settle()
    both.settle()

    campaign = both.campaign(campaign_id)
    assert (campaign.state, campaign.reason) == ("paused", "budget")
    with both.session() as session:
        limits.set_budget(session, campaigns.get(session, campaign_id), Decimal("0.04"), "ann")
        campaigns.resume(session, campaigns.get(session, campaign_id), "ann")
    assert len(take(both).work) == 1
    with both.session() as session:
        details = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "budget")).one()
    assert details == {"before": "0.03", "after": "0.04"}


def test_only_the_named_senders_bring_it(both: House) -> None:
    crowd(both, 2)
    with both.session() as session:
        session.add(
            Sender(
                tenant_id=1,
                channel="sms",
                address=SECOND,
                state="open",
                rate_per_s=10.0,
                next_at=clock.real(),
            )
        )
    both.running(senders=f'["{SECOND}"]')

    assert take(both).work == ()
    assert len(take(both, SECOND).work) == 2


def test_hours_change_while_it_runs_and_who_waits_is_asked_anew(both: House) -> None:
    crowd(both, 2)
    campaign_id = both.running(hours='"13:30-14:00"')  # it is noon in New York, 09:00 in California
    assert not take(both).work
    with both.session() as session:
        assert {row.reason for row in session.scalars(select(Delivery))} == {"campaign_hours"}

    result = both.run("hours", str(campaign_id), "08:00-20:00")
    follow(both)

    assert result.exit_code == 0, result.output
    assert len(take(both).work) == 2
    with both.session() as session:
        assert session.scalars(select(AuditEntry.details).where(AuditEntry.action == "hours")).one()["after"]
        assert session.scalars(select(Source.asks_again)).one() == ""


@pytest.mark.parametrize("hours", ["8-20", "20:00-08:00", "noon"])
def test_hours_that_are_none_change_nothing(house: House, hours: str) -> None:
    house.crowd(1)
    campaign_id = house.running(hours='"13:30-14:00"')

    result = house.run("hours", str(campaign_id), hours)

    assert (result.exit_code, "enter hours such as" in result.stderr) == (1, True)
    with house.session() as session:
        assert session.scalars(select(Source.hours)).one()["weekdays"] == [810, 840]


def test_what_is_over_keeps_its_hours(house: House) -> None:
    house.crowd(1)
    campaign_id = house.running()
    house.said("cancel", str(campaign_id))
    with house.session() as session, pytest.raises(Conflict):
        limits.set_hours(session, campaigns.get(session, campaign_id), "", "ann")
    with house.session() as session, pytest.raises(Conflict, match="has no budget"):
        limits.set_budget(session, campaigns.get(session, campaign_id), Decimal(1), "ann")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        pytest.param("0", "enter more than 0", id="nothing"),
        pytest.param("-5", "enter 0 or more", id="less than nothing"),
        pytest.param("33.3333333", "enter at most 6 decimals", id="parts of a millionth"),
        pytest.param("1e-30", "enter at most 6 decimals", id="next to nothing"),
        pytest.param("nan", "enter a number", id="no number"),
        pytest.param("inf", "enter a number", id="without end"),
        pytest.param("1e12", "enter 1000000000 or less", id="more than there is"),
        pytest.param("three", "enter a number", id="words"),
        pytest.param("", "enter a number", id="left out"),
    ],
)
def test_no_budget_is_taken_that_no_document_could_hold(house: House, amount: str, said: str) -> None:
    priced(house)
    house.crowd(1)
    campaign_id = house.running(budget="{amount: 5, currency: USD}")

    with house.session() as session, pytest.raises(Invalid, match=f"amount: {said}"):
        limits.set_budget(session, campaigns.get(session, campaign_id), amount, "ann")
    assert house.campaign(campaign_id).definition["budget"] == {"amount": "5", "currency": "USD"}
    with house.runtime.database.reading(ALL_TENANTS) as session:
        assert not session.scalars(select(AuditEntry).where(AuditEntry.action == "budget")).all()
