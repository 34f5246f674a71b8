"""Callers who are turned away unanswered: robots that hold the free line, and people who abuse it (E-14)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.bulk import insert_new
from core.characters import unfit
from core.db import MAX_ID
from core.errors import Fault, Invalid, NotFound, WrongFields
from core.models import Tenant
from core.phone import masked, to_e164
from core.sentences import Sentence
from ivr.models import BlockedCaller, HotlineNumber

MOST_CHARS = 200


def block(session: Session, tenant: Tenant, number: str, why: str, who: str) -> bool:
    """Turn calls from *number* away from the next snapshot on; whether that is new. Raises WrongFields."""
    try:
        address = to_e164(number, tenant.region)
    except Invalid as error:
        raise WrongFields([Fault("number", "bad_number", error.message)], error.code) from None
    if session.scalar(select(HotlineNumber.id).where(HotlineNumber.address == address)) is not None:
        raise WrongFields(
            [Fault("number", "own_number", "this is a number of ours; enter the caller's")], "own_number"
        )
    if said := unfit(why):
        raise WrongFields([Fault("why", "bad_text", said)])
    why = why.strip()
    if not why or len(why) > MOST_CHARS:
        raise WrongFields(
            [
                Fault(
                    "why",
                    "reason_missing",
                    Sentence("enter why, in at most {most} characters", most=MOST_CHARS),
                )
            ]
        )
    row = {
        "tenant_id": tenant.id,
        "address": address,
        "why": why,
        "created_by": who,
        "created_at": clock.now(),
    }
    is_new = bool(insert_new(session, BlockedCaller, [row]))
    if is_new:
        audit.record(session, tenant.id, who, "block_caller", masked(address), why=why)
    return is_new


def unblock(session: Session, tenant: Tenant, blocked_id: int, who: str) -> None:
    """Answer this caller again. Raises NotFound."""
    mine = (BlockedCaller.id == blocked_id, BlockedCaller.tenant_id == tenant.id)
    found = session.scalar(select(BlockedCaller).where(*mine)) if 0 < blocked_id <= MAX_ID else None
    if found is None:
        raise NotFound("not_blocked", "this caller is not blocked")
    session.execute(delete(BlockedCaller).where(*mine))
    audit.record(session, tenant.id, who, "unblock_caller", masked(found.address))


def find(session: Session, tenant: Tenant, number: str) -> BlockedCaller:
    """The entry of *number*. Raises Invalid for what is none, NotFound if it is not blocked."""
    mine = (BlockedCaller.address == to_e164(number, tenant.region), BlockedCaller.tenant_id == tenant.id)
    found = session.scalar(select(BlockedCaller).where(*mine))
    if found is None:
        raise NotFound("not_blocked", "this caller is not blocked")
    return found


def shown(session: Session, tenant: Tenant, who: str) -> Sequence[BlockedCaller]:
    """`listed`, for who is to read the whole numbers: that is on record."""
    rows = listed(session, tenant.id)
    audit.record(session, tenant.id, who, "numbers_shown", "blocked_callers", count=len(rows))
    return rows


def listed(session: Session, tenant_id: int, limit: int = 200) -> Sequence[BlockedCaller]:
    """The newest first."""
    mine = select(BlockedCaller).where(BlockedCaller.tenant_id == tenant_id)
    return session.scalars(mine.order_by(BlockedCaller.id.desc()).limit(limit)).all()
