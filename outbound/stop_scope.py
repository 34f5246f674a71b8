"""What a STOP in a text ends, by the rules of the country it comes from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core.models import Tenant
from core.phone import E164, region_of
from customers.profile import profile_for


def stop_scope(tenant: Tenant, address: str, at: datetime) -> str:
    """marketing, or everything (US-10: in the United States from 31 January 2027, where the sender is at home)."""
    region = region_of(address) if E164.fullmatch(address) else ""
    return profile_for(tenant.policy, region).opt_out_scope(at.astimezone(ZoneInfo(tenant.zone)).date())
