"""Vehicles: known by their plate, else by their serial number, else by their model among those of their customer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from aftersales.importing.entries import Entry, Taken
from core.errors import Fault
from core.models import Tenant
from customers import vehicles
from customers.models import Vehicle

KNOWN_BY = ("plate", "serial", "model")


def key(entry: Entry) -> str:
    """Whose, and which."""
    return f"{entry.customer_id}:{named[0]}" if (named := _named(entry)) else ""


def take(session: Session, tenant: Tenant, entries: Sequence[Entry], who: str) -> Taken:
    """Enter the vehicles that are new, set what is new of the others; empty cells say nothing."""
    taken, fresh = Taken(), []
    there = {
        (one.customer_id, name, value): one
        for one in reversed(vehicles.of_customers(session, {entry.customer_id for entry in entries}))
        for name in KNOWN_BY
        if (value := getattr(one, name))
    }
    for entry in entries:
        named = _named(entry)
        found = next((one for name in named if (one := there.get((entry.customer_id, *name)))), None)
        if not named:
            fault = Fault("plate", "missing", "enter a plate, a serial number or a model")
            taken.refused.append((entry, [fault]))
        elif found:
            _update(session, tenant, found, entry, who, taken)
        else:
            fresh.append(entry)
    vehicles.enter(session, tenant.id, [(entry.customer_id, _values(entry)) for entry in fresh])
    taken.accepted += len(fresh)
    return taken


def _update(session: Session, tenant: Tenant, found: Vehicle, entry: Entry, who: str, taken: Taken) -> None:
    values = {name: value for name, value in _values(entry).items() if getattr(found, name) != value}
    if not values:
        taken.duplicates += 1
        return
    vehicles.change(session, tenant, found, values, who)
    taken.accepted += 1


def _values(entry: Entry) -> dict[str, object]:
    return {name: value for name, value in entry.values.items() if name in vehicles.FIELDS}


def _named(entry: Entry) -> list[tuple[str, str]]:
    """What tells the vehicle, the surest first; a model only where nothing else does."""
    named = [(name, entry.values[name]) for name in KNOWN_BY if name in entry.values]
    return [name for name in named if name[0] != "model"] or named
