"""
Promised contacts: made once, owned always, done by their owner or a stand-in.

Whoever promises a contact calls `promise`: a plan's step, a solution to be told, a repair that will be late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import FollowUp
from aftersales.staffing import owner_for, owners_for
from core import clock
from core.bulk import insert_new
from core.errors import NotFound


def promise(
    session: Session,
    tenant_id: int,
    key: str,
    *,
    step: str,
    customer_id: int,
    earliest_on: date,
    due_on: date,
    due_at: datetime | None = None,
    means: str = "person",
    topic: str = "",
    work_order_id: int | None = None,
    case_id: int | None = None,
    earlier_id: int | None = None,
    owner_id: int | None = None,
) -> FollowUp:
    """
    The follow-up called *key* (such as work_order:12:first); made now if there is none yet, else as it is.

    Owned by *owner_id*, or by whoever staffing.owner_for chooses. Raises Invalid where nobody works.
    """
    found = _find(session, tenant_id, key)
    if found is None:
        row = {
            "tenant_id": tenant_id, "key": key, "step": step, "customer_id": customer_id, "earliest_on": earliest_on,
            "due_on": due_on, "due_at": due_at, "means": means, "topic": topic, "work_order_id": work_order_id,
            "case_id": case_id, "earlier_id": earlier_id, "owner_id": owner_id or owner_for(session, tenant_id, customer_id),
            "state": "open", "created_at": clock.now(),
        }  # fmt: skip
        insert_new(session, FollowUp, [row])
        found = _find(session, tenant_id, key)
        assert found, "inserted, or there already"
    return found


def promise_all(session: Session, tenant_id: int, promises: Sequence[Mapping[str, Any]]) -> int:
    """
    Many of one tenant's promises, each as `promise` takes them (with its *key*), in a fixed number of queries; how many are new.
    """
    owners = owners_for(session, tenant_id, [each["customer_id"] for each in promises])
    stays = {
        "tenant_id": tenant_id,
        "means": "person",
        "topic": "",
        "state": "open",
        "created_at": clock.now(),
    }
    rows = [{**stays, "owner_id": owner, **each} for owner, each in zip(owners, promises, strict=True)]
    return insert_new(session, FollowUp, rows)


def get(session: Session, follow_up_id: int) -> FollowUp:
    """A follow-up of the session's tenant. Raises NotFound."""
    found = session.scalar(select(FollowUp).where(FollowUp.id == follow_up_id))
    if found is None:
        raise NotFound("no_follow_up", "there is no such follow-up")
    return found


def open_of(session: Session, customer_id: int) -> Sequence[FollowUp]:
    """What a customer was promised and has not got yet, the most urgent first."""
    mine = select(FollowUp).where(
        FollowUp.customer_id == customer_id, FollowUp.state.in_(("open", "calling"))
    )
    return session.scalars(mine.order_by(FollowUp.due_on, FollowUp.id)).all()


def _find(session: Session, tenant_id: int, key: str) -> FollowUp | None:
    return session.scalar(select(FollowUp).where(FollowUp.tenant_id == tenant_id, FollowUp.key == key))
