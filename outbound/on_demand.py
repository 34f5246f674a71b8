"""
What a caller asks for on the telephone and gets at once: a text or a letter by fax. Deliveries like any other; the contact
policy is not asked, because the person has just asked us, but where it may go and how often is limited (E-1, E-10, E-16).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Invalid
from core.models import Tenant
from core.phone import pretty, read, region_of
from customers.suppression import suppressed
from outbound import deliveries, settings
from outbound.channels import CHANNELS
from outbound.models import ASKED, Delivery, Sender, Source

KINDS: Mapping[str, frozenset[str]] = {
    "sms": frozenset({"mobile", "either"}),
    "fax": frozenset({"landline", "either", "voip"}),
}
EXPIRES = timedelta(hours=12)


@dataclass(frozen=True)
class Order:
    """
    *text* is the channel's content (see Source) with its *values*; *key* tells one asking from another, *call* one call.

    *caller*: the number they ring from, *hotline*: ours, named in letters. *number* is written as keyed in.
    """

    channel: str
    number: str
    text: Mapping[str, Any]
    values: Mapping[str, str]
    language: str
    node: str
    call: str
    key: str
    caller: str
    hotline: str


def bring(session: Session, tenant: Tenant, order: Order) -> None:
    """
    Have it delivered; a second time for the same key changes nothing.

    Raises Invalid if the number is none this may go to, has had enough today, or the content does not fit.
    """
    address = _allowed(session, tenant, order)
    now = clock.now()
    had = _had_today(session, tenant, order.channel, address, now)
    if order.key in {asked for asked, _ in had}:
        return
    limits = settings.of(tenant).on_demand
    in_call = sum(call == order.call for _, call in had)
    if len(had) >= limits.of(order.channel) or in_call >= limits.a_call:
        raise Invalid("enough_today", "this number has had what it may have today")
    values = {**_named(tenant, order, address), **order.values, "asked_by": order.key, "asked_in": order.call}
    units = CHANNELS[order.channel].check(order.text, values, order.language)
    if order.channel == "fax" and units > limits.pages:
        raise Invalid(
            "too_many_pages",
            "this letter has {units} pages; {pages} may be faxed",
            units=units,
            pages=limits.pages,
        )
    source = _source(session, tenant, order, now, len(had))
    wanted = deliveries.Wanted(None, address, order.language, values, units)
    if not deliveries.add(session, source, [wanted], now, now + EXPIRES):
        raise Invalid("asked_at_once", "somebody else has just asked for this; try again")


def _allowed(session: Session, tenant: Tenant, order: Order) -> str:
    """The number in E.164. Only the countries the tenant names, kinds that take this channel, and nobody of our own."""
    address, kind = read(order.number, tenant.region)
    countries = settings.of(tenant).on_demand.countries or (tenant.region,)
    if region_of(address) not in countries:
        raise Invalid(
            "country_not_allowed",
            "nothing is sent to this country; allowed are {countries}",
            countries=countries,
        )
    if kind not in KINDS[order.channel]:
        raise Invalid(
            "kind_not_allowed",
            "a {kind} number takes no {channel}; enter another",
            kind=kind,
            channel=order.channel,
        )
    if session.scalar(select(Sender.id).where(Sender.address == address).limit(1)) is not None:
        raise Invalid("own_number", "this is one of our own numbers; enter another")
    if address != order.caller and "all" in suppressed(session, tenant.id, [address]).get(address, set()):
        raise Invalid("suppressed", "this number wants no contact; enter another")
    return address


def _had_today(
    session: Session, tenant: Tenant, channel: str, address: str, now: datetime
) -> list[tuple[str, str]]:
    """Key and call of whatever this number was brought since midnight by the tenant's clock."""
    midnight = _local(tenant, now).replace(hour=0, minute=0, second=0, microsecond=0)
    todays = select(Source.id).where(
        Source.tenant_id == tenant.id,
        Source.name.startswith(ASKED),
        Source.channel == channel,
        Source.created_at >= midnight,
    )
    had = select(Delivery.variables).where(Delivery.source_id.in_(todays), Delivery.address == address)
    return [(str(found.get("asked_by")), str(found.get("asked_in"))) for found in session.scalars(had)]


def _local(tenant: Tenant, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(tenant.zone))


def _source(session: Session, tenant: Tenant, order: Order, now: datetime, had: int) -> Source:
    """One for all who ask at one node on one day; whoever asks again there needs a second."""
    parts = len(order.text.get("paragraphs", ()))
    node = hashlib.sha256(f"{order.channel}:{order.node}:{parts}".encode()).hexdigest()[:12]
    name = (
        f"{ASKED}{node}:{_local(tenant, now):%Y%m%d}:{had}"  # a node's own name may be longer than the column
    )
    mine = select(Source).where(Source.tenant_id == tenant.id, Source.name == name)
    if found := session.scalar(mine):
        return found
    content = {"texts": {order.language: dict(order.text), "en": dict(order.text)}}
    about: dict[str, Any] = {"channel": order.channel, "purpose": "transactional", "content": content}
    return deliveries.open_source(session, tenant.id, name, **about)


def _named(tenant: Tenant, order: Order, address: str) -> dict[str, str]:
    """What every letter says of sender and recipient. Who asked is not proved, so no name is printed."""
    ours = dict.fromkeys(("company_phone", "opt_out_phone", "opt_out_fax"), order.hotline)
    return {"company": tenant.name, "name": pretty(address), **ours}
