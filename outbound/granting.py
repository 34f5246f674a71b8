"""What administrators do with allowances: set, raise, lower and remove them. Every step is audited."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.errors import Invalid, NotFound
from core.models import Tenant
from outbound.allowances import BILLED, LEVELS, PERIODS, UNITS, Allowance
from outbound.models import Sender

MOST = 10**15


def grant(
    session: Session,
    tenant_id: int | None,
    level: str,
    subject: str,
    *,
    unit: str,
    period: str,
    most: int,
    kept_back: int = 0,
    channel: str = "",
) -> Allowance:
    """Set an allowance, or change the one there is; what is reserved stays. Money is in millionths. Raises Invalid."""
    _check(session, tenant_id, level, subject, unit, period, channel)
    if not 0 <= most <= MOST or (period == "second" and not most):
        raise Invalid("bad_most", "enter how much, from {least} up", least=int(period == "second"))
    if not 0 <= kept_back <= most:
        raise Invalid("bad_kept_back", "enter a share for service that is no more than the whole")
    key = {"level": level, "subject": subject, "unit": unit, "period": period, "channel": channel}
    whose = Allowance.tenant_id.is_(None) if tenant_id is None else Allowance.tenant_id == tenant_id
    row = session.scalar(select(Allowance).filter_by(**key).where(whose).with_for_update())
    if row is None:
        row = Allowance(tenant_id=tenant_id, **key, reserved=0, promoted=0)
        session.add(row)
    row.most, row.kept_back, row.full_at = most, kept_back, None
    session.flush()
    return row


def _check(
    session: Session, tenant_id: int | None, level: str, subject: str, unit: str, period: str, channel: str
) -> None:
    for name, value, words in (("level", level, LEVELS), ("unit", unit, UNITS), ("period", period, PERIODS)):
        if value not in words:
            raise Invalid(f"bad_{name}", "enter one of {words}, not {value}", words=words, value=value)
    if channel and channel not in BILLED:
        raise Invalid("bad_channel", "enter one of {words}, not {value}", words=BILLED, value=channel)
    if (level == "account") != (subject == ""):
        raise Invalid(
            "bad_subject", "enter whose limit it is: a sender's number or a brand; an account has none"
        )
    if tenant_id is None and (level != "account" or unit == "money"):
        raise Invalid(
            "bad_level", "of every tenant together only the account can be limited, and not in money"
        )
    if period == "second" and (level != "account" or unit != "sends"):
        raise Invalid("bad_period", "only the account's sends are limited by the second; senders have a rate")
    if level == "sender" and not session.scalar(select(Sender.id).where(Sender.address == subject).limit(1)):
        raise Invalid("bad_subject", "there is no sender {number}", number=subject)
    if level == "brand" and not session.scalar(select(Sender.id).where(Sender.brand == subject).limit(1)):
        raise Invalid("bad_subject", "no sender is of brand {subject!r}", subject=subject)


def note(session: Session, tenant_id: int | None, who: str, row: Allowance, action: str = "limit") -> None:
    """In the audit trail of everybody whom it concerns."""
    about = f"allowance:{row.level}:{row.subject}"[:120]
    details = {"most": row.most, "unit": row.unit, "period": row.period, "kept_back": row.kept_back}
    concerned = [tenant_id] if tenant_id else list(session.scalars(select(Tenant.id)))
    for one in concerned:
        audit.record(session, one, who, action, about, **details)


def every(session: Session, tenant_id: int | None) -> list[Allowance]:
    """All allowances that bind a tenant, or with None those of everybody."""
    whose = Allowance.tenant_id.is_(None)
    chosen = select(Allowance).where(whose | (Allowance.tenant_id == tenant_id) if tenant_id else whose)
    return list(session.scalars(chosen.order_by(Allowance.id)))


def revoke(session: Session, tenant_id: int | None, allowance_id: int) -> Allowance:
    """Remove an allowance. Raises NotFound."""
    found = [
        row for row in every(session, tenant_id) if row.id == allowance_id and row.tenant_id == tenant_id
    ]
    if not found:
        raise NotFound("no_limit", "there is no limit {number} here", number=allowance_id)
    session.delete(found[0])
    return found[0]
