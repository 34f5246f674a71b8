"""What the contact policy is asked about, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from customers.profile import Hours


@dataclass(frozen=True)
class Contact:
    """A touch that counts: outbound, made or about to be made. *campaign* is "" outside campaigns."""

    at: datetime
    campaign: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known about one person, one address and one wish to contact them. Instants are aware UTC."""

    customer_id: int
    address: str
    channel: str
    purpose: str
    number_kind: str
    region: str
    # the customer's own zone if known, otherwise every zone the number may be in
    zones: tuple[str, ...]
    zone_is_stored: bool = False
    state: str = ""
    suppressed_scopes: tuple[str, ...] = ()
    is_on_do_not_call_list: bool = False
    # the strongest level given and not taken back for this purpose and channel; "none" after a withdrawal
    consent: str = "none"
    # outbound touches of the last 30 days and all of the campaign, oldest first
    touches: tuple[Contact, ...] = ()
    campaign: str = ""
    # the campaign's own, narrower than the law's
    hours: Hours | None = None


@dataclass(frozen=True)
class Allowed:
    """Go ahead, now."""


@dataclass(frozen=True)
class Held:
    """Not now; ask again at *until* (aware UTC)."""

    rule: str
    value: str
    until: datetime


@dataclass(frozen=True)
class Blocked:
    """Not at all, as things stand."""

    rule: str
    value: str


Decision = Allowed | Held | Blocked


@dataclass(frozen=True)
class Check:
    """How one rule answered; *value* is the figure it went by. *passed* is None for rules not reached."""

    rule: str
    passed: bool | None
    value: str = ""
