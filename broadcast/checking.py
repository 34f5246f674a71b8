"""What is checked before anything of a campaign leaves: every placeholder, for every single recipient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from broadcast import audience
from broadcast.definition import Definition
from broadcast.models import Campaign
from core.db import ScopedSession
from core.errors import Invalid
from customers.segments import FIELDS
from outbound.channels import CHANNELS, Channel
from outbound.models import Sender
from outbound.work import text_in

MAX_REPORTED = 10


def check(
    session: ScopedSession, campaign: Campaign, definition: Definition, content: Mapping[str, Any]
) -> int:
    """How many can be addressed. Raises Invalid listing what to mend, the first rows by customer."""
    channel = CHANNELS[definition.channel]
    if not session.scalar(
        select(Sender.id).where(Sender.channel == definition.channel, Sender.state == "open").limit(1)
    ):
        raise Invalid("no_sender", f"there is no open sender for {definition.channel}; add one first")
    known = set(FIELDS) | set(definition.variables)
    for language, text in content["texts"].items():
        if unknown := _placeholders(channel, language, text) - known:
            names = ", ".join(sorted(unknown))
            raise Invalid(
                "unknown_placeholder",
                f"message.{language}: nothing is known as {names}; use {', '.join(sorted(known))}, or add it to `variables`",
            )
    reachable, wrong = 0, []
    for member in audience.members(session, campaign):
        if member.address is None:
            continue
        reachable += 1
        values = {**content["variables"], **member.fields}
        try:
            channel.check(text_in(content, member.language), values, member.language)
        except Invalid as error:
            wrong.append(f"customer {member.customer_id} ({member.fields['name']}): {error.message}")
            if len(wrong) >= MAX_REPORTED:
                break
    if wrong:
        raise Invalid("rows_cannot_be_sent", "\n".join(wrong))
    if not reachable:
        raise Invalid("no_audience", f"the audience has nobody with a number for {definition.channel}")
    return reachable


def _placeholders(channel: Channel, language: str, text: Mapping[str, Any]) -> frozenset[str]:
    try:
        return channel.placeholders(text)
    except Invalid as error:
        raise Invalid(error.code, f"message.{language}: {error.message}") from None
