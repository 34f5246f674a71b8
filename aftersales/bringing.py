"""One thing brought to one customer: how after-sales has calls made, texts and faxes sent. A source of its own each, so that each can be stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import settings
from core import clock
from core.db import ScopedSession
from core.errors import Invalid, NotFound
from core.models import Tenant
from customers import segments
from customers.numbers import addresses_for
from outbound import deliveries
from outbound.calling import call_content
from outbound.channels import CHANNELS
from outbound.models import Delivery, Source
from outbound.work import language_in, text_in

# nothing more comes of a delivery in one of these, but for a receipt that is very late
ENDED = ("reached", "failed", "blocked", "expired", "cancelled", "unknown")


@dataclass(frozen=True)
class Errand:
    """
    What is to be brought to a customer: *name* is its source's, such as follow_up:9, *variables* are told besides his facts, *retries*
    are as a source's.
    """

    name: str
    purpose: str
    customer_id: int
    variables: Mapping[str, str]
    due_at: datetime
    expires_at: datetime
    retries: Mapping[str, Any] = field(default_factory=dict)


def call(session: ScopedSession, tenant: Tenant, errand: Errand, flow: str) -> Delivery:
    """Have the customer called and *flow* played. Raises NotFound if it is not published, Invalid as `bring`."""
    own = {"company": tenant.name, **settings.of(tenant).automated.variables}
    return bring(session, tenant, errand, "voice", call_content(session, tenant, flow, own))


def text(
    session: ScopedSession,
    tenant: Tenant,
    errand: Errand,
    texts: Mapping[str, Mapping[str, str]],
    answers: Mapping[str, str],
) -> Delivery:
    """Have the customer sent one of *texts*, by language; *answers* are the words that mean something. Raises Invalid as `bring`."""
    own = {"company": tenant.name, **settings.of(tenant).automated.variables}
    said = {"texts": texts, "variables": own}
    return bring(session, tenant, errand, "sms", {**said, "answers": dict(answers)} if answers else said)


def fax(
    session: ScopedSession, tenant: Tenant, errand: Errand, texts: Mapping[str, Mapping[str, Any]]
) -> Delivery:
    """Have the customer faxed one of *texts*, by language. Raises Invalid as `bring`."""
    own = {"company": tenant.name, **settings.of(tenant).automated.variables}
    return bring(session, tenant, errand, "fax", {"texts": texts, "variables": own})


def bring(
    session: ScopedSession, tenant: Tenant, errand: Errand, channel: str, content: Mapping[str, Any]
) -> Delivery:
    """
    The delivery of *errand*, made now if there is none yet. Raises Invalid (no_number, content, no_time) if it cannot be made,
    and then nothing is written.
    """
    if found := _find(session, tenant.id, errand.name):
        return found
    member = next(segments.members_by_id(session, tenant.id, [errand.customer_id], channel), None)
    if member is None or member.address is None:
        raise Invalid("no_number", "enter a number of this customer that can be reached like this")
    if max(errand.due_at, clock.now()) >= errand.expires_at:
        raise Invalid("no_time", "the time for this is over")
    language = language_in(content, member.language)
    values = {**member.fields, **{name: value for name, value in errand.variables.items() if value}}
    known = {**content["variables"], **values}
    said = text_in(content, language)
    lacking = sorted(name for name in CHANNELS[channel].placeholders(said) if not known.get(name, "").strip())
    if lacking:
        raise Invalid("content", "{lacking}: nobody has said what to say here", lacking=lacking)
    units = CHANNELS[channel].check(said, known, language)
    source = deliveries.open_source(
        session, tenant.id, errand.name, channel=channel, purpose=errand.purpose, content=content, retries=errand.retries,
        # a call that cannot wait until tomorrow is under no limit of tries a day but its purpose's
        campaign="" if (channel, errand.purpose) == ("voice", "transactional") else errand.name,
    )  # fmt: skip
    wanted = deliveries.Wanted(member.customer_id, member.address, language, values, units)
    deliveries.add(session, source, [wanted], errand.due_at, errand.expires_at)
    made = _find(session, tenant.id, errand.name)
    assert made, "just added"
    return made


def withdraw(session: Session, delivery_id: int | None, reason: str) -> None:
    """Nothing more of this leaves; what is on the line ends as it ends."""
    source = _source_of(session, delivery_id)
    if source and source.state in ("open", "paused"):
        deliveries.stop(session, source, reason)


def heard(session: Session, delivery: Delivery) -> None:
    """Whoever asked for *delivery* knows how it ended."""
    deliveries.tell(session, {delivery.state: [delivery.id]})
    source = _source_of(session, delivery.id)
    if source and source.state in ("open", "paused"):
        deliveries.close(session, source)


def address_of(session: Session, tenant_id: int, customer_id: int, channel: str) -> str:
    """The number of a customer that *channel* goes to; "" if there is none."""
    return addresses_for(session, tenant_id, [customer_id], channel).get(customer_id, "")


def get(session: Session, delivery_id: int) -> Delivery:
    """A delivery of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Delivery).where(Delivery.id == delivery_id))
    if found is None:
        raise NotFound("no_delivery", "there is no such delivery")
    return found


def _find(session: Session, tenant_id: int, name: str) -> Delivery | None:
    mine = select(Delivery).join(Source, Source.id == Delivery.source_id)
    return session.scalar(mine.where(Source.tenant_id == tenant_id, Source.name == name))


def _source_of(session: Session, delivery_id: int | None) -> Source | None:
    if delivery_id is None:
        return None
    mine = select(Source).join(Delivery, Delivery.source_id == Source.id)
    return session.scalar(mine.where(Delivery.id == delivery_id))
