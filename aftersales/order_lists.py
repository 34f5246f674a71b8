"""What screens ask about work orders and files: some of them, with the customer and the vehicle they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from aftersales import work_orders
from aftersales.models import CustomerFile, WorkOrder
from aftersales.work_orders import OVER
from core.models import Staff
from customers.models import Customer, CustomerNumber, Vehicle

MIN_DIGITS = 4
MOST = 50


@dataclass(frozen=True)
class OrderRow:
    """A work order in a list."""

    order: WorkOrder
    customer_name: str
    plate: str


@dataclass(frozen=True)
class FileRow:
    """A file in a list, with whoever is to complete it."""

    file: CustomerFile
    customer_name: str
    plate: str
    owner_name: str


def orders(
    session: Session,
    filters: Mapping[str, str],
    now: datetime,
    *,
    limit: int = MOST,
    before_id: int | None = None,
) -> list[OrderRow]:
    """
    Jobs, newest first, narrowed by *filters*: state (a step, or open), department, late (1), risk (1), q (how a number, a plate or a customer's
    name begins, or digits of his telephone number).
    """
    wanted = _orders().order_by(WorkOrder.id.desc()).limit(limit)
    if state := filters.get("state"):
        wanted = wanted.where(WorkOrder.state.not_in(OVER) if state == "open" else WorkOrder.state == state)
    if department := filters.get("department"):
        wanted = wanted.where(WorkOrder.department == department)
    if filters.get("risk"):
        wanted = wanted.where(work_orders.at_risk())
    if filters.get("late"):
        wanted = wanted.where(work_orders.late(now))
    if text := filters.get("q", "").strip():
        wanted = wanted.where(_matching(text))
    if before_id:
        wanted = wanted.where(WorkOrder.id < before_id)
    return [OrderRow(*row) for row in session.execute(wanted)]


def orders_of(session: Session, customer_id: int) -> list[OrderRow]:
    """A customer's jobs, newest first."""
    mine = _orders().where(WorkOrder.customer_id == customer_id).order_by(WorkOrder.id.desc()).limit(MOST)
    return [OrderRow(*row) for row in session.execute(mine)]


def files(session: Session, show: str, *, limit: int = MOST, before_id: int | None = None) -> list[FileRow]:
    """Files: *show* open (the most urgent first), late, or complete (newest first)."""
    wanted = _files().limit(limit)
    if show == "complete":
        wanted = wanted.where(CustomerFile.state == "complete").order_by(CustomerFile.id.desc())
        wanted = wanted.where(CustomerFile.id < before_id) if before_id else wanted
    else:
        wanted = wanted.where(CustomerFile.state == "open").order_by(CustomerFile.due_on, CustomerFile.id)
        wanted = wanted.where(CustomerFile.is_late) if show == "late" else wanted
    return [FileRow(*row) for row in session.execute(wanted)]


def files_of(session: Session, customer_id: int) -> list[FileRow]:
    """A customer's files, newest first."""
    mine = (
        _files().where(CustomerFile.customer_id == customer_id).order_by(CustomerFile.id.desc()).limit(MOST)
    )
    return [FileRow(*row) for row in session.execute(mine)]


def _orders() -> Select[WorkOrder, str, str]:
    joined = select(WorkOrder, Customer.name, Vehicle.plate).join(
        Customer, Customer.id == WorkOrder.customer_id
    )
    return joined.outerjoin(Vehicle, Vehicle.id == WorkOrder.vehicle_id)


def _files() -> Select[CustomerFile, str, str, str]:
    joined = select(CustomerFile, Customer.name, Vehicle.plate, Staff.name)
    joined = joined.join(Customer, Customer.id == CustomerFile.customer_id)
    joined = joined.join(Staff, Staff.id == CustomerFile.owner_id)
    return joined.outerjoin(Vehicle, Vehicle.id == CustomerFile.vehicle_id)


def _matching(text: str) -> ColumnElement[bool]:
    begins = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    conditions: list[ColumnElement[bool]] = [
        column.ilike(begins, escape="\\") for column in (WorkOrder.number, Vehicle.plate, Customer.name)
    ]
    digits = "".join(filter(str.isdecimal, text))
    if len(digits) >= MIN_DIGITS:
        holds = CustomerNumber.address.contains(digits)
        conditions.append(exists().where(CustomerNumber.customer_id == Customer.id, holds))
    return or_(*conditions)
