"""The vehicles (or other products) of customers, entered and changed one at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.bulk import in_chunks, insert_tuples, reserve_ids
from core.db import MAX_ID
from core.errors import Fault, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from customers.models import Vehicle
from customers.queries import check_customer

FIELDS = (
    "plate", "model", "kind", "serial", "service_every_months", "next_service_on", "sold_on", "warranty_until",
)  # fmt: skip
YEARS = range(1900, 2100)
EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(FIELDS[:4], ""),
    "service_every_months": 0,
    **dict.fromkeys(FIELDS[5:]),
}


def create(
    session: Session, tenant: Tenant, customer_id: int, values: Mapping[str, Any], who: str
) -> Vehicle:
    """A new vehicle of a customer. Raises WrongFields if there is no such customer, or nothing to know the vehicle by."""
    check_customer(session, customer_id)
    added = Vehicle(
        tenant_id=tenant.id, customer_id=customer_id, **{**dict.fromkeys(FIELDS[:4], ""), **values}
    )
    _check(added)
    session.add(added)
    session.flush()
    audit.record(session, tenant.id, who, "create", f"vehicle:{added.id}", customer=customer_id)
    return added


def change(
    session: Session, tenant: Tenant, vehicle: Vehicle, values: Mapping[str, Any], who: str
) -> Vehicle:
    """Set the fields in *values*, leave the others. Raises WrongFields if there is nothing left to know the vehicle by."""
    for name, value in values.items():
        setattr(vehicle, name, value)
    _check(vehicle)
    session.flush()
    audit.record(session, tenant.id, who, "change", f"vehicle:{vehicle.id}", fields=sorted(values))
    return vehicle


def get(session: Session, vehicle_id: int, customer_id: int | None = None) -> Vehicle:
    """A vehicle of the session's tenant. Raises NotFound; WrongFields unless it is *customer_id*'s, where one is given."""
    found = None
    if 0 < vehicle_id <= MAX_ID:
        found = session.scalar(select(Vehicle).where(Vehicle.id == vehicle_id))
    if customer_id is not None and (found is None or found.customer_id != customer_id):
        raise WrongFields([Fault("vehicle_id", "no_vehicle", "choose a vehicle of this customer, by its id")])
    if found is None:
        raise NotFound("no_vehicle", "there is no vehicle {number}", number=vehicle_id)
    return found


def of_plate(session: Session, tenant: Tenant, customer_id: int, plate: str, who: str) -> Vehicle:
    """The customer's vehicle with this *plate*; entered now if it is not there."""
    mine = select(Vehicle).where(Vehicle.customer_id == customer_id, Vehicle.plate == plate)
    found = session.scalar(mine.order_by(Vehicle.id).limit(1))
    return found or create(session, tenant, customer_id, {"plate": plate}, who)


def of_customers(session: Session, customer_ids: Collection[int]) -> list[Vehicle]:
    """Every vehicle of these customers, in the order in which they were entered."""
    found: list[Vehicle] = []
    for chunk in in_chunks(sorted(set(customer_ids))):
        theirs = select(Vehicle).where(Vehicle.customer_id.in_(chunk))
        found += session.scalars(theirs.order_by(Vehicle.id))
    return found


def by_plate(session: Session, customer_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """The vehicles of these customers, by customer and plate; of two with one plate the first."""
    theirs = reversed(of_customers(session, customer_ids))
    return {(one.customer_id, one.plate): one.id for one in theirs if one.plate}


def enter_plates(
    session: Session, tenant_id: int, wanted: Iterable[tuple[int, str]], plates: dict[tuple[int, str], int]
) -> None:
    """`of_plate` for many: those *wanted* (customer and plate) that are not among *plates* are entered, and added to it."""
    missing = [each for each in dict.fromkeys(wanted) if each[1] and each not in plates]
    ids = enter(session, tenant_id, [(customer_id, {"plate": plate}) for customer_id, plate in missing])
    plates.update(zip(missing, ids, strict=True))


def enter(session: Session, tenant_id: int, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[int]:
    """Many new vehicles, each of a customer with values of FIELDS among which one tells it; their ids, in the order of *rows*."""
    ids = reserve_ids(session, Vehicle, len(rows))
    tuples = [
        (vehicle_id, tenant_id, customer_id, *({**EMPTY, **values}[name] for name in FIELDS))
        for vehicle_id, (customer_id, values) in zip(ids, rows, strict=True)
    ]
    insert_tuples(session, Vehicle, ("id", "tenant_id", "customer_id", *FIELDS), tuples)
    return ids


def _check(vehicle: Vehicle) -> None:
    if not (vehicle.plate or vehicle.serial or vehicle.model):
        raise WrongFields([Fault("plate", "missing", "enter a plate, a serial number or a model")])
    days = ((name, getattr(vehicle, name)) for name in FIELDS[5:])
    wrong = [name for name, day in days if day and day.year not in YEARS]
    if wrong:
        said = Sentence("enter a day between {first} and {last}", first=YEARS[0], last=YEARS[-1])
        raise WrongFields([Fault(name, "bad_date", said) for name in wrong])
