"""Puts a batch of people into the customer file: four inserts, and two questions about who is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bulk import insert_tuples, present, reserve_ids
from core.models import Tenant
from customers import erasing
from customers.importing.met import Met
from customers.importing.people import Person
from customers.importing.problems import Problem
from customers.models import ConsentEvent, Customer, CustomerNumber, Vehicle

OWN = ("tenant_id", "customer_id")
TEXTS = ("name", "company", "language", "zone", "address", "state", "preferred_channel")
CUSTOMER = ("reference", "tags", *TEXTS)
VEHICLE = ("plate", "model", "vehicle_kind", "next_service")
CONSENT = {"consent_marketing": "marketing", "consent_service": "service"}
# what stands in an empty cell
EMPTY = {
    **dict.fromkeys((*CUSTOMER, *VEHICLE, *CONSENT), ""),
    "reference": None,
    "tags": (),
    "next_service": None,
}


@dataclass(frozen=True)
class Sorted:
    """What became of a batch."""

    fresh: list[Person]
    duplicates: int
    taken: list[tuple[Person, Problem]]


def lock_file(session: Session, tenant_id: int) -> None:
    """Let one import at a time look at the tenant's customers and add to them; whoever only refers to the tenant goes on."""
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))


def sort_out(
    session: Session, tenant_id: int, people: Sequence[Person], above: Met | None, reference_column: int
) -> Sorted:
    """
    Part *people* into new ones, duplicates by number, and those whose reference is another's.

    *above* is what a check has met, which writes nobody.
    """
    wanted = [person.address for person in people]
    named = [reference for person in people if (reference := person.values.get("reference"))]
    addresses = present(session, CustomerNumber, "address", tenant_id, wanted)
    references = present(session, Customer, "reference", tenant_id, named)
    if above:
        addresses |= above.addresses.among(wanted)
        references |= above.references.among(named)
    fresh: list[Person] = []
    taken: list[tuple[Person, Problem]] = []
    for address, person in zip(wanted, people, strict=True):
        if address in addresses:
            continue
        if (reference := person.values.get("reference")) and reference in references:
            taken.append((person, Problem(reference_column, "reference_taken", reference)))
            continue
        fresh.append(person)
        addresses.update([number[0] for number in person.numbers])
        references.add(reference)
    if above:
        above.addresses.add(number[0] for person in fresh for number in person.numbers)
        above.references.add(filter(None, (person.values.get("reference") for person in fresh)))
    return Sorted(fresh, len(people) - len(fresh) - len(taken), taken)


def store(session: Session, tenant_id: int, people: Sequence[Person], source: str, at: datetime) -> None:
    """Insert *people* with their numbers, vehicles and consents."""
    customers: list[tuple[Any, ...]] = []
    numbers: list[tuple[Any, ...]] = []
    vehicles: list[tuple[Any, ...]] = []
    consents: list[tuple[Any, ...]] = []
    customer, vehicle = itemgetter(*CUSTOMER), itemgetter(*VEHICLE)
    for customer_id, person in zip(reserve_ids(session, Customer, len(people)), people, strict=True):
        values = {**EMPTY, **person.values}
        customers.append((customer_id, tenant_id, at, *customer(values)))
        numbers += [(tenant_id, customer_id, *number) for number in person.numbers]
        if any(about := vehicle(values)):
            vehicles.append((tenant_id, customer_id, *about))
        for name, purpose in CONSENT.items():
            if level := values[name]:
                given = level != "none"
                what = (purpose, "", level if given else "", given)
                consents.append((tenant_id, customer_id, *what, source, at))
    insert_tuples(session, Customer, ("id", "tenant_id", "created_at", *CUSTOMER), customers)
    insert_tuples(session, CustomerNumber, (*OWN, "address", "kind", "position"), numbers)
    erasing.bring_back(session, tenant_id, [number[2] for number in numbers], at)
    insert_tuples(session, Vehicle, (*OWN, "plate", "model", "kind", "next_service_on"), vehicles)
    columns = (*OWN, "purpose", "channel", "level", "is_given", "source", "at")
    insert_tuples(session, ConsentEvent, columns, consents)
