"""/api/v1: deliveries, and every try at one with what the carrier said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select

from core.api import paging
from core.api.checks import Told
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint, number
from core.api.paging import Item, Listed, Page
from core.db import MAX_ID, ScopedSession
from core.errors import NotFound
from core.runtime import runtime
from core.sentences import Sentence
from outbound.models import Attempt, Delivery, Receipt

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
bp = Blueprint("outbound_api", __name__, url_prefix=PREFIX)
DeliveryState = Literal[
    "pending", "held", "active", "unknown", "reached", "failed", "blocked", "expired", "cancelled"
]
AttemptState = Literal["claimed", "submitting", "unknown", "accepted", "ended", "refused", "released"]


class DeliveryPage(Page):
    """Only deliveries of a source, to a customer, in a state."""

    source_id: Id | None = None
    customer_id: Id | None = None
    state: DeliveryState | None = None


class AttemptPage(Page):
    """Only attempts at a delivery, of a source, in a state."""

    delivery_id: Id | None = None
    source_id: Id | None = None
    state: AttemptState | None = None


class DeliveryTold(Told):
    """One thing to be brought to one address. *reason* and *value*: the rule that held it; *cause*: why the last try failed."""

    id: int
    source_id: int
    customer_id: int | None
    channel: str
    address: str
    language: str
    state: str
    reason: str
    value: str
    cause: str
    attempts: int
    due_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    created_at: datetime


class AttemptTold(Told):
    """One try at a delivery. *status* and *code* are the carrier's words, *outcome* is ours."""

    id: int
    delivery_id: int
    source_id: int
    channel: str
    address: str
    state: str
    outcome: str
    code: str
    carrier_id: str | None
    status: str
    duration_s: int
    pages: int
    started_at: datetime
    ended_at: datetime | None


class ReceiptTold(Told):
    """One word of the carrier about an attempt."""

    id: int
    carrier_id: str
    status: str
    sequence: int
    code: str
    at: datetime


class AttemptWithReceipts(AttemptTold):
    """One try, with everything the carrier said of it."""

    receipts: list[ReceiptTold]


def _delivery(found: Delivery) -> DeliveryTold:
    return DeliveryTold.model_validate(found).model_copy(update={"address": number(found.address)})


def _attempt(found: Attempt) -> AttemptTold:
    return AttemptTold.model_validate(found).model_copy(update={"address": number(found.address)})


def _list(model: Any, name: str, query: Page, tell: Callable[[Any], Item]) -> Listed[Item]:
    """A page of *model*, newest first, narrowed by the other fields of *query*."""
    wanted = select(model)
    for field, value in query.model_dump(exclude=set(Page.model_fields), exclude_none=True).items():
        wanted = wanted.where(getattr(model, field) == value)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, model.id, name, query, newest_first=True)
        return paging.listed(found, tell, next_)


# by what is looked for
NONE = {
    "delivery": Sentence("there is no delivery {number}"),
    "attempt": Sentence("there is no attempt {number}"),
}


def _get(session: ScopedSession, model: Any, word: str, row_id: int) -> Any:
    found = session.scalar(select(model).where(model.id == row_id))
    if found is None:
        raise NotFound(f"no_{word}", NONE[word], number=row_id)
    return found


@bp.get("/deliveries")
@endpoint(*EVERYONE, tag="deliveries", query=DeliveryPage, answer=Listed[DeliveryTold])
def list_deliveries(query: DeliveryPage) -> Listed[DeliveryTold]:
    """Deliveries, newest first."""
    return _list(Delivery, "deliveries", query, _delivery)


@bp.get("/deliveries/<int:delivery_id>")
@endpoint(*EVERYONE, tag="deliveries", answer=DeliveryTold)
def get_delivery(delivery_id: int) -> DeliveryTold:
    """One delivery."""
    with runtime().database.reading(caller().tenant_id) as session:
        return _delivery(_get(session, Delivery, "delivery", delivery_id))


@bp.get("/attempts")
@endpoint(*EVERYONE, tag="deliveries", query=AttemptPage, answer=Listed[AttemptTold])
def list_attempts(query: AttemptPage) -> Listed[AttemptTold]:
    """Attempts, newest first."""
    return _list(Attempt, "attempts", query, _attempt)


@bp.get("/attempts/<int:attempt_id>")
@endpoint(*EVERYONE, tag="deliveries", answer=AttemptWithReceipts)
def get_attempt(attempt_id: int) -> AttemptWithReceipts:
    """One try, with everything the carrier said of it."""
    with runtime().database.reading(caller().tenant_id) as session:
        found = _get(session, Attempt, "attempt", attempt_id)
        receipts = session.scalars(
            select(Receipt).where(Receipt.attempt_id == attempt_id).order_by(Receipt.id)
        )
        told = [ReceiptTold.model_validate(receipt) for receipt in receipts]
        return AttemptWithReceipts(**_attempt(found).model_dump(), receipts=told)
