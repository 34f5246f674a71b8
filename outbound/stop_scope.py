"""
What a STOP in a text ends, by the rules of the country it comes from.

One that only the carrier knows of (21610: the recipient texted STOP to that sender, or to another of its messaging service) ends
all texts to that number, since it would bring none; whether it ends more is the country's law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.models import Tenant
from core.phone import E164, region_of
from customers import suppression
from customers.profile import Profile, profile_for


@dataclass(frozen=True)
class Stop:
    """The carrier refused attempt *attempt_id* because *address* wants no texts from us."""

    tenant_id: int
    address: str
    attempt_id: int
    at: datetime


def stop_scope(tenant: Tenant, address: str, at: datetime) -> str:
    """marketing, or everything (US-10: in the United States from 31 January 2027, where the sender is at home)."""
    return _profile(tenant, address).opt_out_scope(_day(tenant, at))


def note_carrier_stops(session: Session, stops: Sequence[Stop]) -> None:
    """Write down the STOPs that only the carrier knows of; the callers hold the locks of outbound/locking.py."""
    further = []
    for stop in stops:
        tenant = session.get_one(Tenant, stop.tenant_id)
        source = f"attempt:{stop.attempt_id}"
        suppression.stop_texts(session, tenant.id, stop.address, source, stop.at)
        scope = _profile(tenant, stop.address).carrier_stop_scope(_day(tenant, stop.at))
        if scope != suppression.TEXTS:
            wish = {"tenant_id": tenant.id, "address": stop.address, "at": stop.at, "source": source}
            further.append({**wish, "scope": scope, "reason": "carrier_stop"})
    suppression.opt_out_all(session, further)


def _profile(tenant: Tenant, address: str) -> Profile:
    return profile_for(tenant.policy, region_of(address) if E164.fullmatch(address) else "")


def _day(tenant: Tenant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(tenant.zone)).date()
