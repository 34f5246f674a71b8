"""
Segments: part of the customer file, described as data.

    {"tags": ["autumn"], "languages": ["zh"], "service_due_before": "2026-12-31"}

An empty segment is everybody. Of every list one entry must fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from core.fields import OnOneLine
from core.models import Tenant
from customers.models import Customer, Vehicle
from customers.numbers import Without, addresses_for

PAGE = 2_000
# one statement names them all; a longer list is a file (audience: {file: list.csv})
MAX_REFERENCES = 10_000
# what a text may say of its recipient
FIELDS = ("name", "customer_company", "reference", "address", "plate", "model", "next_service")
# plain rows: whole objects take three times as long, and a list has 200,000 people
PERSON = (
    Customer.id,
    Customer.name,
    Customer.company,
    Customer.reference,
    Customer.address,
    Customer.language,
    Customer.tags,
)
VEHICLE = (Vehicle.customer_id, Vehicle.plate, Vehicle.model, Vehicle.next_service_on)


Entry = Annotated[str, Field(max_length=120), OnOneLine]


class Segment(BaseModel):
    """Who belongs to it. *service_due_before* and *_after* are about the next service of any vehicle (inclusive)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: list[Entry] = Field([], max_length=200)
    languages: list[Entry] = Field([], max_length=50)
    references: list[Entry] = Field([], max_length=MAX_REFERENCES)
    service_due_after: date | None = None
    service_due_before: date | None = None


@dataclass(frozen=True)
class Member:
    """One customer with the number a channel goes to (None if there is none) and what may be said of him."""

    customer_id: int
    address: str | None
    language: str
    fields: Mapping[str, str]


def members(
    session: Session, tenant_id: int, segment: Segment, channel: str, *, after_id: int = 0
) -> Iterator[Member]:
    """The customers of *segment* with ids over *after_id*, in id order, read a page at a time."""
    yield from _pages(session, tenant_id, segment, _conditions(segment), channel, after_id)


def members_of(
    session: Session, tenant_id: int, ids: Select[int], channel: str, *, after_id: int = 0
) -> Iterator[Member]:
    """The customers whose ids *ids* selects, in id order."""
    yield from _pages(session, tenant_id, Segment(), [Customer.id.in_(ids)], channel, after_id)


def members_by_id(
    session: Session, tenant_id: int, ids: Sequence[int], channel: str, without: Without | None = None
) -> Iterator[Member]:
    """The customers with these *ids*, in id order, none with a number it is to go *without*."""
    default = session.get_one(Tenant, tenant_id).language
    for chunk in in_chunks(sorted(ids), PAGE):
        page = session.execute(
            select(*PERSON)
            .where(Customer.tenant_id == tenant_id, Customer.id.in_(chunk))
            .order_by(Customer.id)
        ).all()
        yield from _with_numbers(session, tenant_id, page, channel, default, without)


def ids(session: Session, tenant_id: int, segment: Segment) -> Iterator[int]:
    """The ids of the customers of *segment*, in order, without reading their files."""
    wanted = set(segment.tags)
    columns = (Customer.id, Customer.tags) if wanted else (Customer.id,)
    statement = select(*columns).where(Customer.tenant_id == tenant_id, *_conditions(segment))
    for row in session.execute(statement.order_by(Customer.id).execution_options(yield_per=PAGE)):
        if not wanted or wanted & set(row[1]):
            yield row[0]


def _conditions(segment: Segment) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Customer.erased_at.is_(None)]
    if segment.languages:
        found.append(Customer.language.in_(segment.languages))
    if segment.references:
        found.append(Customer.reference.in_(segment.references))
    due: list[ColumnElement[bool]] = []
    if segment.service_due_after:
        due.append(Vehicle.next_service_on >= segment.service_due_after)
    if segment.service_due_before:
        due.append(Vehicle.next_service_on <= segment.service_due_before)
    if due:
        found.append(select(Vehicle.id).where(Vehicle.customer_id == Customer.id, *due).exists())
    return found


def _pages(
    session: Session,
    tenant_id: int,
    segment: Segment,
    conditions: Sequence[ColumnElement[bool]],
    channel: str,
    after_id: int,
) -> Iterator[Member]:
    default = session.get_one(Tenant, tenant_id).language
    wanted = set(segment.tags)
    while True:
        page = session.execute(
            select(*PERSON)
            .where(Customer.tenant_id == tenant_id, Customer.id > after_id, *conditions)
            .order_by(Customer.id)
            .limit(PAGE)
        ).all()
        chosen = [customer for customer in page if not wanted or wanted & set(customer.tags)]
        yield from _with_numbers(session, tenant_id, chosen, channel, default)
        if len(page) < PAGE:
            return
        after_id = page[-1].id


def _with_numbers(
    session: Session,
    tenant_id: int,
    customers: Sequence[Row[Any]],
    channel: str,
    default: str,
    without: Without | None = None,
) -> Iterator[Member]:
    ids = [customer.id for customer in customers]
    addresses = addresses_for(session, tenant_id, ids, channel, without)
    vehicles: dict[int, Any] = {}
    for vehicle in session.execute(
        select(*VEHICLE)
        .where(Vehicle.tenant_id == tenant_id, Vehicle.customer_id.in_(ids))
        .order_by(Vehicle.id)
    ):
        vehicles.setdefault(vehicle.customer_id, vehicle)
    for customer in customers:
        yield Member(
            customer_id=customer.id,
            address=addresses.get(customer.id),
            language=customer.language or default,
            fields=_fields_of(customer, vehicles.get(customer.id)),
        )


def _fields_of(customer: Row[Any], vehicle: Row[Any] | None) -> dict[str, str]:
    """What a text may say of a PERSON with a VEHICLE, every one of FIELDS; "" where nothing is known."""
    due = vehicle.next_service_on if vehicle else None
    return {
        "name": customer.name,
        "customer_company": customer.company,
        "reference": customer.reference or "",
        "address": customer.address,
        "plate": vehicle.plate if vehicle else "",
        "model": vehicle.model if vehicle else "",
        "next_service": due.isoformat() if due else "",
    }
