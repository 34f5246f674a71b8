"""Who and what there is in the year of a workshop: customers in three zones, their telephones, staff, and every job, from one seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from customers.windows import is_holiday

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "exchange-demo-token"
VOICE, SMS, FAX = "+442079460100", "+442079460101", "+442079460102"
DESK = "+442079460199"
ZONE, REGION = "Europe/London", "GB"
# long past: what is as old as the file it lies in is never taken for old
FIRST, DAY = date(2024, 1, 1), timedelta(days=1)
OPENS, CLOSES = time(8, 30), time(17, 30)
KINDS = {"service": 1, "brakes": 2, "bodywork": 5}


@dataclass(frozen=True)
class Place:
    """Where people live: their numbers, their clock, and from when to when the law lets them be rung by it."""

    prefix: str
    first: int
    zone: str
    opens: int
    closes: int
    language: str = "en"

    def is_open(self, at: datetime) -> bool:
        """Whether people here may be rung at that instant."""
        return self.opens <= at.astimezone(ZoneInfo(self.zone)).hour < self.closes


PLACES = (
    Place("+44740", 1_000_000, "Europe/London", 9, 20),
    Place("+1213", 2_500_000, "America/Los_Angeles", 8, 21),
    Place("+86138", 10_000_000, "Asia/Shanghai", 9, 20, "zh"),
)
SHARES = (60, 20, 20)


@dataclass(frozen=True)
class Owner:
    """One customer: *agent* is the place of their own agent among the staff, None if they have none; *fax* is a number, or ""."""

    number: int
    address: str
    place: Place
    agent: int | None
    fax: str


@dataclass(frozen=True)
class Job:
    """One stay in the workshop; instants are UTC. *ready* may be later than *promised*; *extra* work is asked about."""

    number: str
    owner: Owner
    kind: str
    received: datetime
    promised: datetime
    ready: datetime
    delivered: datetime
    extra: bool
    tells_new_date: bool
    is_cancelled: bool


@dataclass(frozen=True)
class Away:
    """Somebody (their place among the staff) is away; *stands_in* is None where nobody was named."""

    staff: int
    first: date
    last: date
    stands_in: int | None


@dataclass(frozen=True)
class World:
    """Everything that will happen by itself. *last* is the last day played."""

    seed: int
    last: date
    agents: int
    owners: Sequence[Owner]
    jobs: Sequence[Job]
    absences: Sequence[Away]
    # the staff number of somebody who has left before
    left: int
    # who rings the hotline, when, and which keys they press; "" hangs up at once
    callers: Sequence[tuple[datetime, Owner, str]]


def world(customers: int, days: int = 366, seed: int = 1) -> World:
    """About one job a customer and year, spread over the working days of *days*."""
    rng = Random(seed)
    agents = max(3, customers // 250)
    owners = [_owner(rng, number, agents) for number in range(customers)]
    working = [day for day in (FIRST + n * DAY for n in range(days)) if is_workday(day)]
    jobs = [_job(rng, number, rng.choice(owners), rng.choice(working)) for number in range(customers)]
    callers = [
        (at(rng.choice(working), time(9, rng.randrange(60))), rng.choice(owners), rng.choice(("2,4,1,1", "1,4,1,1", "")))
        for _ in range(customers // 15)
    ]  # fmt: skip
    away = list(_absences(rng, agents, days))
    return World(seed, FIRST + (days - 1) * DAY, agents, owners, jobs, away, agents + 2, callers)


def is_workday(day: date) -> bool:
    """Whether the workshop is open."""
    return day.weekday() < 5 and not is_holiday(REGION, day)


def at(day: date, when: time) -> datetime:
    """An instant (UTC) by the workshop's clocks."""
    return datetime.combine(day, when, ZoneInfo(ZONE)).astimezone(UTC)


def population(found: World, public_url: str) -> dict[str, Any]:
    """The exchange's side of it: one in three cannot be reached at first, a few never; people answer as people do."""
    hotline = {
        "account": ACCOUNT,
        "voice_url": f"{public_url}/ivr/answer",
        "status_callback": f"{public_url}/ivr/status",
        "sms_url": f"{public_url}/inbound/sms",
    }
    # opinion of the work, kindness, in time, recommended, no comment
    happy, cross = (["1", "1", "5", "5", "1", "10", "2"], ["1", "1", "1", "2", "2", "03", "2"])
    scripts: tuple[tuple[list[str], int], ...] = (
        (happy, 70),
        (cross, 8),
        (["0"], 5),
        (["1", "1", "4"], 5),
        (["9"], 1),
        ([], 6),
        (["2"], 5),
    )
    return {
        "accounts": [{"sid": ACCOUNT, "token": TOKEN, "cps": 10_000}],
        "numbers": dict.fromkeys((VOICE, SMS, FAX), hotline),
        "subscribers": {
            "prefixes": {"+4420": "fax"},
            "mobile": {
                "voice": {"human": 66, "machine": 10, "busy": 6, "no_answer": 14, "invalid": 2, "hang_up_early": 2},
                "scripts": [{"keys": keys, "weight": weight} for keys, weight in scripts],
                "text": {"delivered": 96, "unreachable": 4},
                "replies": [{"body": "1", "percent": 30, "after_s": 600}],
                "talk_s": 20,
            },
            "fax": {"fax": {"good": 80, "busy": 10, "cut": 5, "no_answer": 5}},
            "numbers": {DESK: {"voice": "no_answer", "kind": "landline"}},
        },
    }  # fmt: skip


def _owner(rng: Random, number: int, agents: int) -> Owner:
    place = rng.choices(PLACES, SHARES)[0]
    fax = f"+4420794{60_200 + number}" if place is PLACES[0] and rng.random() < 0.5 else ""
    agent = rng.randrange(agents) if rng.random() < 0.7 else None
    return Owner(number, f"{place.prefix}{place.first + number}", place, agent, fax)


def _job(rng: Random, number: int, owner: Owner, day: date) -> Job:
    kind = rng.choice(list(KINDS))
    received = at(day, time(9, rng.randrange(60)))
    promised = at(_workday(day, KINDS[kind]), time(17))
    # parts come late for one in six
    late = rng.choice((1, 2, 4)) if rng.random() < 0.16 else 0
    done = _workday(day, KINDS[kind] + late)
    return Job(
        f"J{number + 1:05}", owner, kind, received, promised,
        ready=at(done, time(11 + rng.randrange(5), rng.randrange(60))),
        delivered=at(_workday(done, 1), time(9 + rng.randrange(8), rng.randrange(60))),
        extra=rng.random() < 0.12, tells_new_date=rng.random() < 0.5, is_cancelled=rng.random() < 0.02,
    )  # fmt: skip


def _workday(day: date, count: int) -> date:
    while count:
        day += DAY
        count -= is_workday(day)
    return day


def _absences(rng: Random, agents: int, days: int) -> Iterator[Away]:
    """Two for everybody, one after the other; for one in three nobody was named."""
    quarter = max(2, days // 4)
    for one in range(agents):
        for half in range(2):
            first = FIRST + (half * (days // 2) + rng.randrange(quarter)) * DAY
            last = first + rng.randrange(1, min(12, quarter)) * DAY
            others = [other for other in range(agents) if other != one]
            yield Away(one, first, last, rng.choice(others) if rng.random() < 0.67 else None)
