"""What came back by SMS: to a campaign, and from one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from customers.models import Customer
from outbound.models import Delivery, InboundText

SHOWN = 50


@dataclass(frozen=True)
class Count:
    """How many texts meant the same: an *answer* the campaign named, or "" and the *kind* alone."""

    kind: str
    answer: str
    texts: int


@dataclass(frozen=True)
class TextRow:
    """One text that came in."""

    id: int
    at: datetime
    customer_id: int | None
    customer_name: str
    address: str
    body: str
    kind: str
    answer: str
    state: str


def counts(session: Session, source_ids: Sequence[int]) -> list[Count]:
    """What the texts that answer these sources meant, the commonest first."""
    number = func.count(InboundText.id)
    rows = session.execute(
        select(InboundText.kind, InboundText.answer, number)
        .join(Delivery, Delivery.id == InboundText.delivery_id)
        .where(Delivery.source_id.in_(source_ids))
        .group_by(InboundText.kind, InboundText.answer)
        .order_by(number.desc(), InboundText.kind, InboundText.answer)
    )
    return [Count(*row) for row in rows]


def latest(
    session: Session, source_ids: Sequence[int], *, limit: int = SHOWN, before_id: int | None = None
) -> list[TextRow]:
    """The newest texts that answer these sources; the page after a row begins *before_id* of it."""
    mine = _texts().join(Delivery, Delivery.id == InboundText.delivery_id)
    mine = mine.where(Delivery.source_id.in_(source_ids))
    return _rows(session, mine.where(InboundText.id < before_id) if before_id else mine, limit)


def of_customer(session: Session, customer_id: int) -> list[TextRow]:
    """The newest texts of one customer."""
    return _rows(session, _texts().where(InboundText.customer_id == customer_id), SHOWN)


def _texts() -> Select[InboundText, str | None]:
    return select(InboundText, Customer.name).outerjoin(Customer, Customer.id == InboundText.customer_id)


def _rows(session: Session, statement: Select[InboundText, str | None], limit: int) -> list[TextRow]:
    rows = session.execute(statement.order_by(InboundText.id.desc()).limit(limit))
    return [
        TextRow(
            id=text.id,
            at=text.at,
            customer_id=text.customer_id,
            customer_name=name or "",
            address=text.from_address,
            body=text.body,
            kind=text.kind,
            answer=text.answer,
            state=text.state,
        )
        for text, name in rows
    ]
