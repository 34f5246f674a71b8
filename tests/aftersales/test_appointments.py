"""Appointments: a place is one customer's however many want it at once; moved, cancelled, kept, and lapsed if only offered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from aftersales import appointments
from aftersales.appointments import Wanted
from aftersales.jobs import lapse
from aftersales.models import Appointment
from core import clock
from core.errors import CarillonError, Conflict, NotFound, WrongFields
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from tests.aftersales.booked import MORNING, Booked

pytestmark = pytest.mark.storage
RACERS = 6


class Interrupted(Exception):
    """The transaction is to be undone."""


@pytest.fixture
def shop(runtime: Runtime) -> Booked:
    return Booked(runtime)


def race(act: Callable[[int], Any], racers: int = RACERS) -> list[str]:
    """What came of *act* done by many at the same moment: ok, or the code of what refused it."""
    start, found = threading.Barrier(racers), []

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            found.append("ok")
        except CarillonError as error:
            found.append(error.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_of_many_who_want_the_last_place_one_gets_it(shop: Booked) -> None:
    found = race(lambda number: shop.book(1, number % 4 + 1, f"race:{number}"))

    assert found == ["ok"] + ["taken"] * (RACERS - 1)
    assert shop.states() == [(1, 1, "booked")]


def test_as_many_get_in_as_there_are_places(runtime: Runtime) -> None:
    shop = Booked(runtime, replace(MORNING, places=4))
    found = race(lambda number: shop.book(1, number % 4 + 1, f"race:{number}"))

    assert found == ["ok"] * 4 + ["taken"] * (RACERS - 4)
    assert sorted(shop.states()) == [(1, place, "booked") for place in (1, 2, 3, 4)]


def test_it_is_the_index_that_decides(shop: Booked) -> None:
    shop.book(1)
    with suppress(Interrupted), shop.session() as session:
        session.execute(text("DROP INDEX ix_appointment_place"))
        appointments.book(session, session.get_one(Tenant, 1), 1, Wanted(2, "test"), "ann")
        places = session.execute(select(Appointment.slot_id, Appointment.place)).all()
        raise Interrupted  # the schema is every test's

    assert places == [(1, 1)] * 2, "without it the same place is given twice"
    assert len(shop.states()) == 1


def test_asked_for_twice_at_once_it_is_one_appointment(shop: Booked) -> None:
    assert race(lambda number: shop.book(1, 1, "call:CA1:3")) == ["ok"] * RACERS
    assert len(shop.states()) == 1


def test_of_two_who_move_to_one_place_the_other_keeps_his(shop: Booked) -> None:
    first, second = shop.book(1, 1), shop.book(2, 2)

    assert race(lambda number: shop.move((first, second)[number], 3), 2) == ["ok", "taken"]
    assert sorted(state for _, _, state in shop.states()) == ["booked", "booked", "moved"]
    assert sum(slot == 3 for slot, _, state in shop.states() if state == "booked") == 1


def test_a_move_takes_the_new_place_before_it_gives_up_the_old(shop: Booked) -> None:
    old = shop.book(1, kind="service", wish="noise in front")
    new = shop.move(old, 2)

    with shop.session() as session:
        found = appointments.get(session, new)
        assert (found.earlier_id, found.kind, found.wish, found.state) == (
            old,
            "service",
            "noise in front",
            "booked",
        )
    assert shop.states() == [(1, 1, "moved"), (2, 1, "booked")]
    assert shop.free() == {1: 1, 3: 1}
    assert shop.move(old, 2) == new, "done again it is the same"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        pytest.param(lambda shop, mine: shop.move(mine, 2), "taken", id="to a place somebody has"),
        pytest.param(lambda shop, mine: shop.move(mine, 1), "same_time", id="to where it is"),
        pytest.param(lambda shop, mine: shop.move(mine, 99), "no_slot", id="to nowhere"),
        pytest.param(lambda shop, mine: shop.move(99, 3), "no_appointment", id="nothing"),
        pytest.param(lambda shop, mine: shop.move(2**70, 3), "no_appointment", id="a number no column takes"),
        pytest.param(lambda shop, mine: shop.close(mine, True), "too_early", id="kept the day before"),
        pytest.param(lambda shop, mine: shop.close(mine, False), "too_early", id="missed the day before"),
        pytest.param(lambda shop, mine: shop.accept(mine + 2), "no_appointment", id="an offer nobody made"),
    ],
)
def test_what_cannot_be_changes_nothing(shop: Booked, act: Callable[[Booked, int], Any], code: str) -> None:
    mine = shop.book(1)
    shop.book(2, 2)

    with pytest.raises((Conflict, NotFound)) as refused:
        act(shop, mine)
    assert refused.value.code == code
    assert shop.states() == [(1, 1, "booked"), (2, 1, "booked")]


@pytest.mark.parametrize("over", ["cancelled", "moved", "kept"])
def test_what_is_over_is_neither_moved_nor_cancelled_nor_confirmed(shop: Booked, over: str) -> None:
    mine = shop.book(1)
    if over == "cancelled":
        shop.cancel(mine)
    elif over == "moved":
        shop.move(mine, 3)
    else:
        clock.advance(timedelta(days=1))
        shop.close(mine, True)
    before = shop.states()

    with pytest.raises(Conflict, match=f"this appointment is {over} already"):
        shop.move(mine, 2)
    with shop.session() as session, pytest.raises(Conflict):
        appointments.confirm(session, appointments.get(session, mine), "ann")
    if over != "cancelled":
        with pytest.raises(Conflict):
            shop.cancel(mine)
    assert shop.states() == before


def test_a_cancelled_place_is_free_and_cancelling_twice_is_once(shop: Booked) -> None:
    mine = shop.book(1)
    shop.cancel(mine)
    shop.cancel(mine)

    assert shop.free()[1] == 1
    shop.book(1, 2)
    assert shop.states() == [(1, 1, "cancelled"), (1, 1, "booked")]
    with shop.session() as session:
        found = session.scalars(select(AuditEntry.action).where(AuditEntry.about == f"appointment:{mine}"))
        assert list(found) == ["appointment_booked", "appointment_cancelled"]


def test_an_offer_is_kept_for_ten_minutes_then_others_have_it(shop: Booked) -> None:
    offer = shop.hold(1)
    with pytest.raises(Conflict, match="taken"):
        shop.book(1, 2)

    clock.advance(timedelta(minutes=10))
    with pytest.raises(Conflict, match="no longer"):
        shop.accept(offer)
    shop.book(1, 2)
    assert shop.states() == [(1, 1, "expired"), (1, 1, "booked")]


def test_offers_that_lapse_are_given_up_by_the_worker(shop: Booked) -> None:
    shop.hold(1)
    clock.advance(timedelta(minutes=9))
    assert lapse(shop.runtime, None)["lapsed"] == 0  # type: ignore[arg-type]  # it uses no pool
    clock.advance(timedelta(minutes=1))
    assert lapse(shop.runtime, None)["lapsed"] == 1  # type: ignore[arg-type]  # as above


def test_an_accepted_offer_is_booked_once_and_replaces_what_it_was_offered_for(shop: Booked) -> None:
    old = shop.book(1)
    offer = shop.hold(2, earlier_id=old)
    shop.accept(offer)
    clock.advance(timedelta(hours=1))
    shop.accept(offer)

    assert shop.states() == [(1, 1, "moved"), (2, 1, "booked")]
    assert shop.lapse() == 0


def test_an_offer_for_what_was_cancelled_meanwhile_books_nothing(shop: Booked) -> None:
    old = shop.book(1)
    offer = shop.hold(2, earlier_id=old)
    shop.cancel(old)

    with pytest.raises(Conflict):
        shop.accept(offer)
    assert shop.states() == [(1, 1, "cancelled"), (2, 1, "offered")]


@pytest.mark.parametrize(
    ("customer", "more", "field"),
    [
        pytest.param(99, {}, "customer_id", id="nobody"),
        pytest.param(2**70, {}, "customer_id", id="a number no column takes"),
        pytest.param(1, {"vehicle_id": 5}, "vehicle_id", id="somebody else's vehicle"),
        pytest.param(1, {"wish": "x" * 401}, "wish", id="a long wish"),
        pytest.param(1, {"kind": "x" * 41}, "kind", id="a long word"),
        pytest.param(1, {"origin": "x" * 101}, "origin", id="a long origin"),
    ],
)
def test_a_wish_that_makes_no_sense_is_said_by_field(
    shop: Booked, customer: int, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(WrongFields) as refused:
        shop.book(1, customer, **{"origin": "test:1", **more})
    assert [fault.field for fault in refused.value.faults] == [field]
    assert shop.states() == []


def test_a_time_that_has_passed_cannot_be_booked(shop: Booked) -> None:
    clock.advance(timedelta(hours=23))
    with pytest.raises(Conflict, match="passed"):
        shop.book(1)


def test_came_or_did_not_and_the_wrong_tick_is_mended(shop: Booked) -> None:
    mine = shop.book(2)
    clock.advance(timedelta(hours=23))
    with pytest.raises(Conflict, match="yet to come"):
        shop.close(mine, False)
    shop.close(mine, True)
    clock.advance(timedelta(hours=1))
    shop.close(mine, False)

    assert shop.states() == [(2, 1, "missed")]


def test_the_next_one_is_the_earliest_to_come(shop: Booked) -> None:
    shop.book(3)
    first = shop.book(2, origin="b")
    shop.cancel(shop.book(1, origin="c"))

    with shop.session() as session:
        found = appointments.next_of(session, 1)
        assert isinstance(found, Appointment)
        assert found.id == first
        assert appointments.next_of(session, 2) is None
