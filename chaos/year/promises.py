"""
Whether promises were kept, or missed before everybody's eyes: judged from dates the judge counts itself, row by row.

without_owner  open work that belongs to nobody who works here
unflagged      a date passed, and no supervisor was told in time; or marked late, or in time, wrongly
lost           a job was handed over, or a first call made, and what the plan has come next was never promised
twice          two promises of one step of a job, or rung again for one after somebody had pressed a key
outside_hours  rung at an hour at which the law lets nobody ring there
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from aftersales.models import Case, CaseEvent, CustomerFile, FollowUp, WorkOrder
from chaos.year import world
from chaos.year.staff import Diary
from chaos.year.world import World
from core.db import ScopedSession
from core.models import Staff
from exchange.ledger import Ledger
from outbound.models import Attempt, Delivery, Source

# by when a worker that looks once a minute must have told the supervisor
SOON = timedelta(minutes=5)
# calendar days after which a case that is not solved is the supervisor's
ESCALATES_AFTER = 2
Finding = tuple[str, str]


def without_owner(session: ScopedSession) -> Iterator[Finding]:
    """Open work, and whoever of the staff it does not belong to."""
    here = set(session.scalars(select(Staff.id).where(Staff.is_active)))
    is_open: tuple[tuple[Any, Any], ...] = ((FollowUp, FollowUp.state.in_(("open", "calling"))), (Case, Case.state != "closed"), (CustomerFile, CustomerFile.state == "open"))  # fmt: skip
    for model, which in is_open:
        for one in session.scalars(select(model).where(which)):
            if one.owner_id not in here:
                yield "without_owner", f"{model.__tablename__} {one.id}"


def unflagged(session: ScopedSession, now: datetime) -> Iterator[Finding]:
    """Whatever passed its day or hour until *now* without a flag, and flags on what did not."""
    for one in session.scalars(select(FollowUp).where(FollowUp.state != "cancelled")):
        by = one.due_at or _end_of(one.due_on)
        is_late = (one.done_at or now) >= by
        flag = one.flagged_at
        is_flagged = flag is not None and by <= flag <= max(by, one.created_at) + SOON
        if is_late and not is_flagged and now >= by + SOON:
            yield "unflagged", f"{one.key} was due at {by}, flagged {flag}"
        if flag is not None and not is_late:
            yield "unflagged", f"{one.key} was flagged in time"
        if one.state == "done" and one.is_on_time is is_late:
            yield "unflagged", f"{one.key} is marked the other way"
    for file in session.scalars(select(CustomerFile)):
        if file.is_late is not ((file.completed_at or now) >= _end_of(file.due_on)):
            yield "unflagged", f"file {file.id} of {file.intake_on}"
    yield from _unescalated(session, now)


def _unescalated(session: ScopedSession, now: datetime) -> Iterator[Finding]:
    happened: dict[int, list[CaseEvent]] = defaultdict(list)
    for event in session.scalars(select(CaseEvent).order_by(CaseEvent.at, CaseEvent.id)):
        happened[event.case_id].append(event)
    for case in session.scalars(select(Case)):
        for round_ in _rounds(happened[case.id]):
            began, ended = round_[0].at, _when(round_, "solved", "closed") or now
            by = _end_of(began.astimezone(ZoneInfo(world.ZONE)).date() + ESCALATES_AFTER * world.DAY)
            told = _when(round_, "escalated")
            if ended >= by + SOON and not (told and told <= by + SOON):
                yield "unflagged", f"case {case.id} of {began}, escalated {told}"


def _rounds(events: Sequence[CaseEvent]) -> Iterator[list[CaseEvent]]:
    """A case from opened or reopened on until it is reopened again."""
    starts = [place for place, event in enumerate(events) if event.what in ("opened", "reopened")]
    for first, following in zip(starts, [*starts[1:], len(events)], strict=True):
        yield list(events[first:following])


def _when(events: Sequence[CaseEvent], *what: str) -> datetime | None:
    return next((event.at for event in events if event.what in what), None)


def kept_once(session: ScopedSession, ledger: Ledger, diary: Diary) -> Iterator[Finding]:
    """What the plan has come, once each: by the workshop's own list of what was handed over, and by keys pressed on the telephone."""
    numbers = dict(iter(session.execute(select(WorkOrder.id, WorkOrder.number))))
    promised: Counter[tuple[str, str]] = Counter()
    kept = set()
    for one in session.scalars(select(FollowUp).where(FollowUp.step.in_(("first", "second")))):
        job = numbers[one.work_order_id or 0]
        promised[job, one.step] += 1
        if one.state == "done":
            kept.add((job, one.step))
    wanted = {(job, "first") for job in diary.delivered} | {(job, "second") for job, step in kept if step == "first"}  # fmt: skip
    yield from (("lost", f"{job}: {step}") for job, step in sorted(wanted - promised.keys()))
    yield from (("twice", f"{job}: {step}") for (job, step), times in promised.items() if times > 1)
    yield from (("unwanted", f"{job}: {step}") for job, step in sorted(promised.keys() - wanted))
    yield from _rung_again(session, ledger)


def _rung_again(session: ScopedSession, ledger: Ledger) -> Iterator[Finding]:
    """Calls of one promise after the one in which somebody pressed a key."""
    asked = select(Attempt.carrier_id, Source.name)
    asked = asked.join(Delivery, Delivery.id == Attempt.delivery_id).join(
        Source, Source.id == Delivery.source_id
    )
    names = dict(iter(session.execute(asked)))
    steps = select(FollowUp.id, FollowUp.work_order_id, FollowUp.step, FollowUp.key)
    promises = {f"follow_up:{one}": (order or key, step) for one, order, step, key in session.execute(steps)}
    keyed = {sid for (sid,) in ledger.ask("SELECT DISTINCT call FROM keys")}
    heard = set()
    for call in ledger.contacts():
        name = names.get(call["sid"])
        if call["channel"] != "voice" or name is None:
            continue
        promise = promises.get(name, (name, ""))
        if promise in heard:
            yield "twice", f"{call['to']} was rung again for {promise}"
        if call["sid"] in keyed:
            heard.add(promise)


def outside_hours(found: World, ledger: Ledger) -> Iterator[Finding]:
    """Calls that rang at night."""
    places = {owner.address: owner.place for owner in found.owners}
    for call in ledger.contacts():
        if call["channel"] == "voice" and not places[call["to"]].is_open(
            at := datetime.fromisoformat(call["at"])
        ):
            yield "outside_hours", f"{call['to']} was rung at {at}"


def _end_of(day: date) -> datetime:
    return datetime.combine(day + world.DAY, time(), ZoneInfo(world.ZONE)).astimezone(UTC)
