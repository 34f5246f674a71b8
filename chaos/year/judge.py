"""
The judge of a year: promises (promises.py), and whether summaries, registers and ledger tell of the same year.

disagreeing  a figure of the yearly summary that the months, the registers, the exchange's ledger or people's diaries contradict
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from aftersales import registers, settings, summaries
from aftersales.models import CallRecord, Letter, Summary
from aftersales.summaries import Figures
from chaos.year import promises
from chaos.year.house import House
from chaos.year.promises import Finding
from chaos.year.staff import Diary
from core import clock
from core.db import ScopedSession
from core.models import Tenant
from exchange.ledger import Ledger
from outbound.models import Attempt

# figures of a moment, which months do not add up to
MOMENTS = ("open_at_end",)


@dataclass(frozen=True)
class Verdict:
    """What is wrong, each with its word, and how much there was of everything."""

    findings: tuple[Finding, ...]
    figures: Mapping[str, int]

    def found(self) -> Counter[str]:
        """How many findings of each word."""
        return Counter(word for word, _ in self.findings)


def judge(house: House, diary: Diary) -> Verdict:
    """The verdict as things stand now."""
    ledger, now = house.exchange.ledger, clock.now()
    with house.runtime.database.reading(1) as session:
        findings = [
            *promises.without_owner(session),
            *promises.unflagged(session, now),
            *promises.kept_once(session, ledger, diary),
            *promises.outside_hours(house.world, ledger),
            *(("disagreeing", words) for words in _figures(session, ledger, diary, now)),
        ]
        year = _of(session, str(house.world.last.year))
    contacts = Counter(contact["channel"] for contact in ledger.contacts())
    counted = {
        "jobs": len(house.world.jobs),
        "delivered": len(diary.delivered),
        **contacts,
        "calls_in": year["calls"]["direction"].get("in", 0),
        "calls_out": year["calls"]["direction"].get("out", 0),
        "cases": sum(year["cases"]["opened"].values()),
        "escalated": year["cases"]["escalated"],
        "letters": sum(year["letters"].values()),
        "ticks": house.ticks,
    }
    return Verdict(tuple(findings), counted)


def _figures(session: ScopedSession, ledger: Ledger, diary: Diary, now: datetime) -> Iterator[str]:
    name = str((now - timedelta(days=2)).year)
    year = _of(session, name)
    months = [_of(session, f"{name}-{month:02}") for month in range(1, 13)]
    yield from _differ("the months", added(months), year)
    drafted = session.scalar(select(Summary.figures).where(Summary.period == name))
    if drafted is not None:
        yield from _differ("the yearly summary", drafted, year)
    for one in session.scalars(select(Summary).where(Summary.state == "signed")):
        yield from _differ(f"{one.period} as it was signed", diary.signed[one.period], one.figures)
        counted = _of(session, one.period)["calls"]["direction"]
        yield from _differ(f"calls of {one.period}", one.figures["calls"]["direction"], counted)
    over = registers.period(settings.days_of(session.get_one(Tenant, 1)), name)
    entries = [entry.record for entry in registers.calls(session, over)]
    yield from _differ("the register of calls", Counter(one.direction for one in entries), year["calls"]["direction"])  # fmt: skip
    yield from _differ("the register of calls", Counter(one.outcome for one in entries), year["calls"]["outcome"])  # fmt: skip
    letters = [entry.letter for entry in registers.letters(session, over)]
    yield from _differ("the register of letters", Counter(one.kind for one in letters), year["letters"])
    yield from _witnesses(session, ledger, diary, entries, letters)


def _of(session: ScopedSession, name: str) -> Figures:
    days = settings.days_of(session.get_one(Tenant, 1))
    return summaries.figures(session, registers.period(days, name))


def _witnesses(
    session: ScopedSession, ledger: Ledger, diary: Diary, entries: list[CallRecord], letters: list[Letter]
) -> Iterator[str]:
    """What the lines carried is in the books call by call, fax by fax and text by text; the rest is what people say they did."""
    everything = ledger.contacts(everything=True)
    for direction, way in (("out", "outbound-api"), ("in", "inbound")):
        carried = {row["sid"] for row in everything if row["channel"] == "voice" and row["direction"] == way}
        entered = {one.call_id for one in entries if one.call_id and one.direction == direction}
        yield from _same(f"calls {direction}", carried, entered)
    by_people = Counter(one.outcome for one in entries if one.call_id is None)
    yield from _differ("what staff remember", Counter(one.outcome for one in diary.calls), by_people)
    sent = {row["sid"]: row for row in everything if row["direction"] == "outbound-api"}
    for channel in ("voice", "sms", "fax"):
        tried = select(Attempt.carrier_id).where(
            Attempt.channel == channel, Attempt.carrier_id.is_not(None), Attempt.state == "ended"
        )
        booked = set(session.scalars(tried))
        yield from _same(f"{channel} sent", {sid for sid, row in sent.items() if row["channel"] == channel}, booked)  # fmt: skip
    arrived = {sid for sid, row in sent.items() if row["channel"] == "fax" and row["outcome"] == "delivered"}
    kept = {one.proof for one in letters if one.means == "fax" and one.state == "delivered"}
    yield from _same("letters delivered by fax", arrived, kept)


def added(parts: list[Figures]) -> Figures:
    """The sum of several periods' figures, name by name; lists of agents by their names."""
    total: Figures = {}
    for part in parts:
        _add(total, {**part, "agents": {one["name"]: one for one in part["agents"]}})
    total["agents"] = [total["agents"][name] for name in sorted(total.get("agents", {}))]
    return total


def _add(total: dict[str, Any], part: Mapping[str, Any]) -> None:
    for name, value in part.items():
        if isinstance(value, Mapping):
            _add(total.setdefault(name, {}), value)
        else:
            total[name] = value if isinstance(value, str) or name in MOMENTS else total.get(name, 0) + value


def _differ(what: str, one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Every figure in which *one* is not *other*; what is not there is none."""
    if isinstance(one, list) and isinstance(other, list):
        one, other = ({each["name"]: each for each in rows} for rows in (one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            yield from _differ(what, one.get(name, 0), other.get(name, 0), f"{path}.{name}")
    elif one != other and (one or other):
        yield f"{what}: {path.strip('.')} is {one}, not {other}"


def _same(what: str, carried: set[str], booked: set[Any]) -> Iterator[str]:
    yield from (f"{what}: {sid} is nowhere in our books" for sid in sorted(carried - booked))
    yield from (f"{what}: {sid} was never carried" for sid in sorted(booked - carried))
