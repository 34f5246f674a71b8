"""
The brake: while a hold is open for a tenant, or for every tenant, nothing new is claimed and nothing claimed is posted.

    hold(session, tenant_id, "stopped", "ann@lakeside.example", why="wrong list")
    lift(session, tenant_id, "stopped", "ann@lakeside.example", why="list mended")
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import storable
from core.models import Hold, Tenant

REASONS = ("stopped", "restored")


def hold(session: Session, tenant_id: int | None, reason: str, who: str, **details: Any) -> Hold:
    """
    Hold everything of *tenant_id*, or with None of everybody, until it is lifted; a further hold adds nothing but itself.

    Nothing in *details* keeps it from holding: characters that cannot be kept are left out.
    """
    if reason not in REASONS:
        raise ValueError(f"no such reason: {reason}")
    details = {name: storable(value) if isinstance(value, str) else value for name, value in details.items()}
    one = Hold(tenant_id=tenant_id, reason=reason, who=who, at=clock.now(), details=details)
    session.add(one)
    _note(session, tenant_id, who, "hold", reason, details)
    return one


def lift(session: Session, tenant_id: int | None, reason: str, who: str, **details: Any) -> int:
    """
    Lift every open hold for *reason* on exactly *tenant_id* (None: those on everybody); how many there were.

    A tenant stays held while another hold on it, or on everybody, is open.
    """
    whose = Hold.tenant_id.is_(None) if tenant_id is None else Hold.tenant_id == tenant_id
    chosen = update(Hold).where(whose, Hold.reason == reason, Hold.released_at.is_(None))
    lifted = session.execute(chosen.values(released_at=clock.now(), released_by=who).returning(Hold.id))
    count = len(lifted.all())
    if count:
        _note(session, tenant_id, who, "lift", reason, details)
    return count


def open_holds(session: Session, tenant_id: int | None) -> list[Hold]:
    """What holds *tenant_id* now, oldest first; with None what holds everybody."""
    whose: ColumnElement[bool] = Hold.tenant_id.is_(None)
    if tenant_id is not None:
        whose = or_(whose, Hold.tenant_id == tenant_id)
    return list(session.scalars(select(Hold).where(whose, Hold.released_at.is_(None)).order_by(Hold.id)))


def is_held(session: Session, tenant_id: int) -> bool:
    """Whether nothing may leave for *tenant_id* now."""
    return bool(open_holds(session, tenant_id))


def holding(tenant: Any) -> ColumnElement[bool]:
    """As a condition in a larger query: a hold is open for the tenant in column *tenant*."""
    whose = or_(Hold.tenant_id.is_(None), Hold.tenant_id == tenant)
    return select(Hold.id).where(Hold.released_at.is_(None), whose).exists()


def _note(
    session: Session, tenant_id: int | None, who: str, action: str, reason: str, details: dict[str, Any]
) -> None:
    """In the audit trail of everybody whom it concerns."""
    concerned: Collection[int] = (
        list(session.scalars(select(Tenant.id))) if tenant_id is None else (tenant_id,)
    )
    for one in concerned:
        audit.record(session, one, who, action, f"sending:{reason}", **details)
