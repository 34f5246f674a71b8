"""
Every call with a customer is on record, in or out, by whom, about what (R-41, R-42, R-48).

A demand, a wish or a complaint opens a case; a call that reached a customer counts as a touch and does the follow-up it was made
for, if it was not made too early.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aftersales import cases, details, follow_ups, resolving, script, settings, standing_in, tries
from aftersales.models import CallRecord, FollowUp
from aftersales.models.calls import DEMANDS, OUTCOMES, REPLIES
from core import audit, clock
from core.bulk import insert_new
from core.db import clean
from core.errors import Fault, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from customers.models import Touch

MAX_POINTS = 2000
SCORES = range(1, 6)
# the question whose answer is a caller's rating of us
RATING = "satisfaction"
# the part of a follow-up call in which customers are asked for their opinion
OPINION = "usage"
# what opens a case
CASES = ("demand", "wish", "complaint")


@dataclass(frozen=True)
class Said:
    """What a member of staff notes of a call. Codes as in aftersales/models/calls.py; *satisfaction* 1-5."""

    outcome: str = "reached"
    purpose: str = ""
    points: str = ""
    demand: str = "none"
    reply: str = ""
    satisfaction: int | None = None
    next_on: date | None = None
    blocks: Sequence[str] = ()


def record(
    session: Session,
    tenant: Tenant,
    said: Said,
    *,
    direction: str,
    who: str,
    customer_id: int | None = None,
    address: str = "",
    agent_id: int | None = None,
    follow_up: FollowUp | None = None,
    plate: str = "",
    at: datetime | None = None,
) -> CallRecord:
    """A call somebody made or took, in their own words. Raises WrongFields or Invalid, and then nothing is written."""
    days, at = settings.days_of(tenant), at or clock.now()
    _check(said, days.on(at), wants_opinion=follow_up is not None and OPINION in said.blocks)
    if follow_up:
        script.check(session, follow_up, said.blocks)
    found = CallRecord(
        tenant_id=tenant.id, direction=direction, at=at, customer_id=customer_id, address=address, plate=plate,
        agent_id=agent_id, for_id=_for_whom(session, customer_id, agent_id, follow_up, at),
        follow_up_id=follow_up.id if follow_up else None, outcome=said.outcome, purpose=said.purpose,
        points=clean(said.points), demand=said.demand, reply=said.reply, satisfaction=said.satisfaction,
        next_on=said.next_on, blocks=list(said.blocks), noted_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    session.add(found)
    session.flush()
    audit.record(session, tenant.id, who, "call_recorded", f"record:{found.id}", outcome=said.outcome)
    _follow(session, tenant, found, who)
    return found


@dataclass(frozen=True)
class Heard:
    """A call one of our lines carried, by what the line knows of it. *call_id* is the carrier's."""

    tenant_id: int
    call_id: str
    direction: str
    at: datetime
    customer_id: int | None
    address: str
    follow_up_id: int | None = None


def heard(session: Session, calls: Sequence[Heard]) -> None:
    """Put calls on record, each once; until somebody speaks or presses a key they are without content (A10)."""
    rows = [
        {**vars(call), "outcome": "no_content", "points": "", "blocks": [], "created_at": clock.now()}
        for call in calls
    ]
    insert_new(session, CallRecord, rows)


def taken(session: Session, call: Heard, staff_id: int) -> None:
    """In this call a member of staff spoke: it is theirs on record, and theirs to note what was said (R-48)."""
    heard(session, [call])
    mine = (CallRecord.call_id == call.call_id) & CallRecord.agent_id.is_(None)
    session.execute(update(CallRecord).where(mine).values(agent_id=staff_id, outcome="reached"))


def spoke(session: Session, call_ids: Sequence[str]) -> None:
    """The caller did something in these calls."""
    if not call_ids:
        return
    mine = CallRecord.call_id.in_(call_ids) & (CallRecord.outcome == "no_content")
    session.execute(update(CallRecord).where(mine).values(outcome="reached"))


def refused(session: Session, call_ids: Sequence[str]) -> None:
    """In these calls the customer did not want to talk."""
    if call_ids:
        session.execute(update(CallRecord).where(CallRecord.call_id.in_(call_ids)).values(outcome="refused"))


def answered(session: Session, answers: Mapping[str, Mapping[str, str]]) -> None:
    """What was keyed in during the call with that id, by question; RATING from 1 to 5 rates us, other figures rate nothing."""
    mine = select(CallRecord).where(CallRecord.call_id.in_(sorted(answers))).order_by(CallRecord.id)
    for found in session.scalars(mine.with_for_update()):
        found.answers = {**found.answers, **answers[found.call_id or ""]}
        rating = found.answers.get(RATING, "")
        found.satisfaction = int(rating) if rating in map(str, SCORES) else found.satisfaction
    session.flush()


def answers_of(record: CallRecord) -> Sentence:
    """What was keyed in, in one line, such as satisfaction 2, on time: no."""
    return details.told({name: str(value) for name, value in record.answers.items()})


def note(session: Session, tenant: Tenant, record_id: int, said: Said, agent_id: int, who: str) -> CallRecord:
    """Add what was said to a record that made itself. Raises NotFound, WrongFields."""
    found = get(session, record_id)
    _check(said, settings.days_of(tenant).on(clock.now()))
    found.points, found.purpose, found.demand, found.reply = (
        clean(said.points),
        said.purpose,
        said.demand,
        said.reply,
    )
    found.satisfaction, found.next_on, found.noted_at = said.satisfaction, said.next_on, clock.now()
    found.agent_id = found.agent_id or agent_id
    found.for_id = found.for_id or _for_whom(session, found.customer_id, found.agent_id, None, clock.now())
    session.flush()
    audit.record(session, tenant.id, who, "call_noted", f"record:{found.id}")
    _agree(session, tenant, found)
    _open_case(session, tenant, found, who)
    return found


def get(session: Session, record_id: int) -> CallRecord:
    """A record of the session's tenant. Raises NotFound."""
    found = session.scalar(select(CallRecord).where(CallRecord.id == record_id))
    if found is None:
        raise NotFound("no_record", "there is no such call record")
    return found


def _for_whom(
    session: Session, customer_id: int | None, agent_id: int | None, follow_up: FollowUp | None, at: datetime
) -> int | None:
    """Whose call it was, if somebody else made it (R-52)."""
    if follow_up is None:
        return standing_in.for_whom(session, customer_id, agent_id, at)
    return follow_up.owner_id if follow_up.owner_id != agent_id else None


def _check(said: Said, today: date, wants_opinion: bool = False) -> None:
    allowed = {
        "outcome": (said.outcome, OUTCOMES, Sentence("choose how the call ended")),
        "demand": (said.demand, DEMANDS, Sentence("choose what came up")),
        "reply": (said.reply, REPLIES, Sentence("choose whether it was answered on the call")),
    }
    faults = [
        Fault(name, f"unknown_{name}", advice)
        for name, (value, words, advice) in allowed.items()
        if value not in words
    ]
    if len(said.points) > MAX_POINTS:
        faults.append(
            Fault("points", "too_long", Sentence("shorten this to {most} characters", most=MAX_POINTS))
        )
    if said.outcome == "reached" and not said.points.strip():
        faults.append(Fault("points", "missing", "write down what was said"))
    if said.demand in CASES and not said.reply:
        faults.append(Fault("reply", "missing", "say whether it was answered on the call, or is pending"))
    if wants_opinion and said.outcome == "reached" and said.satisfaction is None:
        advice = Sentence(
            "ask how satisfied the customer is and enter it, or leave that part of the call out"
        )
        faults.append(Fault("satisfaction", "missing", advice))
    if said.satisfaction is not None and said.satisfaction not in SCORES:
        faults.append(Fault("satisfaction", "out_of_range", "enter a score from 1 to 5"))
    if said.next_on is not None and said.next_on < today:
        faults.append(Fault("next_on", "past_day", "enter a day that is not past"))
    if faults:
        raise WrongFields(faults)


def _agree(session: Session, tenant: Tenant, found: CallRecord) -> None:
    """The day on which the customer is to be called again is a promise."""
    if found.next_on is None or found.customer_id is None:
        return
    follow_ups.promise(
        session, tenant.id, f"record:{found.id}:agreed",
        step="agreed", customer_id=found.customer_id, earliest_on=found.next_on, due_on=found.next_on,
        topic=found.points[:200], owner_id=found.for_id or found.agent_id,
    )  # fmt: skip


def _follow(session: Session, tenant: Tenant, found: CallRecord, who: str) -> None:
    if found.outcome == "reached" and found.direction == "out" and found.customer_id is not None:
        session.add(
            Touch(
                tenant_id=tenant.id, customer_id=found.customer_id, address=found.address[:16], channel="voice",
                direction="out", purpose="service", source=f"record:{found.id}", state="made", at=found.at,
            )
        )  # fmt: skip
    _agree(session, tenant, found)
    _open_case(session, tenant, found, who)
    if found.follow_up_id is not None:
        tries.tried(session, tenant, follow_ups.get(session, found.follow_up_id), found, who)


def _open_case(session: Session, tenant: Tenant, found: CallRecord, who: str) -> None:
    if found.demand not in CASES:
        return
    case = cases.open_case(
        session, tenant, f"record:{found.id}",
        kind=found.demand, who=who, text=found.points, customer_id=found.customer_id, address=found.address,
        # what came up in a promised call stays in the same hands
        owner_id=follow_ups.get(session, found.follow_up_id).owner_id if found.follow_up_id else None,
    )  # fmt: skip
    if found.reply == "answered" and case.state == "open":
        resolving.answered(session, case, found.points, who)
