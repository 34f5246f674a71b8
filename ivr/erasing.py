"""What the hotline forgets: what was said in calls, who called, and recordings, which are deleted at the carrier, too."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from aftersales import recordings as call_recordings
from aftersales.models import CallRecording
from core import audit, clock
from core.errors import Unavailable
from core.models import Tenant
from core.runtime import Runtime
from core.states import move_all
from customers.retention import SLICE, WHO, horizon, note
from ivr import recordings
from ivr.models import Call, CallStep, Voicemail
from ivr.queue.models import Waiter

LOGGER = logging.getLogger(__name__)
QUIET = {"synchronize_session": False}
AT_ONCE = 20
NOBODY = {"address": "", "token": ""}
WORDS = {"heard": "", "said": "", "effect": ""}


def forget(session: Session, tenant: Tenant, customer_id: int) -> int:
    """
    Blank what was said in a customer's calls; how many recordings are deleted: messages in a moment, proofs when the law lets them go.
    """
    calls = select(Call.carrier_id).where(Call.customer_id == customer_id)
    session.execute(
        update(CallStep).where(CallStep.carrier_id.in_(calls)).values(**WORDS), execution_options=QUIET
    )
    asked = (Waiter.customer_id == customer_id) & (Waiter.state == "waiting") & (Waiter.kind == "callback")
    move_all(session, Waiter, asked, "ended", outcome="given_up", ended_at=clock.now())
    waited = update(Waiter).where(Waiter.customer_id == customer_id).values(**NOBODY)
    session.execute(waited, execution_options=QUIET)
    mine = update(Voicemail).where(Voicemail.customer_id == customer_id).values(note="", is_unwanted=True)
    messages = session.scalars(mine.returning(Voicemail.id), execution_options=QUIET).all()
    return len(messages) + call_recordings.erase(session, calls, horizon(tenant, clock.now()))


def forget_calls(session: Session, tenant: Tenant, now: datetime) -> int:
    """Blank callers and delete the steps of calls older than records are kept, at most SLICE; how many."""
    old = select(Call).where(
        Call.tenant_id == tenant.id,
        Call.started_at < horizon(tenant, now).records,
        (Call.caller != "") | (Call.called != ""),
    )
    waited = update(Waiter).where(
        Waiter.tenant_id == tenant.id, Waiter.entered_at < horizon(tenant, now).records, Waiter.address != ""
    )
    session.execute(waited.values(**NOBODY), execution_options=QUIET)
    found = session.scalars(old.order_by(Call.id).limit(SLICE)).all()
    if found:
        carried = [call.carrier_id for call in found]
        for call in found:
            call.caller = call.called = ""
        session.execute(delete(CallStep).where(CallStep.carrier_id.in_(carried)), execution_options=QUIET)
        blank = (
            update(Voicemail)
            .where(Voicemail.call_id.in_(carried))
            .values(caller="", note="", is_unwanted=True)
        )
        session.execute(blank, execution_options=QUIET)
        note(session, tenant, "calls", len(found))
    return len(found)


def delete_recordings(runtime: Runtime, tenant: Tenant) -> int:
    """
    Delete at the carrier what is older than recordings are kept, heard or not, or of somebody who was erased; how many are gone.

    One that the carrier does not let go of now is tried again the next time. No transaction is open while it is asked.
    """
    now = clock.now()
    kept = horizon(tenant, now)
    messages = or_(Voicemail.is_unwanted, Voicemail.at < kept.audio)
    proofs = call_recordings.is_over(kept, now)
    return _delete(runtime, tenant, Voicemail, messages) + _delete(runtime, tenant, CallRecording, proofs)


def _delete(runtime: Runtime, tenant: Tenant, model: type[Any], is_over: ColumnElement[bool]) -> int:
    old = select(model).where(model.tenant_id == tenant.id, model.audio_deleted_at.is_(None), is_over)
    with runtime.database.reading(tenant.id) as session:
        found = session.scalars(old.order_by(model.id).limit(AT_ONCE)).all()
    gone = 0
    for row in found:
        try:
            recordings.delete(runtime.config, row.recording_id)
        except Unavailable as error:
            LOGGER.warning("recording %s: %s", row.recording_id, error.message)
            continue
        with runtime.database.session(tenant.id) as session:
            session.get_one(model, row.id).audio_deleted_at = clock.now()
            about, which = f"{model.__tablename__}:{row.id}", row.recording_id
            audit.record(session, tenant.id, WHO, "recording_deleted", about, recording=which)
        gone += 1
    return gone
