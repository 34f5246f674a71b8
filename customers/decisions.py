"""What the contact policy is asked about, and how it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from customers.figures import Hours


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
    # region → as of when its public do-not-call list is, for every list the tenant has loaded
    lists: Mapping[str, datetime] = field(default_factory=dict)
    # what the database of reassigned numbers said of the address, and for which day; "" if nobody asked
    reassigned: str = ""
    reassigned_on: date | None = None
    # the strongest level given and not taken back for this purpose and channel; "none" after a withdrawal
    consent: str = "none"
    # when it was given; None for what holds without anybody having said so
    consent_at: datetime | None = None
    # outbound touches of the last 30 days and all of the campaign, oldest first
    touches: tuple[Contact, ...] = ()
    # those of the last 30 days with this number, by this channel and for this purpose, whoever holds it, oldest first; only
    # where the profile counts them
    line_touches: tuple[datetime, ...] = ()
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
    """
    How one rule answered; *value* is the figure it went by, *until* when it would let pass what it holds.

    *passed* is None for rules not reached.
    """

    rule: str
    passed: bool | None
    value: str = ""
    until: datetime | None = None
