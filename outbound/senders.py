"""The numbers we send from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.db import MAX_ID, clean
from core.errors import Conflict, Invalid, NotFound
from core.models import Tenant
from core.phone import to_e164
from core.states import move
from customers.models import CHANNELS
from outbound import ways
from outbound.models import Sender, Source, SourceSender

MAX_RATE = 1_000.0
MAX_LINES = 10_000
MAX_BRAND = 40


def add(
    session: Session,
    tenant: Tenant,
    channel: str,
    number: str,
    rate_per_s: float,
    lines: int,
    brand: str = "",
) -> Sender:
    """A new sender. Raises Invalid or Conflict saying what to enter."""
    if channel not in CHANNELS:
        raise Invalid("bad_channel", "enter one of {words}, not {value}", words=CHANNELS, value=channel)
    if not 0 < rate_per_s <= MAX_RATE:
        raise Invalid(
            "bad_rate",
            "enter a rate over 0 and up to {most:g} a second; a new account mostly has 1",
            most=MAX_RATE,
        )
    if not 0 <= lines <= MAX_LINES or (lines == 0 and channel != "sms"):
        raise Invalid(
            "bad_lines",
            "enter how many calls at once your carrier lets you make, 1 to {most}",
            most=MAX_LINES,
        )
    if len(clean(brand)) > MAX_BRAND:
        raise Invalid("bad_brand", "enter a brand of at most {most} characters", most=MAX_BRAND)
    address = to_e164(number, tenant.region)
    if session.scalar(select(Sender.id).where(Sender.channel == channel, Sender.address == address)):
        raise Conflict(
            "sender_taken", "{address} sends by {channel} already", address=address, channel=channel
        )
    sender = Sender(
        tenant_id=tenant.id,
        channel=channel,
        address=address,
        state="open",
        rate_per_s=rate_per_s,
        lines=lines,
        brand=brand,
        next_at=clock.real(),
    )
    session.add(sender)
    session.flush()
    return sender


def reopen(session: Session, sender_id: int) -> Sender:
    """Let a sender that its carrier has refused try again, also the countries that were refused to it."""
    is_number = 0 < sender_id <= MAX_ID
    sender = session.scalar(select(Sender).where(Sender.id == sender_id)) if is_number else None
    if sender is None:
        raise NotFound("no_sender", "there is no sender {number}", number=sender_id)
    if sender.closed:
        ways.reopen(session, sender)
        if sender.state == "open":
            return sender
    move(session, sender, "open", reason="")
    return sender


def every(session: Session) -> list[Sender]:
    """All senders, by channel."""
    return list(session.scalars(select(Sender).order_by(Sender.channel, Sender.id)))


def bringing(session: Session, sources: Sequence[Source]) -> list[Sender]:
    """The open senders that may bring *sources*, which ask for one thing."""
    ids = [source.id for source in sources]
    named = set(session.scalars(select(SourceSender.sender_id).where(SourceSender.source_id.in_(ids))))
    channels = {source.channel for source in sources}
    every = session.scalars(select(Sender).where(Sender.channel.in_(channels), Sender.state == "open"))
    return [sender for sender in every if not named or sender.id in named]
