"""Slots: a week's pattern by the company's clocks, without holidays, twice the same, never two at once on one resource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales import closing_slots, slots
from aftersales.days import Days
from aftersales.models import FollowUp
from aftersales.slots import Opened, Pattern
from core import clock
from core.errors import Conflict, WrongFields
from core.models import Tenant
from core.runtime import Runtime
from tests.aftersales.booked import MORNING, THURSDAY, TODAY, Booked

LOS_ANGELES = Days("America/Los_Angeles", holidays="US")


def walls(days: Days, pattern: Pattern) -> list[str]:
    """The beginnings of the slots, as the company's clocks show them."""
    return [f"{start.astimezone(days.clock):%a %d %H:%M}" for start, _ in slots.spans(days, pattern)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param(MORNING, ["Thu 19 08:00", "Thu 19 09:00", "Thu 19 10:00"], id="a morning"),
        pytest.param(replace(MORNING, closes=time(10, 59)), ["Thu 19 08:00", "Thu 19 09:00"], id="no half slots"),
        pytest.param(
            replace(MORNING, last_on=date(2026, 11, 23), closes=time(9)), ["Thu 19 08:00", "Fri 20 08:00", "Mon 23 08:00"],
            id="not at weekends",
        ),
        pytest.param(
            replace(MORNING, first_on=date(2026, 11, 26), last_on=date(2026, 11, 27), closes=time(9)), ["Fri 27 08:00"],
            id="not on Thanksgiving",
        ),
        pytest.param(
            replace(MORNING, first_on=date(2026, 11, 26), last_on=date(2026, 11, 26), closes=time(9), skips_holidays=False),
            ["Thu 26 08:00"], id="on Thanksgiving if wanted",
        ),
        pytest.param(
            Pattern("x", date(2027, 3, 14), date(2027, 3, 14), time(0), time(5), 60, weekdays=[6]),
            ["Sun 14 00:00", "Sun 14 01:00", "Sun 14 03:00", "Sun 14 04:00"], id="none at an hour the clocks skip",
        ),
        pytest.param(
            Pattern("x", date(2027, 3, 14), date(2027, 3, 14), time(0), time(6), 90, weekdays=[6]),
            ["Sun 14 00:00", "Sun 14 01:30", "Sun 14 04:30"], id="none before the one before has ended",
        ),
        pytest.param(
            Pattern("x", date(2026, 11, 1), date(2026, 11, 1), time(0), time(4), 60, weekdays=[6]),
            ["Sun 01 00:00", "Sun 01 01:00", "Sun 01 02:00", "Sun 01 03:00"], id="one at an hour the clocks show twice",
        ),
    ],
)  # fmt: skip
def test_a_pattern_is_read_by_the_company_s_clocks(pattern: Pattern, expected: list[str]) -> None:
    assert walls(LOS_ANGELES, pattern) == expected


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 23), st.integers(5, 240),
    st.sampled_from(["America/Los_Angeles", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_no_slot_begins_before_another_has_ended(day: date, hour: int, minutes: int, zone: str) -> None:
    pattern = Pattern("x", day, day + timedelta(days=2), time(hour), time(23, 59), minutes, weekdays=range(7))
    found = list(slots.spans(Days(zone), pattern))

    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    assert all(end - start == timedelta(minutes=minutes) for start, end in found)


@pytest.mark.storage
def test_opened_twice_they_are_there_once_and_past_ones_are_left_out(runtime: Runtime) -> None:
    shop = Booked(runtime)

    assert shop.open(MORNING) == Opened(0, 3)
    assert shop.open(replace(MORNING, places=9)) == Opened(0, 3), "what is there stays as it is"
    assert shop.open(replace(MORNING, first_on=TODAY, last_on=TODAY)) == Opened(1, 0), "it is nine o'clock"
    assert [slot.places for slot in shop.slots()] == [1, 1, 1, 1]
    assert shop.slots()[0].starts_at == datetime(2026, 11, 19, 16, tzinfo=UTC)


@pytest.mark.storage
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(MORNING, opens=time(8, 30)), id="half an hour later"),
        pytest.param(replace(MORNING, minutes=30), id="shorter"),
        pytest.param(replace(MORNING, minutes=180), id="longer"),
        pytest.param(replace(MORNING, opens=time(7, 30), closes=time(8, 30)), id="reaching into the first"),
    ],
)
def test_one_resource_never_has_two_slots_at_once(runtime: Runtime, other: Pattern) -> None:
    shop = Booked(runtime)

    with pytest.raises(Conflict, match="Bay 1 has another slot around 2026-11-19"):
        shop.open(other)
    assert len(shop.slots()) == 3
    assert shop.open(replace(other, resource="Bay 2")).opened > 0


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        pytest.param({"resource": " "}, ["resource"], id="nobody"),
        pytest.param({"resource": "x" * 61}, ["resource"], id="a long name"),
        pytest.param({"last_on": TODAY}, ["last_on"], id="days backwards"),
        pytest.param({"first_on": date(2026, 1, 1), "last_on": date(2026, 1, 2)}, ["last_on"], id="days past"),
        pytest.param({"last_on": date(2028, 11, 19)}, ["last_on"], id="years"),
        pytest.param({"first_on": date(9999, 12, 30), "last_on": date.max}, ["last_on"], id="the end of time"),
        pytest.param({"first_on": date.min}, ["last_on"], id="the beginning of time"),
        pytest.param({"weekdays": []}, ["weekdays"], id="no day"),
        pytest.param({"weekdays": [7]}, ["weekdays"], id="an eighth day"),
        pytest.param({"minutes": 0}, ["minutes"], id="no length"),
        pytest.param({"minutes": -60}, ["minutes"], id="backwards"),
        pytest.param({"minutes": 721}, ["minutes"], id="half a day"),
        pytest.param({"closes": time(8)}, ["closes"], id="no time between"),
        pytest.param({"closes": time(7), "places": 0}, ["closes", "places"], id="two mistakes"),
        pytest.param({"places": 51}, ["places"], id="a crowd"),
        pytest.param({"minutes": 5, "opens": time(0), "closes": time(23, 59), "weekdays": range(7), "last_on": date(2027, 11, 1)}, ["last_on"], id="too many"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_by_field(
    runtime: Runtime, more: dict[str, Any], fields: list[str]
) -> None:
    shop = Booked(runtime)
    with pytest.raises(WrongFields) as refused:
        shop.open(replace(MORNING, **more))

    assert [fault.field for fault in refused.value.faults] == fields
    assert len(shop.slots()) == 3


def closed(shop: Booked, slot_ids: Iterable[int], **more: Any) -> closing_slots.Closed:
    with shop.session() as session:
        return closing_slots.close(session, session.get_one(Tenant, 1), list(slot_ids), "sue", **more)


@pytest.mark.storage
def test_closed_slots_cannot_be_booked_until_they_are_opened_again(runtime: Runtime) -> None:
    shop = Booked(runtime)
    with shop.session() as session:
        tenant = session.get_one(Tenant, 1)
        assert closing_slots.close_days(session, tenant, "Bay 1", TODAY, THURSDAY, "sue").slots == 3
    with pytest.raises(Conflict, match="this time is taken"):
        shop.book(1)
    assert shop.free() == {}

    assert shop.open(replace(MORNING, minutes=90)) == Opened(2, 0), "closed ones are in nobody's way"
    assert sum(shop.free().values()) == 2


@pytest.mark.storage
def test_whoever_has_a_place_is_in_the_way_of_closing(runtime: Runtime) -> None:
    shop = Booked(runtime)
    shop.book(2)

    with pytest.raises(Conflict, match="1 customers have a place there, the first at 2026-11-19 09:00"):
        closed(shop, [1, 2, 3])
    assert shop.free() == {1: 1, 3: 1}, "nothing is closed"


@pytest.mark.storage
def test_or_gets_the_next_place_and_a_call(runtime: Runtime) -> None:
    shop = Booked(runtime)
    first = shop.book(1)
    done = closed(shop, [1], moves=True)

    assert shop.states() == [(1, 1, "moved"), (2, 1, "booked")]
    assert (done.slots, [one.earlier_id for one in done.moved]) == (1, [first])
    (call,) = shop.rows(FollowUp)
    assert (call.step, call.owner_id, call.customer_id) == ("appointment", 2, 1)
    assert call.topic == "Thu, Nov 19, 8:00 AM → Thu, Nov 19, 9:00 AM"


@pytest.mark.storage
def test_where_no_place_is_left_nothing_is_closed(runtime: Runtime) -> None:
    shop = Booked(runtime)
    shop.book(3)

    with pytest.raises(Conflict, match="open more slots first"):
        closed(shop, [1, 2, 3], moves=True)
    assert (shop.states(), shop.free()) == ([(3, 1, "booked")], {1: 1, 2: 1})


@pytest.mark.storage
def test_free_places_are_those_of_slots_to_come(runtime: Runtime) -> None:
    shop = Booked(runtime, replace(MORNING, places=2))
    shop.book(1)
    shop.hold(2)
    assert shop.free() == {1: 1, 2: 1, 3: 2}

    clock.advance(timedelta(minutes=10))
    assert shop.free() == {1: 1, 2: 2, 3: 2}, "an offer lapses by itself"
    clock.advance(timedelta(hours=24))
    assert shop.free() == {3: 2}
