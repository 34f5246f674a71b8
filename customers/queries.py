"""What screens ask about customers: find some, and everything about one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from core.db import MAX_ID
from core.errors import Fault, NotFound, WrongFields
from customers.models import ConsentEvent, Customer, CustomerNumber, Suppression, Touch, Vehicle

Part = TypeVar("Part", Vehicle, ConsentEvent, Touch)
TIMELINE = 200
MIN_DIGITS = 4


@dataclass(frozen=True)
class File:
    """One customer's file. *touches* are the latest, newest first; *suppressions* are about any of the numbers."""

    customer: Customer
    numbers: Sequence[CustomerNumber]
    vehicles: Sequence[Vehicle]
    consents: Sequence[ConsentEvent]
    touches: Sequence[Touch]
    suppressions: Sequence[Suppression]


@dataclass(frozen=True)
class Found:
    """A customer in a list, with the number to recognise them by ("" if there is none) and their plates."""

    customer: Customer
    address: str
    plates: Sequence[str]


def search(
    session: Session, text: str, limit: int = 50, offset: int = 0, among: Select[int] | None = None
) -> list[Found]:
    """
    Customers whose name, company, reference or plate begins with *text*, or one of whose numbers holds its digits.

    In the order of their names; all of them for an empty *text*; only ids of *among* if it is given. Needs a session of
    one tenant.
    """
    there = select(Customer).where(Customer.erased_at.is_(None))
    statement = there.order_by(Customer.name, Customer.id).limit(limit).offset(offset)
    if among is not None:
        statement = statement.where(Customer.id.in_(among))
    if wanted := text.strip():
        statement = statement.where(or_(*_conditions(wanted)))
    customers = session.scalars(statement).all()
    ids = [customer.id for customer in customers]
    addresses = _addresses(session, ids)
    plates = _plates(session, ids)
    return [Found(each, addresses.get(each.id, ""), plates.get(each.id, ())) for each in customers]


def page(session: Session, text: str, after_id: int, limit: int) -> Sequence[Customer]:
    """`search` in the order in which customers were entered, those with ids over *after_id*: stable under inserts."""
    there = select(Customer).where(Customer.id > after_id, Customer.erased_at.is_(None))
    statement = there.order_by(Customer.id).limit(limit)
    if wanted := text.strip():
        statement = statement.where(or_(*_conditions(wanted)))
    return session.scalars(statement).all()


def numbers_of(session: Session, ids: Sequence[int]) -> Mapping[int, Sequence[CustomerNumber]]:
    """The numbers of each of these customers, in the order in which they are tried."""
    statement = select(CustomerNumber).where(CustomerNumber.customer_id.in_(ids))
    found: dict[int, list[CustomerNumber]] = {}
    for number in session.scalars(statement.order_by(CustomerNumber.position, CustomerNumber.id)):
        found.setdefault(number.customer_id, []).append(number)
    return found


def _conditions(text: str) -> list[ColumnElement[bool]]:
    plate = re.sub(r"[\s\-·]", "", text)
    conditions: list[ColumnElement[bool]] = [
        Customer.name.istartswith(text, autoescape=True),
        Customer.company.istartswith(text, autoescape=True),
        Customer.reference.istartswith(text, autoescape=True),
        Customer.id.in_(
            select(Vehicle.customer_id).where(
                or_(
                    Vehicle.plate.istartswith(text, autoescape=True),
                    Vehicle.plate.istartswith(plate, autoescape=True),
                )
            )
        ),
    ]
    digits = re.sub(r"\D", "", text)
    if len(digits) >= MIN_DIGITS and not re.search(r"[^\d\s+().\-/]", text):
        holding = CustomerNumber.address.contains(digits.lstrip("0"))
        conditions.append(Customer.id.in_(select(CustomerNumber.customer_id).where(holding)))
    return conditions


def _addresses(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    statement = select(CustomerNumber.customer_id, CustomerNumber.address).where(
        CustomerNumber.customer_id.in_(ids)
    )
    first: dict[int, str] = {}
    for customer_id, address in session.execute(
        statement.order_by(CustomerNumber.position, CustomerNumber.id)
    ):
        first.setdefault(customer_id, address)
    return first


def _plates(session: Session, ids: Sequence[int]) -> Mapping[int, Sequence[str]]:
    statement = select(Vehicle.customer_id, Vehicle.plate).where(
        Vehicle.customer_id.in_(ids), Vehicle.plate != ""
    )
    found: dict[int, list[str]] = {}
    for customer_id, plate in session.execute(statement.order_by(Vehicle.id)):
        found.setdefault(customer_id, []).append(plate)
    return found


def check_customer(session: Session, customer_id: int) -> None:
    """Raises WrongFields unless there is such a customer in the session's tenant, who was not erased."""
    there = select(Customer.id).where(Customer.id == min(customer_id, MAX_ID), Customer.erased_at.is_(None))
    if session.scalar(there) is None:
        raise WrongFields([Fault("customer_id", "no_customer", "enter the id of a customer")])


def address_of(session: Session, customer_id: int, number_id: int) -> str:
    """The number with that id if it is this customer's, else ""."""
    mine = select(CustomerNumber.address).where(CustomerNumber.customer_id == customer_id)
    return session.scalar(mine.where(CustomerNumber.id == min(number_id, MAX_ID))) or ""


def get(session: Session, customer_id: int) -> File:
    """Everything about one customer of the session's tenant; NotFound if there is no such."""
    customer = session.scalar(select(Customer).where(Customer.id == customer_id))
    if customer is None:
        raise NotFound("no_customer", "there is no customer {number}", number=customer_id)
    numbers = session.scalars(
        select(CustomerNumber)
        .where(CustomerNumber.customer_id == customer_id)
        .order_by(CustomerNumber.position, CustomerNumber.id)
    ).all()
    addresses = [number.address for number in numbers]
    return File(
        customer=customer,
        numbers=numbers,
        vehicles=_of(session, Vehicle, customer_id, Vehicle.id),
        consents=_of(session, ConsentEvent, customer_id, ConsentEvent.at.desc(), ConsentEvent.id.desc()),
        touches=_of(session, Touch, customer_id, Touch.at.desc(), Touch.id.desc()),
        suppressions=session.scalars(
            select(Suppression)
            .where(Suppression.tenant_id == customer.tenant_id, Suppression.address.in_(addresses))
            .order_by(Suppression.at.desc(), Suppression.id.desc())
        ).all(),
    )


def _of(session: Session, model: type[Part], customer_id: int, *order: Any) -> Sequence[Part]:
    statement = select(model).where(model.customer_id == customer_id).order_by(*order).limit(TIMELINE)
    return session.scalars(statement).all()
