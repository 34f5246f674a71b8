"""Calls recorded as proof, from the moment their flow said so (R-56): of which call, and until when each is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from aftersales.models import CallRecording, Outreach
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID
from core.errors import NotFound
from customers.retention import Horizon
from outbound.models import Attempt


def keep(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put recordings on record, each once: tenant_id, call_id, recording_id, duration_s, at."""
    insert_new(session, CallRecording, rows)


def of_order(session: Session, order_id: int) -> dict[int, list[CallRecording]]:
    """The recordings of the calls in which a job's extra work was asked about, by its id."""
    asked = (
        select(Outreach.subject_id, CallRecording)
        .join(Attempt, Attempt.delivery_id == Outreach.call_id)
        .join(CallRecording, CallRecording.call_id == Attempt.carrier_id)
        .where(Outreach.work_order_id == order_id, Outreach.kind == "extra_work")
    )
    found: dict[int, list[CallRecording]] = {}
    for extra_id, recording in session.execute(asked.order_by(CallRecording.id)):
        found.setdefault(extra_id, []).append(recording)
    return found


def of_call(session: Session, call_id: str) -> Sequence[CallRecording]:
    """What was recorded of a call, by the carrier's id of it."""
    mine = select(CallRecording).where(CallRecording.call_id == call_id)
    return session.scalars(mine.order_by(CallRecording.id)).all()


def hear(session: Session, recording_id: int, who: str) -> CallRecording:
    """The recording *who* is about to hear, which goes on record. Raises NotFound, also where the audio is deleted."""
    one = select(CallRecording).where(CallRecording.id == min(recording_id, MAX_ID))
    found = session.scalar(one.where(CallRecording.audio_deleted_at.is_(None)))
    if found is None:
        raise NotFound("no_recording", "there is no such recording")
    audit.record(session, found.tenant_id, who, "recording_heard", f"call_recording:{found.id}")
    return found


def erase(session: Session, call_ids: Select[str], kept: Horizon) -> int:
    """Somebody in these calls is erased: their recordings go as soon as the law lets them (`proof_after_erasure_days`); how many."""
    mine = update(CallRecording).where(CallRecording.call_id.in_(call_ids))
    mine = mine.where(CallRecording.audio_deleted_at.is_(None)).values(
        erase_at=clock.now() + kept.after_erasure
    )
    found = mine.returning(CallRecording.id)
    return len(session.scalars(found, execution_options={"synchronize_session": False}).all())


def is_over(kept: Horizon, now: datetime) -> ColumnElement[bool]:
    """Whether a recording is to be deleted at *now*."""
    return or_(CallRecording.at < kept.proof, CallRecording.erase_at <= now)
