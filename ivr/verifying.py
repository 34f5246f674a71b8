"""
Who is calling: two facts about one customer have to agree, the number they call from being one (E-8).

Whatever is wrong looks the same from outside, and takes the same queries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import WorkOrder
from core.models import Tenant
from customers.holders import holders
from customers.models import Customer, Vehicle
from flows.language.lookups import PERSON
from flows.language.turn import Refused, Told
from ivr import guessing
from ivr.leg import Asking

MOST = 20
LEAST_DIGITS: Mapping[str, int] = {"order": 1, "plate": 3, "serial": 4, "reference": 1}
NEEDED = 2
"""Facts that must agree."""


def verify(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """The customer the caller has proved to be."""
    facts = {name: digits_of(value) for name, value in asking.given.items()}
    reference = facts.get("reference", "")
    known_by = holders(session, tenant.id, (reference,), (asking.caller,))
    callers = known_by.by_address.get(asking.caller, frozenset())
    named = {known_by.by_reference[reference]} if reference in known_by.by_reference else set()
    claimed = sorted(callers | named | _of_order(session, tenant, facts.get("order", "")))[:MOST]
    names = [f"{tenant.id}:customer:{one}" for one in claimed]
    names += [f"{tenant.id}:caller:{asking.caller}"] if asking.caller else []
    if guessing.is_locked(session, names):
        return Refused("locked")
    proved = [
        one
        for one, known in _known(session, claimed).items()
        if all(_agrees(name, value, known[name]) for name, value in facts.items())
        and len(facts) + (one in callers) >= NEEDED
    ]
    if len(proved) == 1:
        return Told({PERSON: str(proved[0])})
    guessing.failed(session, names)
    return Refused("not_proved")


def digits_of(text: str) -> str:
    """What of *text* a telephone can key in."""
    return "".join(re.findall(r"[0-9]", text))


def _agrees(name: str, entry: str, known: list[str]) -> bool:
    """Plates and serial numbers by their last digits, or all of them if there are fewer; numbers of ours as a whole."""
    if name in ("order", "reference"):
        return bool(entry) and entry in known
    return any(
        entry == one or (len(entry) >= LEAST_DIGITS[name] and one.endswith(entry))
        for one in known
        if one and entry
    )


def _of_order(session: Session, tenant: Tenant, number: str) -> set[int]:
    """Whose the work order of this number is."""
    theirs = select(WorkOrder.customer_id).where(WorkOrder.tenant_id == tenant.id, WorkOrder.number == number)
    return set(session.scalars(theirs))


def _known(session: Session, customer_ids: list[int]) -> dict[int, dict[str, list[str]]]:
    """What these customers could prove themselves by, in digits."""
    known: dict[int, dict[str, list[str]]] = {
        one: {name: [] for name in LEAST_DIGITS} for one in customer_ids
    }
    orders = select(WorkOrder.customer_id, WorkOrder.number).where(WorkOrder.customer_id.in_(customer_ids))
    vehicles = select(Vehicle.customer_id, Vehicle.plate, Vehicle.serial)
    people = select(Customer.id, Customer.reference).where(
        Customer.id.in_(customer_ids), Customer.erased_at.is_(None)
    )
    for customer_id, number in session.execute(orders):
        known[customer_id]["order"] += [digits_of(number)]
    for customer_id, plate, serial in session.execute(vehicles.where(Vehicle.customer_id.in_(customer_ids))):
        known[customer_id]["plate"] += [digits_of(plate)]
        known[customer_id]["serial"] += [digits_of(serial)]
    living: dict[int, dict[str, list[str]]] = {}
    for customer_id, reference in session.execute(people):
        living[customer_id] = {**known[customer_id], "reference": [digits_of(reference or "")]}
    return living
