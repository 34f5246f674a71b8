"""/api/v1: deliveries, and every try at one with what the carrier said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field
from sqlalchemy import Select, select

from core.api import paging
from core.api.checks import Told
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint, number
from core.api.paging import Listed, Page
from core.db import MAX_ID
from core.errors import NotFound
from core.runtime import runtime
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


def _narrowed(statement: Select[Any], model: Any, **wanted: object) -> Select[Any]:
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(getattr(model, name) == value)
    return statement


@bp.get("/deliveries")
@endpoint(*EVERYONE, tag="deliveries", query=DeliveryPage, answer=Listed[DeliveryTold])
def list_deliveries(query: DeliveryPage) -> Listed[DeliveryTold]:
    """Deliveries, newest first."""
    wanted = _narrowed(
        select(Delivery),
        Delivery,
        source_id=query.source_id,
        customer_id=query.customer_id,
        state=query.state,
    )
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Delivery.id, "deliveries", query, newest_first=True)
        return paging.listed(found, _delivery, next_)


@bp.get("/deliveries/<int:delivery_id>")
@endpoint(*EVERYONE, tag="deliveries", answer=DeliveryTold)
def get_delivery(delivery_id: int) -> DeliveryTold:
    """One delivery."""
    with runtime().database.reading(caller().tenant_id) as session:
        found = session.scalar(select(Delivery).where(Delivery.id == delivery_id))
        if found is None:
            raise NotFound("no_delivery", f"there is no delivery {delivery_id}")
        return _delivery(found)


@bp.get("/attempts")
@endpoint(*EVERYONE, tag="deliveries", query=AttemptPage, answer=Listed[AttemptTold])
def list_attempts(query: AttemptPage) -> Listed[AttemptTold]:
    """Attempts, newest first."""
    wanted = _narrowed(
        select(Attempt),
        Attempt,
        delivery_id=query.delivery_id,
        source_id=query.source_id,
        state=query.state,
    )
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Attempt.id, "attempts", query, newest_first=True)
        return paging.listed(found, _attempt, next_)


@bp.get("/attempts/<int:attempt_id>")
@endpoint(*EVERYONE, tag="deliveries", answer=AttemptWithReceipts)
def get_attempt(attempt_id: int) -> AttemptWithReceipts:
    """One try, with everything the carrier said of it."""
    with runtime().database.reading(caller().tenant_id) as session:
        found = session.scalar(select(Attempt).where(Attempt.id == attempt_id))
        if found is None:
            raise NotFound("no_attempt", f"there is no attempt {attempt_id}")
        receipts = session.scalars(
            select(Receipt).where(Receipt.attempt_id == attempt_id).order_by(Receipt.id)
        )
        told = [ReceiptTold.model_validate(receipt) for receipt in receipts]
        return AttemptWithReceipts(**_attempt(found).model_dump(), receipts=told)
