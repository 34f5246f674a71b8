"""The plan of 20,000 customers for a year, without a database: windows, owners and the flags on what was missed."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from aftersales.days import DAY, Days
from aftersales.plan import windows
from aftersales.settings import DELIVERED, AfterSales
from aftersales.standing_in import Person, chain

CUSTOMERS = 20_000
FIRST, LENGTH = date(2024, 1, 1), 366
ZONES = ("America/Los_Angeles", "Asia/Shanghai", "Europe/London")
RULES = AfterSales()
SUE, AGENTS = 1, range(2, 12)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("is_business", [False, True], ids=["calendar days", "working days"])
def test_every_delivery_brings_one_first_call_and_every_first_call_one_second(
    zone: str, is_business: bool
) -> None:
    days, rng, made = Days(zone, is_business, "GB"), Random(zone), Counter[str]()
    for _ in range(CUSTOMERS // len(ZONES) + 1):
        delivered = FIRST + rng.randrange(LENGTH) * DAY
        [first] = windows(RULES, days, DELIVERED, delivered)
        assert (_count(days, delivered, first.earliest_on), _count(days, delivered, first.due_on)) == (3, 7)
        called = first.earliest_on + rng.randrange(8) * DAY
        [second] = windows(RULES, days, "first", called)
        assert (_count(days, called, second.earliest_on), _count(days, called, second.due_on)) == (7, 14)
        assert not list(windows(RULES, days, "second", second.due_on))
        made["in time" if called <= first.due_on else "late"] += 1
    assert made["in time"] > made["late"] > 0


def _count(days: Days, since: date, until: date) -> int:
    """The days from one to another as a person counts them on a calendar."""
    return sum(
        not days.is_business or days.is_workday(since + number * DAY)
        for number in range(1, (until - since).days + 1)
    )


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_is_missed_from_the_midnight_on_with_which_it_ends_and_from_no_instant_before(
    zone: str,
) -> None:
    days, instant = Days(zone), timedelta(microseconds=1)
    for day in (FIRST + number * DAY for number in range(LENGTH)):
        ends = days.ends(day)
        assert ends == datetime.combine(day + DAY, time(), ZoneInfo(zone))
        assert (days.on(ends - instant), days.on(ends), days.due_on(ends)) == (day, day + DAY, day)
    starts = [days.starts(FIRST + number * DAY) for number in range(LENGTH)]
    assert {later - earlier for earlier, later in pairwise(starts)} <= {
        timedelta(hours=hours) for hours in (23, 24, 25)
    }


def test_on_no_day_of_the_year_is_anybody_s_work_in_nobody_s_hands() -> None:
    people = {
        SUE: Person("business", frozenset({"supervisor"}), is_active=True),
        **{one: Person("business", frozenset({"after_sales"}), is_active=True) for one in AGENTS},
    }
    rng = Random(1)
    owners = [rng.choice(AGENTS) for _ in range(CUSTOMERS)]
    for _ in range(LENGTH):
        off = rng.sample(AGENTS, rng.randrange(len(AGENTS) + 1))
        away = {one: rng.choice([None, *AGENTS]) for one in off}
        acting = chain(people, away)
        there = set(people) - away.keys()
        hands = {one: acting.whose(one) for one in there}
        held = Counter(whose for mine in hands.values() for whose in mine)
        assert held == dict.fromkeys(people, 1), (
            "everybody's work is in one pair of hands, and those are there"
        )
        assert sum(held[owner] for owner in owners) == CUSTOMERS
