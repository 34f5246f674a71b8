"""
What the workshop's system tells of a job, taken in once, however often and in whatever order it comes.

An event told before changes nothing. One of a step that lies behind, and that happened before the present one, only completes the
history; one older than what was told since sets nothing. One that says a job went back is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import extra_work, work_orders
from aftersales.models import WorkOrder, WorkOrderStep
from aftersales.models.work_orders import STEPS
from aftersales.order_checks import read_at
from core.api.checks import Sent, Text, Told
from core.errors import Conflict, Fault, Invalid, WrongFields
from core.models import Tenant
from core.phone import to_e164
from customers import vehicles
from customers.holders import holders

Line = Annotated[Text, Field(max_length=40)]
Result = Literal["opened", "advanced", "changed", "late", "repeated"]
StepName = Literal[
    "reception", "intake", "workshop", "extra_work", "taken_back", "ready", "delivered", "followed_up", "cancelled"
]  # fmt: skip


class Item(Sent):
    """One line of a job: what is done, and its price in hundredths."""

    text: Annotated[Text, Field(min_length=1, max_length=200)]
    price_cents: Annotated[int, Field(ge=0, le=10**11)] = 0


class Whose(Sent):
    """The customer by the number they have with the company (*reference*), or by a telephone number."""

    reference: Annotated[Text, Field(max_length=60)] = ""
    number: Line = ""


class More(Sent):
    """What is known of a job besides its step; what is left out stays as it is."""

    plate: Annotated[Text, Field(max_length=20)] = ""
    kind: Line | None = None
    wish: Annotated[Text, Field(max_length=1000)] | None = None
    items: Annotated[list[Item], Field(max_length=100)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    odometer_km: Annotated[int, Field(ge=0, le=10_000_000)] | None = None


class FoundWork(Sent):
    """Work found on the way that the customer is to be asked about, and until when he can answer."""

    item: Annotated[Text, Field(min_length=1, max_length=100)]
    price_cents: Annotated[int, Field(ge=0, le=10**11)]
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    answer_by: AwareDatetime


class Event(More):
    """
    Something that happened to the job *number* at *at*. *event* is your own name for it, the same when you send it again.

    *customer* is needed for a job we have not heard of.
    """

    event: Annotated[Text, Field(min_length=1, max_length=80)]
    number: Annotated[Text, Field(min_length=1, max_length=40)]
    at: AwareDatetime
    step: StepName | None = None
    customer: Whose | None = None
    department: Line = ""
    promised_at: AwareDatetime | None = None
    note: Annotated[Text, Field(max_length=400)] = ""
    extra_work: FoundWork | None = None


class Taken(Told):
    """What became of an event, and where the job stands now."""

    result: Result
    number: str
    step: str


def take(session: Session, tenant: Tenant, event: Event, who: str) -> Taken:
    """Take in one event. Raises WrongFields naming what to send instead: nothing is changed then."""
    with _said_of("at"):
        at = read_at(event.at.astimezone(UTC))
    order = work_orders.find(session, tenant.id, event.number)
    is_new = order is None
    if order is None:
        order = _open(session, tenant, event, at, who)
    session.refresh(order, with_for_update=True)
    if _was_told(session, tenant, event.event):
        return Taken(result="repeated", number=order.number, step=order.state)
    results: list[Result] = ["opened"] if is_new else []
    if not _is_old(session, order, at) and _set_more(session, tenant, order, event, who):
        results.append("changed")
    if event.step and (of_step := _step(session, tenant, order, event, at, who)):
        results.insert(1 if is_new else 0, of_step)
    if event.extra_work:
        _ask(session, tenant, order, event.extra_work, who)
        results.append("changed")
    if "advanced" not in results and "late" not in results:
        work_orders.note(session, order, "told", who, at=at, text=event.note, event=event.event)
    session.flush()
    return Taken(result=results[0] if results else "repeated", number=order.number, step=order.state)


def _open(session: Session, tenant: Tenant, event: Event, at: datetime, who: str) -> WorkOrder:
    whose = event.customer or Whose()
    with _said_of("customer"):
        address = to_e164(whose.number, tenant.region) if whose.number else ""
        customer_id = holders(session, tenant.id, [whose.reference], [address]).of(whose.reference, address)
    with _said_of("number"):
        return work_orders.open_order(
            session, tenant, number=event.number, customer_id=customer_id, kind=event.kind or "",
            promised_at=event.promised_at, received_at=at, origin=who, who=who,
        )  # fmt: skip


def _was_told(session: Session, tenant: Tenant, name: str) -> bool:
    told = select(WorkOrderStep.id).where(WorkOrderStep.tenant_id == tenant.id, WorkOrderStep.event == name)
    return session.scalar(told) is not None


def _is_old(session: Session, order: WorkOrder, at: datetime) -> bool:
    """Whether something that happened later was told already."""
    told = select(func.max(WorkOrderStep.at)).where(
        WorkOrderStep.work_order_id == order.id, WorkOrderStep.event.is_not(None)
    )
    latest = session.scalar(told)
    return latest is not None and latest > at


def _set_more(session: Session, tenant: Tenant, order: WorkOrder, event: Event, who: str) -> bool:
    """Set what the event says besides the step; whether anything is another than before."""
    given = event.model_dump(include=set(work_orders.CHANGEABLE), exclude_none=True)
    if event.plate:
        given["vehicle_id"] = vehicles.of_plate(session, tenant, order.customer_id, event.plate, who).id
    values = {name: value for name, value in given.items() if getattr(order, name) != value}
    if values:
        work_orders.change(session, order, values, who)
    has_promise = event.promised_at is not None and event.promised_at != order.promised_at
    if has_promise and event.promised_at and order.state not in work_orders.OVER:
        with _said_of("promised_at"):
            work_orders.promise(session, tenant, order, event.promised_at, who)
    has_department = event.department not in ("", order.department)
    if has_department and order.state not in work_orders.OVER:
        with _said_of("department"):
            work_orders.hand_over(session, tenant, order, event.department, who)
    return bool(values) or has_promise or has_department


def _ask(session: Session, tenant: Tenant, order: WorkOrder, found: FoundWork, who: str) -> None:
    """Have the customer asked; never twice about the same."""
    with _said_of("extra_work"):
        given = extra_work.Found(found.item, found.price_cents, found.answer_by, found.currency)
        extra_work.ask(session, tenant, order, given, who)


def _step(
    session: Session, tenant: Tenant, order: WorkOrder, event: Event, at: datetime, who: str
) -> Result | None:
    """Take the job to the step of *event*, or note that it was there; None if it stands there."""
    step = event.step or order.state
    if step == order.state:
        order.reached_at = max(at, order.reached_at)
        return None
    if _is_behind(step, order.state) and at <= order.reached_at:
        work_orders.note(session, order, step, who, at=at, text=event.note, event=event.event)
        return "late"
    with _said_of("step"):
        work_orders.advance(session, tenant, order, step, who, at=at, note=event.note, event=event.event)
    return "advanced"


def _is_behind(step: str, state: str) -> bool:
    """Whether a job at *state* may have been at *step* before: extra work leads back into the workshop."""
    if step not in STEPS or state not in STEPS:
        return step in STEPS
    return STEPS.index(step) < STEPS.index(state) or (step, state) == ("extra_work", "workshop")


@contextmanager
def _said_of(field: str) -> Iterator[None]:
    """What is refused here is told of *field*."""
    try:
        yield
    except WrongFields:
        raise
    except (Invalid, Conflict) as error:
        raise WrongFields([Fault(field, error.code, error.message)]) from None
