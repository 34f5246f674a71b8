"""
The order in which rows are locked, so that two transactions never wait for each other crosswise on PostgreSQL:

    campaign → sender → customers by id → attempts by id → deliveries → allowances by id

A claim skips what others hold instead of waiting, and whoever ends attempts begins here. SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from core.db import is_sqlite
from customers.models import Customer, CustomerNumber
from outbound.models import Attempt, Delivery


def attempts(session: Session, which: ColumnElement[bool]) -> list[Attempt]:
    """
    The attempts that *which* chooses, by id and as they stand now, locked; before them everybody they are for and whoever else
    holds their numbers: an attempt may end in an opt-out.
    """
    if not is_sqlite(session):
        theirs = select(Delivery.customer_id).join(Attempt, Attempt.delivery_id == Delivery.id).where(which)
        holding = (
            select(CustomerNumber.customer_id)
            .join(
                Attempt,
                (Attempt.tenant_id == CustomerNumber.tenant_id) & (Attempt.address == CustomerNumber.address),
            )
            .where(which)
        )
        _lock(session, select(Customer.id).where(Customer.id.in_(theirs) | Customer.id.in_(holding)))
    chosen = select(Attempt).where(which).order_by(Attempt.id).with_for_update(key_share=True)
    return list(session.scalars(chosen, execution_options={"populate_existing": True}))


def customers(session: Session, ids: Sequence[int]) -> None:
    """Lock customers before their deliveries are written."""
    for chunk in () if is_sqlite(session) else in_chunks(sorted(ids)):
        _lock(session, select(Customer.id).where(Customer.id.in_(chunk)))


def _lock(session: Session, chosen: Select[int]) -> None:
    session.execute(chosen.order_by(Customer.id).with_for_update(key_share=True)).all()
