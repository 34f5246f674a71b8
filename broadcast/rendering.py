"""One row's message as it would go out: the text with its segments, the turns a call would take, the first page of a letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from broadcast import signed
from broadcast.models import Campaign
from broadcast.said import Said
from core.db import ScopedSession
from core.errors import Invalid, NotFound
from core.models import Tenant
from customers import segments as customer_segments
from customers.models import Customer
from customers.segments import Member
from flows import publish
from flows.language.turn import Facts
from flows.playing import play
from outbound import prices, segments, settings
from outbound.channels import CHANNELS, sms
from outbound.composing import letter_of
from outbound.letters import to_pdf
from outbound.letters.fax import preview_png
from outbound.work import text_in

# the keys pressed in a call that is shown: the first choice, again and again
PRESSED = ("1", "1", "1")


@dataclass(frozen=True)
class Rendered:
    """
    What *name* would get. *lines* is the text, or the turns of a call; *units* are segments, pages or calls, *cost* for all
    of them in millionths; *problem* says why it could not be sent.
    """

    customer_id: int
    name: str
    language: str
    lines: Sequence[str] = ()
    units: int = 0
    encoding: str = ""
    cost: int = 0
    problem: str = ""


def render(
    session: ScopedSession, campaign: Campaign, wave: Said, customer_id: int, at: datetime
) -> Rendered:
    """The message of *wave* to one customer at *at*. Raises NotFound if there is no such customer."""
    member = _member(session, campaign, wave, customer_id)
    values = {**wave.content["variables"], **member.fields}
    text = text_in(wave.content, member.language)
    shown = Rendered(customer_id, member.fields["name"], member.language)
    tenant = session.get_one(Tenant, campaign.tenant_id)
    try:
        if wave.channel == "sms" and campaign.purpose == "marketing":
            signed.check_text(tenant, wave.content, member, "")
        units = CHANNELS[wave.channel].check(text, values, member.language)
    except Invalid as error:
        return Rendered(customer_id, shown.name, shown.language, problem=error.message)
    table = settings.of(tenant).prices
    cost = prices.cost(table, wave.channel, member.address or "+", units)
    lines: Sequence[str] = ()
    encoding = ""
    if wave.channel == "sms":
        lines = [sms.body(text, values, member.language)]
        encoding = segments.count(lines[0]).encoding
    elif wave.channel == "voice":
        lines = _turns(session, campaign, str(text["flow"]), values, member, at)
    return Rendered(customer_id, shown.name, shown.language, lines, units, encoding, cost)


def first_page(
    session: ScopedSession, campaign: Campaign, wave: Said, customer_id: int, at: datetime
) -> bytes:
    """Page 1 of a letter as the recipient's machine prints it, as PNG. Raises NotFound, or Invalid if there is none."""
    if wave.channel != "fax":
        raise NotFound("no_letter", "this wave sends no letter")
    member = _member(session, campaign, wave, customer_id)
    values = {**wave.content["variables"], **member.fields}
    sent_at = at.astimezone(ZoneInfo(session.get_one(Tenant, campaign.tenant_id).zone))
    text = text_in(wave.content, member.language)
    return preview_png(to_pdf(letter_of(text, values, member.language, sent_at)))


def _turns(
    session: ScopedSession,
    campaign: Campaign,
    flow_hash: str,
    values: dict[str, str],
    member: Member,
    at: datetime,
) -> list[str]:
    """What is said at each turn when 1 is pressed each time."""
    flow = publish.loaded(publish.by_hash(session, campaign.tenant_id, flow_hash).document)
    now = at.astimezone(ZoneInfo(session.get_one(Tenant, campaign.tenant_id).zone))
    facts = Facts(now, "", member.address or "", flow.carried(values), member.language)
    return [" ".join(turn.says) for turn in play(flow, PRESSED, facts).turns]


def _member(session: ScopedSession, campaign: Campaign, wave: Said, customer_id: int) -> Member:
    chosen = select(Customer.id).where(Customer.id == customer_id)
    found = next(customer_segments.members_of(session, campaign.tenant_id, chosen, wave.channel), None)
    if found is None:
        raise NotFound("no_customer", "there is no customer {number}", number=customer_id)
    return found
