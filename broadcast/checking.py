"""What is checked before anything of a campaign leaves: every placeholder of every wave, for every single recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from broadcast import audience, one_way, signed
from broadcast.definition import Definition, where_of
from broadcast.models import Campaign
from broadcast.step import Step, place
from core.db import ScopedSession
from core.errors import Invalid
from core.models import Tenant
from core.sentences import Sentence, lines
from customers.segments import FIELDS, Member
from outbound.channels import CHANNELS, Channel
from outbound.models import Sender
from outbound.work import text_in

MAX_REPORTED = 10


def check(
    session: ScopedSession, campaign: Campaign, definition: Definition, contents: Sequence[Mapping[str, Any]]
) -> None:
    """Raises Invalid listing what to mend: the wave and field, the first rows by customer."""
    for position, (step, content) in enumerate(zip(definition.waves, contents, strict=True), 1):
        where = where_of(definition, position)
        _check_texts(session, step, content, where)
        _check_rows(session, campaign, step, content, where)


def _check_texts(session: ScopedSession, step: Step, content: Mapping[str, Any], where: str) -> None:
    if not session.scalar(
        select(Sender.id).where(Sender.channel == step.channel, Sender.state == "open").limit(1)
    ):
        raise Invalid(
            "no_sender",
            _said(
                where, Sentence("there is no open sender for {channel}; add one first", channel=step.channel)
            ),
        )
    known = set(FIELDS) | set(content["variables"])
    for language, text in content["texts"].items():
        message = place(where, f"message.{language}")
        if unknown := _placeholders(CHANNELS[step.channel], message, text) - known:
            raise Invalid(
                "unknown_placeholder",
                "{message}: nothing is known as {names}; use {known}, or add it to `variables`",
                message=message,
                names=sorted(unknown),
                known=sorted(known),
            )


def _check_rows(
    session: ScopedSession, campaign: Campaign, step: Step, content: Mapping[str, Any], where: str
) -> None:
    channel = CHANNELS[step.channel]
    is_anybody, wrong = False, []
    tenant = session.get_one(Tenant, campaign.tenant_id)
    is_marketing = step.channel == "sms" and campaign.purpose == "marketing"
    for member in audience.members(session, campaign, channel=step.channel):
        if member.address is None:
            continue
        is_anybody = True
        values = {**content["variables"], **member.fields}
        text = text_in(content, member.language)
        if step.channel == "sms":
            one_way.check_text(content, member, where)
        if is_marketing:
            signed.check_text(tenant, content, member, where)
        try:
            units = channel.check(text, values, member.language)
            if step.channel == "sms":
                one_way.check_length(text, values, member, units)
        except Invalid as error:
            wrong.append(_said(where, of_customer(member, error.message)))
            if len(wrong) >= MAX_REPORTED:
                break
    if wrong:
        raise Invalid("rows_cannot_be_sent", lines(wrong))
    if not is_anybody:
        said = Sentence("the audience has nobody with a number for {channel}", channel=step.channel)
        raise Invalid("no_audience", _said(where, said))


def of_customer(member: Member, said: str) -> Sentence:
    """*said* of what *member* would get."""
    return Sentence(
        "customer {number} ({name}): {said}", number=member.customer_id, name=member.fields["name"], said=said
    )


def _said(where: str, said: Sentence) -> Sentence:
    return Sentence("{field}: {said}", field=where, said=said) if where else said


def _placeholders(channel: Channel, message: str, text: Mapping[str, Any]) -> frozenset[str]:
    try:
        return channel.placeholders(text)
    except Invalid as error:
        raise Invalid(error.code, "{field}: {said}", field=message, said=error.message) from None
