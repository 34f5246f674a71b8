"""In which hours a customer may be rung about our service, by the clocks where he may be: for promises with a time of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.models import Tenant
from customers.contact_policy import windows_of, zones_of
from customers.facts import Request, facts_for
from customers.numbers import addresses_for
from customers.profile import profiles_for
from customers.windows import MINUTE, Windows, next_open

ALWAYS = Windows(((0, 24 * 60),) * 7, ((0, 24 * 60),) * 7)


@dataclass(frozen=True)
class CallingHours:
    """*windows* must be open in every one of *zones*."""

    zones: tuple[str, ...]
    windows: Windows

    def opens(self, at: datetime) -> datetime | None:
        """The first instant not before *at* at which the customer may be rung; None if there is none in sight."""
        return next_open(self.zones, self.windows, at)

    def closes(self, at: datetime) -> datetime:
        """The instant (UTC) at which the hours that *at* lies in are over; *at* itself outside of them."""
        ends = [at]
        for zone in map(ZoneInfo, self.zones):
            local = at.astimezone(zone)
            span = self.windows.span(local.date())
            if span is None:
                return at
            midnight = datetime.combine(local.date(), time(), zone)
            ends.append((midnight + span[1] * MINUTE).astimezone(UTC))
        return max(at, min(ends[1:]))

    def is_same_day(self, one: datetime, other: datetime) -> bool:
        """Whether two instants lie on one date everywhere the customer may be."""
        return all(
            one.astimezone(zone).date() == other.astimezone(zone).date() for zone in map(ZoneInfo, self.zones)
        )


def of_customer(session: Session, tenant: Tenant, customer_id: int | None, at: datetime) -> CallingHours:
    """The hours of a customer; of whom we know no number, the tenant's whole day."""
    nobody = CallingHours((tenant.zone,), ALWAYS)
    if customer_id is None:
        return nobody
    address = addresses_for(session, tenant.id, [customer_id], "voice").get(customer_id, "")
    if not address:
        return nobody
    facts = facts_for(session, tenant, [Request(customer_id, address, "voice", "service")], at)[0]
    profile = profiles_for(tenant.policy)(facts.region)
    return CallingHours(zones_of(facts, profile) or (tenant.zone,), windows_of(facts, profile))
