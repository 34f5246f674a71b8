"""What came of automated follow-up calls: the promise kept and its score on record, or a person is to call."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import bringing, calls, calls_made, cases, settings, tries
from aftersales.automated import WHO, give_back, step_of
from aftersales.bringing import ENDED
from aftersales.calls import CASES, RATING
from aftersales.calls_made import LATEST_WORDS
from aftersales.models import CallRecord, Case, FollowUp
from core import clock
from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant
from customers.suppression import suppressed
from flows import publish
from outbound.models import Attempt, Delivery, Source
from outbound.work import text_in

SLICE = 100
LOW, ASKED = "low_score", "call_back"


def hear(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """See how calls have ended, at most SLICE; how many."""
    ended = select(FollowUp, Delivery).join(Delivery, Delivery.id == FollowUp.delivery_id)
    news = ended.where(
        FollowUp.tenant_id == tenant.id,
        FollowUp.state == "calling",
        Delivery.state.in_(ENDED),
        Delivery.ended_at <= now - LATEST_WORDS,
    )
    ordered = news.order_by(FollowUp.id).limit(SLICE).with_for_update(of=FollowUp, skip_locked=True)
    found = session.execute(ordered).all()
    for follow_up, delivery in found:
        _hear(session, tenant, follow_up, delivery)
    return len(found)


def _hear(session: ScopedSession, tenant: Tenant, follow_up: FollowUp, delivery: Delivery) -> None:
    follow_up.tries += delivery.attempts
    calls_made.put(session, delivery, follow_up.id)
    record = _record(session, delivery) if delivery.state == "reached" else None
    reason = _why_not(session, tenant, follow_up, delivery, record)
    bringing.heard(session, delivery)
    if record:
        _note(session, tenant, follow_up, record)
    if record is None or reason:
        give_back(session, follow_up, reason, WHO)
        return
    if _is_low(tenant, record):
        _open_case(session, tenant, follow_up, record)
    tries.keep(session, tenant, follow_up, record, WHO)


def _why_not(
    session: ScopedSession,
    tenant: Tenant,
    follow_up: FollowUp,
    delivery: Delivery,
    record: CallRecord | None,
) -> str:
    """Why a person is to call; "" if the promise is kept. A low score of a step that is a `call` alone is left to its case."""
    if delivery.state != "reached":
        return delivery.cause or delivery.reason or "no_time"
    if record is None or record.outcome == "no_content":
        return "hung_up"
    if record.outcome == "refused":
        stops = suppressed(session, tenant.id, [delivery.address]).get(delivery.address, set())
        return "suppressed" if {"all", "service"} & stops else "refused"
    if ASKED in _kinds(session, tenant.id, record):
        return "asked_for_person"
    if record.satisfaction is None and _asks_for_score(session, tenant, delivery):
        return "no_score"
    return LOW if follow_up.means == "call_then_person" and _is_low(tenant, record) else ""


def _is_low(tenant: Tenant, record: CallRecord) -> bool:
    return record.satisfaction is not None and record.satisfaction <= settings.of(tenant).automated.low_score


def _record(session: Session, delivery: Delivery) -> CallRecord | None:
    taken = select(Attempt.carrier_id).where(Attempt.delivery_id == delivery.id, Attempt.outcome == "reached")
    return session.scalar(
        select(CallRecord).where(CallRecord.call_id.in_(taken)).order_by(CallRecord.id.desc())
    )


def _kinds(session: Session, tenant_id: int, record: CallRecord) -> Collection[str]:
    """The kinds of case that were opened during a call."""
    during = Case.origin.startswith(f"call:{record.call_id}:", autoescape=True)
    return set(session.scalars(select(Case.kind).where(Case.tenant_id == tenant_id, during)))


def _note(session: Session, tenant: Tenant, follow_up: FollowUp, record: CallRecord) -> None:
    """Complete the record a line made: what it spoke about, and what came up (R-41, R-42)."""
    came_up = sorted(set(CASES) & set(_kinds(session, tenant.id, record)), key=CASES.index)
    try:
        blocks = list(step_of(settings.of(tenant), follow_up).blocks)
    except NotFound:  # the plan was changed while it rang
        blocks = []
    record.blocks = blocks if record.outcome == "reached" else []
    record.demand, record.reply = (came_up[0], "pending") if came_up else ("none", "")
    record.noted_at = clock.now()
    session.flush()


def _open_case(session: Session, tenant: Tenant, follow_up: FollowUp, record: CallRecord) -> None:
    """A low score is somebody's, unless the flow has seen to that."""
    if LOW not in _kinds(session, tenant.id, record):
        cases.open_case(
            session, tenant, f"record:{record.id}", kind=LOW, who=WHO, customer_id=record.customer_id, address=record.address,
            work_order_id=follow_up.work_order_id, text=calls.answers_of(record), owner_id=follow_up.owner_id,
        )  # fmt: skip


def _asks_for_score(session: ScopedSession, tenant: Tenant, delivery: Delivery) -> bool:
    """Whether the flow that was played asks for an opinion (R-40)."""
    content = session.scalars(select(Source.content).where(Source.id == delivery.source_id)).one()
    version = publish.by_hash(session, tenant.id, str(text_in(content, delivery.language)["flow"]))
    return RATING in publish.loaded(version.document).variables
