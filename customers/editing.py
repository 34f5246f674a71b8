"""One customer entered or changed by hand or by a program, under the same rules as an import (customers/importing/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import MAX_ID
from core.errors import Conflict, Fault, Invalid, NotFound, WrongFields
from core.models import Tenant
from customers import erasing
from customers.importing.cells import LENGTHS, READERS, read_state
from customers.importing.people import read_number
from customers.importing.problems import REASONS
from customers.models import Customer, CustomerNumber

MAX_NUMBERS = 10
# a kind of number, and the column of an import that holds it
COLUMNS = {"mobile": "mobile", "landline": "phone", "fax": "fax"}


def create(
    session: Session,
    tenant: Tenant,
    values: Mapping[str, Any],
    numbers: Sequence[tuple[str, str]],
    who: str,
) -> Customer:
    """
    A new customer with *numbers*, each (as written, kind), the one to recognise them by first.

    Raises WrongFields, or Conflict if that number or the reference is another's.
    """
    read, faults = _read(values, tenant.region)
    addresses = _read_numbers(numbers, tenant.region, faults)
    if faults:
        raise WrongFields(faults)
    holder = session.scalar(
        select(CustomerNumber.customer_id).where(CustomerNumber.address == addresses[0][0])
    )
    if holder:
        raise Conflict("number_known", "customer {customer} has this number already", customer=holder)
    customer = Customer(tenant_id=tenant.id, created_at=clock.now(), **read)
    _flush(session, customer)
    session.add_all(
        CustomerNumber(tenant_id=tenant.id, customer_id=customer.id, address=address, kind=kind, position=at)
        for at, (address, kind) in enumerate(addresses)
    )
    session.flush()
    erasing.bring_back(session, tenant.id, [address for address, _ in addresses], clock.now())
    audit.record(session, tenant.id, who, "create", f"customer:{customer.id}")
    return customer


def change(
    session: Session, tenant: Tenant, customer_id: int, values: Mapping[str, Any], who: str
) -> Customer:
    """Set the fields in *values*, leave the others. Raises NotFound, WrongFields or Conflict."""
    customer = get(session, customer_id)
    read, faults = _read(values, tenant.region)
    if faults:
        raise WrongFields(faults)
    for name, value in read.items():
        setattr(customer, name, value)
    _flush(session, customer)
    audit.record(session, tenant.id, who, "change", f"customer:{customer.id}", fields=sorted(read))
    return customer


def add_number(
    session: Session, tenant: Tenant, customer_id: int, written: str, kind: str, who: str
) -> CustomerNumber:
    """One more number, tried after those there are. Raises NotFound, WrongFields or Conflict."""
    customer = get(session, customer_id)
    there = session.scalars(select(CustomerNumber).where(CustomerNumber.customer_id == customer.id)).all()
    faults: list[Fault] = []
    read = _read_numbers([(written, kind)], tenant.region, faults)
    if faults:
        raise WrongFields([Fault("address", fault.code, fault.detail) for fault in faults])
    [(address, kind)] = read
    if any((number.address, number.kind) == (address, kind) for number in there):
        raise Conflict("number_known", "the customer has this number already")
    if len(there) >= MAX_NUMBERS:
        raise Conflict(
            "too_many_numbers", "a customer may have {most} numbers; remove one first", most=MAX_NUMBERS
        )
    position = max((number.position for number in there), default=-1) + 1
    number = CustomerNumber(
        tenant_id=tenant.id, customer_id=customer.id, address=address, kind=kind, position=position
    )
    session.add(number)
    session.flush()
    erasing.bring_back(session, tenant.id, [address], clock.now())
    audit.record(session, tenant.id, who, "number.add", f"customer:{customer.id}", kind=kind)
    return number


def remove_number(session: Session, tenant: Tenant, customer_id: int, number_id: int, who: str) -> None:
    """Forget a number. What was suppressed at it stays so. Raises NotFound."""
    number = session.scalar(
        select(CustomerNumber).where(
            CustomerNumber.id == number_id, CustomerNumber.customer_id == get(session, customer_id).id
        )
    )
    if number is None:
        raise NotFound(
            "no_number", "customer {customer} has no number {number}", customer=customer_id, number=number_id
        )
    session.delete(number)
    audit.record(session, tenant.id, who, "number.remove", f"customer:{customer_id}", kind=number.kind)


def get(session: Session, customer_id: int) -> Customer:
    """One customer of the session's company, to be changed. Raises NotFound."""
    found = None
    if 0 < customer_id <= MAX_ID:
        found = session.scalar(
            select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
        )
    if found is None:
        raise NotFound("no_customer", "there is no customer {number}", number=customer_id)
    return found


def _read(values: Mapping[str, Any], region: str) -> tuple[dict[str, Any], list[Fault]]:
    """The values as they are kept, and what is wrong with the others."""
    read: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in values.items():
        text = ";".join(value) if name == "tags" else str(value or "").strip()
        try:
            read[name] = read_field(name, text, region)
        except Invalid as error:
            faults.append(Fault(name, error.code, error.message))
    return read, faults


def read_field(name: str, text: str, region: str) -> Any:
    """*text* as field *name* is kept. Raises Invalid saying what to enter."""
    if len(text) > LENGTHS.get(name, len(text)):
        raise Invalid("too_long", "enter at most {most} characters", most=LENGTHS[name])
    if name == "tags":
        return list(READERS[name](text))  # type: ignore[call-overload]  # its reader gives a tuple of words
    if not text:
        return None if name == "reference" else ""
    if name == "state":
        return read_state(text, region)
    return READERS[name](text) if name in READERS else text


def _read_numbers(
    numbers: Sequence[tuple[str, str]], region: str, faults: list[Fault]
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for at, (written, kind) in enumerate(numbers):
        try:
            number = read_number(written.strip(), COLUMNS[kind], region)
        except Invalid as error:
            faults.append(Fault(f"numbers.{at}.address", error.code, error.message))
            continue
        if number not in found:
            found.append(number)
    if not numbers:
        faults.append(Fault("numbers", "number_missing", REASONS["number_missing"]))
    return found


def _flush(session: Session, customer: Customer) -> None:
    try:
        with session.begin_nested():
            session.add(customer)
    except IntegrityError:
        raise Conflict("reference_taken", REASONS["reference_taken"]) from None
