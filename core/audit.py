"""The audit trail: who did what to which thing, never changed afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.models import AuditEntry


def record(session: Session, tenant_id: int, who: str, action: str, about: str, **details: Any) -> None:
    """Note that *who* (an e-mail address, or a job's name) did *action* to *about* (such as campaign:12)."""
    session.add(
        AuditEntry(tenant_id=tenant_id, at=clock.now(), who=who, action=action, about=about, details=details)
    )
