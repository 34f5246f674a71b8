"""Work orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint
from pydantic import AwareDatetime, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import quoting, work_orders
from aftersales.models import WorkOrder
from aftersales.order_checks import read_at
from aftersales.workshop.events import Item, Line, StepName
from core import clock
from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.api.paging import Listed, Page
from core.db import MAX_ID
from core.models import READERS
from core.runtime import runtime
from customers.queries import check_customer

EDITORS = ("after_sales", "supervisor")
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Note = Annotated[Text, Field(max_length=400)]
bp = Blueprint("work_orders_api", __name__, url_prefix=PREFIX)


class Data(Sent):
    """What is known of a job besides its step."""

    kind: Line | None = None
    wish: Annotated[Text, Field(max_length=1000)] | None = None
    items: Annotated[list[Item], Field(max_length=100)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    odometer_km: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    vehicle_id: Id | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent with a value."""
        return self.model_dump(include=set(work_orders.CHANGEABLE), exclude_none=True)


class NewOrder(Data):
    """A job to be opened. Without *promised_at* the usual days for its *kind* propose it."""

    number: Annotated[Text, Field(min_length=1, max_length=40)]
    customer_id: Id
    received_at: AwareDatetime | None = None
    promised_at: AwareDatetime | None = None


class Advance(Sent):
    """The step a job has come to, and when, if that was before now."""

    to: StepName
    at: AwareDatetime | None = None
    note: Note = ""


class NewDate(Sent):
    """The date the customer was told."""

    promised_at: AwareDatetime
    note: Note = ""


class HandOver(Sent):
    """The department that has the job in hand from now on."""

    department: Annotated[Text, Field(min_length=1, max_length=40)]
    note: Note = ""


class Urgent(Sent):
    """Why the customer needs it sooner."""

    note: Note = ""


class StepTold(Told):
    """Something that happened to a job: a step, a date promised, a department, a change."""

    what: str
    value: str
    promised_at: datetime | None
    note: str
    who: str
    at: datetime


class OrderTold(Told):
    """A job. *state* is its step; *is_late*: the promised date has passed and it is not ready."""

    id: int
    number: str
    customer_id: int
    vehicle_id: int | None
    kind: str
    state: str
    department: str
    is_urgent: bool
    is_late: bool
    wish: str
    items: list[dict[str, Any]]
    currency: str
    odometer_km: int | None
    promised_at: datetime | None
    received_at: datetime
    reached_at: datetime
    delivered_at: datetime | None
    origin: str


class OrderWithHistory(OrderTold):
    """A job with everything that happened to it."""

    history: list[StepTold]


class OrderPage(Page):
    """Only jobs with a number, of a customer, at a step, in a department, late or not."""

    number: Line = ""
    customer_id: Id | None = None
    state: StepName | None = None
    department: Line = ""
    is_late: bool | None = None


def _told(order: WorkOrder) -> OrderTold:
    named = {name: getattr(order, name) for name in OrderTold.model_fields if name != "is_late"}
    return OrderTold(**named, is_late=work_orders.is_late(order, clock.now()))


def _whole(session: Session, order: WorkOrder) -> OrderWithHistory:
    steps = [StepTold.model_validate(step) for step in work_orders.steps_of(session, order.id)]
    return OrderWithHistory(**_told(order).model_dump(), history=steps)


def _changing(order_id: int) -> tuple[Session, WorkOrder]:
    session = writing()
    return session, work_orders.get(session, order_id, for_update=True)


@bp.get("/work-orders")
@endpoint(*READERS, tag="work orders", query=OrderPage, answer=Listed[OrderTold])
def list_work_orders(query: OrderPage) -> Listed[OrderTold]:
    """Jobs, newest first."""
    wanted = select(WorkOrder)
    for name in ("number", "customer_id", "state", "department"):
        if value := getattr(query, name):
            wanted = wanted.where(getattr(WorkOrder, name) == value)
    if query.is_late is not None:
        late = work_orders.late(clock.now())
        wanted = wanted.where(late if query.is_late else ~late)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, WorkOrder.id, "work_orders", query, newest_first=True)
        return paging.listed(found, _told, next_)


@bp.post("/work-orders")
@endpoint(
    *EDITORS,
    tag="work orders",
    body=NewOrder,
    answer=OrderWithHistory,
    status=201,
    location=PREFIX + "/work-orders/{id}",
)
def open_work_order(body: NewOrder) -> OrderWithHistory:
    """Open a job; one with this number that is there already is answered as it is."""
    session = writing()
    check_customer(session, body.customer_id)
    order = work_orders.open_order(
        session, caller().tenant, number=body.number, customer_id=body.customer_id, **body.given(),
        promised_at=body.promised_at, received_at=read_at(body.received_at), origin="api", who=caller().who,
    )  # fmt: skip
    return _whole(session, order)


@bp.get("/work-orders/<int:order_id>")
@endpoint(*READERS, tag="work orders", answer=OrderWithHistory)
def get_work_order(order_id: int) -> OrderWithHistory:
    """One job, with its history."""
    with runtime().database.reading(caller().tenant_id) as session:
        return _whole(session, work_orders.get(session, order_id))


@bp.patch("/work-orders/<int:order_id>")
@endpoint(*EDITORS, tag="work orders", body=Data, answer=OrderWithHistory)
def change_work_order(order_id: int, body: Data) -> OrderWithHistory:
    """Set the fields that are sent, leave the others."""
    session, order = _changing(order_id)
    if given := body.given():
        work_orders.change(session, order, given, caller().who)
    return _whole(session, order)


@bp.post("/work-orders/<int:order_id>/advance")
@endpoint(*EDITORS, tag="work orders", body=Advance, answer=OrderWithHistory)
def advance_work_order(order_id: int, body: Advance) -> OrderWithHistory:
    """Take a job on to a later step; going back is 409."""
    session, order = _changing(order_id)
    work_orders.advance(session, caller().tenant, order, body.to, caller().who, at=body.at, note=body.note)
    return _whole(session, order)


@bp.post("/work-orders/<int:order_id>/promise")
@endpoint(*EDITORS, tag="work orders", body=NewDate, answer=OrderWithHistory)
def promise_work_order(order_id: int, body: NewDate) -> OrderWithHistory:
    """The customer was told another date."""
    session, order = _changing(order_id)
    work_orders.promise(session, caller().tenant, order, body.promised_at, caller().who, body.note)
    return _whole(session, order)


@bp.post("/work-orders/<int:order_id>/hand-over")
@endpoint(*EDITORS, tag="work orders", body=HandOver, answer=OrderWithHistory)
def hand_over_work_order(order_id: int, body: HandOver) -> OrderWithHistory:
    """Another department has the job in hand."""
    session, order = _changing(order_id)
    work_orders.hand_over(session, caller().tenant, order, body.department, caller().who, body.note)
    return _whole(session, order)


@bp.post("/work-orders/<int:order_id>/urgent")
@endpoint(*EDITORS, tag="work orders", body=Urgent, answer=OrderWithHistory)
def urge_work_order(order_id: int, body: Urgent) -> OrderWithHistory:
    """The customer needs it sooner: a supervisor is asked."""
    session, order = _changing(order_id)
    work_orders.urge(session, caller().tenant, order, caller().who, body.note)
    return _whole(session, order)


@bp.post("/work-orders/<int:order_id>/quote")
@endpoint(*EDITORS, tag="work orders", answer=OrderWithHistory)
def quote_work_order(order_id: int) -> OrderWithHistory:
    """Have the customer sent what is to be done and what it costs; the same quote is sent once."""
    session, order = _changing(order_id)
    quoting.send(session, caller().tenant, order, caller().who)
    return _whole(session, order)
