"""
Countries that a sender's carrier does not let it reach: the country is not allowed to our account (21408, 21215, 13227).

Such a refusal condemns the way and not the person: whoever else is there is held, and after an hour asked about anew, so that
sending goes on by itself once the carrier allows the country; at once if staff reopen the sender.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.phone import region_of
from core.states import move_each
from outbound import deliveries
from outbound.due import Due
from outbound.models import Delivery, Sender, Source

LOGGER = logging.getLogger(__name__)
RULE = "country_refused"
AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Closed:
    """*number* does not reach *region* (ISO 3166) before *until*: its carrier said *code*."""

    number: str
    region: str
    code: str
    until: datetime


def close(session: Session, sender_id: int, address: str, code: str, now: datetime) -> None:
    """The carrier refused *address* because of its country. Staff hear of it once, and see it while it lasts."""
    sender = session.get_one(Sender, sender_id, with_for_update=True, populate_existing=True)
    region = region_of(address)
    if all(way.region != region for way in closed([sender], now)):
        LOGGER.error(
            "the carrier does not let %s reach %s (%s): allow the country there", sender.address, region, code
        )
    until = now + AGAIN
    sender.closed = {**sender.closed, region: {"code": code, "until": until.isoformat()}}


def closed(senders: Collection[Sender], now: datetime) -> list[Closed]:
    """Every way that is closed to *senders*."""
    ways = [
        Closed(sender.address, region, way["code"], datetime.fromisoformat(way["until"]))
        for sender in senders
        for region, way in sorted(sender.closed.items())
    ]
    return [way for way in ways if way.until > now]


def hold(session: Session, sender: Sender, due: Sequence[Due], now: datetime) -> list[Due]:
    """Write down who waits for a closed way; the others."""
    ways = {way.region: way for way in closed([sender], now)}
    if not ways:
        return list(due)
    open_: list[Due] = []
    held = []
    for delivery, source in due:
        if way := ways.get(region_of(delivery.address)):
            why = {"reason": RULE, "value": f"{way.code} {way.region}".strip()}
            held.append({"id": delivery.id, **why, "due_at": way.until})
        else:
            open_.append((delivery, source))
    move_each(session, Delivery, held, "held")
    return open_


def reopen(session: Session, sender: Sender) -> None:
    """Ask about everybody anew who may wait for a way closed to *sender*."""
    sender.closed = {}
    waits = select(Delivery.id).where(
        Delivery.source_id == Source.id, Delivery.state == "held", Delivery.reason == RULE
    )
    theirs = (Source.tenant_id == sender.tenant_id, Source.channel == sender.channel, waits.exists())
    for source in session.scalars(select(Source).where(*theirs)):
        deliveries.ask_again(session, source, (RULE,))
