"""Plays the year: what is to happen in its order, everything that follows from it in between."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from random import Random

from chaos.year import world
from chaos.year.house import House
from chaos.year.staff import Diary, People

LOGGER = logging.getLogger(__name__)
# British mornings and noons are Shanghai's afternoons, late afternoons California's mornings
SESSIONS = (time(9, 30), time(11, 30), time(16, 40))
SIGNS = time(12)
Event = tuple[datetime, int, Callable[[], None]]


def play(house: House) -> Diary:
    """Everything of the house's world, and a morning more: reports of what is over are drafted then."""
    people = People(house, Random(house.world.seed))  # the same seed plays the same year
    order = count()
    events: list[Event] = [(at, next(order), act) for at, act in _events(house, people)]
    heapq.heapify(events)
    month = 0
    while events:
        at, _, act = heapq.heappop(events)
        house.run_to(at)
        if at.month != month:
            month = at.month
            LOGGER.info("%s: %d ticks, %d calls by staff", at.date(), house.ticks, len(people.diary.calls))
        house.does(act)
    house.run_to(world.at(house.world.last + world.DAY, time(0, 15)))
    house.tick(is_date=True)
    return people.diary


def _events(house: House, people: People) -> Iterator[tuple[datetime, Callable[[], None]]]:
    ends = world.at(house.world.last + world.DAY, time())
    for at, act in _all(house, people):
        if at < ends:
            yield at, act


def _all(house: House, people: People) -> Iterator[tuple[datetime, Callable[[], None]]]:
    for job in house.world.jobs:
        yield job.received, partial(people.takes_in, job)
        yield job.ready, partial(people.has_ready, job)
        yield job.delivered, partial(people.hands_over, job)
        if job.ready > job.promised and job.tells_new_date:
            yield job.promised - timedelta(hours=3), partial(people.says_later, job)
    for at, owner, keys in house.world.callers:
        yield at, partial(people.rings, owner, keys)
    for away in house.world.absences:
        yield max(world.at(away.first - 2 * world.DAY, time(8)), world.at(world.FIRST, time(8))), partial(people.goes_away, away)  # fmt: skip
    for day in _days(house.world.last):
        if world.is_workday(day):
            yield from ((world.at(day, hour), people.work) for hour in SESSIONS)
        if day.day == 3:
            yield world.at(day, SIGNS), people.reports


def _days(last: date) -> Iterator[date]:
    day = world.FIRST
    while day <= last:
        yield day
        day += world.DAY
