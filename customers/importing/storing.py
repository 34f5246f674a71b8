"""Puts a batch of people into the customer file: four inserts, and two questions about who is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bulk import insert_tuples, present, reserve_ids
from core.models import Tenant
from customers.importing.people import Person
from customers.importing.problems import Problem
from customers.models import ConsentEvent, Customer, CustomerNumber, Vehicle

OWN = ("tenant_id", "customer_id")
TEXTS = ("name", "company", "language", "zone", "address", "state", "preferred_channel")
VEHICLE = {"plate", "model", "vehicle_kind", "next_service"}
CONSENT = {"consent_marketing": "marketing", "consent_service": "service"}


@dataclass
class Known:
    """Numbers and references met in this batch; in a dry run, which writes nothing, in the whole file."""

    addresses: set[int] = field(default_factory=set)
    references: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Start again: from here on the database can be asked."""
        self.addresses.clear()
        self.references.clear()


@dataclass(frozen=True)
class Sorted:
    """What became of a batch."""

    fresh: list[Person]
    duplicates: int
    taken: list[tuple[Person, Problem]]


def lock_file(session: Session, tenant_id: int) -> None:
    """Let one import at a time look at the tenant's customers and add to them."""
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())


def sort_out(
    session: Session, tenant_id: int, people: Sequence[Person], known: Known, reference_column: int
) -> Sorted:
    """Part *people* into new ones, duplicates by number, and those whose reference is another's."""
    wanted = [person.address for person in people]
    addresses = present(session, CustomerNumber, "address", tenant_id, wanted)
    named = [reference for person in people if (reference := person.values.get("reference"))]
    references = present(session, Customer, "reference", tenant_id, named)
    fresh: list[Person] = []
    taken: list[tuple[Person, Problem]] = []
    duplicates = 0
    for person in people:
        reference = person.values.get("reference")
        if person.address in addresses or int(person.address) in known.addresses:
            duplicates += 1
        elif reference and (reference in references or reference in known.references):
            taken.append((person, Problem(reference_column, "reference_taken", reference)))
        else:
            fresh.append(person)
            known.addresses.update(int(address) for address, _, _ in person.numbers)
            if reference:
                known.references.add(reference)
    return Sorted(fresh, duplicates, taken)


def store(session: Session, tenant_id: int, people: Sequence[Person], source: str, at: datetime) -> None:
    """Insert *people* with their numbers, vehicles and consents."""
    customers: list[tuple[Any, ...]] = []
    numbers: list[tuple[Any, ...]] = []
    vehicles: list[tuple[Any, ...]] = []
    consents: list[tuple[Any, ...]] = []
    for customer_id, person in zip(reserve_ids(session, Customer, len(people)), people, strict=True):
        values = person.values
        own, get = (tenant_id, customer_id), values.get
        texts = [get(name, "") for name in TEXTS]
        customers.append((customer_id, tenant_id, at, get("reference"), get("tags", ()), *texts))
        numbers += [(*own, *number) for number in person.numbers]
        if not VEHICLE.isdisjoint(values):
            vehicles.append(
                (*own, get("plate", ""), get("model", ""), get("vehicle_kind", ""), get("next_service"))
            )
        for name, purpose in CONSENT.items():
            if level := get(name):
                given = level != "none"
                consents.append((*own, purpose, "", level if given else "", given, source, at))
    insert_tuples(
        session, Customer, ("id", "tenant_id", "created_at", "reference", "tags", *TEXTS), customers
    )
    insert_tuples(session, CustomerNumber, (*OWN, "address", "kind", "position"), numbers)
    insert_tuples(session, Vehicle, (*OWN, "plate", "model", "kind", "next_service_on"), vehicles)
    columns = (*OWN, "purpose", "channel", "level", "is_given", "source", "at")
    insert_tuples(session, ConsentEvent, columns, consents)
