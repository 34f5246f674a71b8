"""
How long things are kept: `record_years`, `audio_days` and `proof_days` of the contact policy's profile for the tenant's own country.

A tenant changes them like any figure of its policy. After `record_years` the numbers and words in records of contacts are blanked or
deleted, after `audio_days` recordings of messages and after `proof_days` those of calls are deleted, at the carrier too. Each package has
a job for what it keeps; what was done is audited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit
from core.models import Tenant
from customers.models import Touch
from customers.profile import profile_for

SLICE = 2_000
EVERY_S = 3_600.0
WHO = "retention"
YEAR = timedelta(days=365.25)


@dataclass(frozen=True)
class Horizon:
    """What is older is not kept: records of contacts, recordings of messages, of calls; these *after_erasure* of a person at the latest."""

    records: datetime
    audio: datetime
    proof: datetime
    after_erasure: timedelta


def horizon(tenant: Tenant, now: datetime) -> Horizon:
    """How far back *tenant* keeps things at *now*. Raises Invalid if its policy cannot be read."""
    profile = profile_for(tenant.policy, tenant.region)
    return Horizon(
        records=now - profile.record_years * YEAR,
        audio=now - timedelta(days=profile.audio_days),
        proof=now - timedelta(days=profile.proof_days),
        after_erasure=timedelta(days=profile.proof_after_erasure_days),
    )


def forget_touches(session: Session, tenant: Tenant, now: datetime) -> int:
    """Delete touches that are older than records are kept, at most SLICE; how many."""
    old = select(Touch.id).where(Touch.tenant_id == tenant.id, Touch.at < horizon(tenant, now).records)
    ids = session.scalars(old.order_by(Touch.id).limit(SLICE)).all()
    if ids:
        session.execute(
            delete(Touch).where(Touch.id.in_(ids)), execution_options={"synchronize_session": False}
        )
        note(session, tenant, "touches", len(ids))
    return len(ids)


def note(session: Session, tenant: Tenant, what: str, count: int) -> None:
    """Put on record that *count* of *what* were not kept any longer."""
    audit.record(session, tenant.id, WHO, "not_kept_longer", f"tenant:{tenant.id}", what=what, count=count)
