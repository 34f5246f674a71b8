"""
Letters by post for those a campaign about an event could neither call nor fax (R-46): put on a list for whoever posts them.

Nothing is posted to who refused, and nobody gets two: a letter about the event that stands in the register already is enough.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.models import Event, Letter
from broadcast.definition import Definition
from broadcast.models import Campaign, Recipient
from broadcast.step import CAUSES
from core import clock
from core.bulk import in_chunks
from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant
from core.states import move_all
from customers.models import Customer
from customers.segments import members_by_id
from customers.suppression import scopes_of_customers
from outbound.composing import letter_of
from outbound.letters import to_pdf
from outbound.models import Source
from outbound.work import language_in, text_in

SLICE = 500
# after these somebody was not reached although they may be; the rest refused, or the law says no
UNREACHED = tuple(sorted({*CAUSES, "no_number", "bad_number", "not_a_fax", "shared_address", "expired"}))
# so long after its end a campaign is still looked at
LATELY = timedelta(days=3)


def under_way(session: Session) -> list[Campaign]:
    """Campaigns about an event that go on, or ended lately."""
    launched = Campaign.launched_at.is_not(None), Campaign.state != "cancelled"
    lately = Campaign.ended_at.is_(None) | (Campaign.ended_at > clock.now() - LATELY)
    return [
        each
        for each in session.scalars(select(Campaign).where(*launched, lately))
        if each.definition.get("event")
    ]


def put_on_list(session: ScopedSession, campaign: Campaign, after_id: int = 0) -> tuple[int, int]:
    """
    Put the letters that are to be posted for *campaign* on the list, of at most SLICE recipients with ids over *after_id*; how many,
    and the id to go on after, 0 at the end. One worker does so at a time: the campaign is to be locked.
    """
    tenant = session.get_one(Tenant, campaign.tenant_id)
    event = session.get(Event, Definition.model_validate(campaign.definition).event)
    if event is None or clock.now() >= settings.days_of(tenant).starts(event.held_on):
        return 0, 0
    told = select(Letter.id).where(Letter.event_id == event.id, Letter.customer_id == Recipient.customer_id)
    ended = (
        select(Recipient.id, Recipient.customer_id, Recipient.ended_at, Customer.address)
        .join(Customer, Customer.id == Recipient.customer_id)
        .where(Recipient.campaign_id == campaign.id, Recipient.id > after_id)
        .where(Recipient.state.in_(("failed", "blocked")))
        .where(Recipient.reason.in_(UNREACHED), Customer.address != "", ~told.exists())
        .order_by(Recipient.id)
        .limit(SLICE)
    )
    rows = session.execute(ended).all()
    refused = scopes_of_customers(session, tenant.id, [row.customer_id for row in rows])
    days, within = settings.days_of(tenant), settings.of(tenant).letter_within
    letters = [
        Letter(
            tenant_id=tenant.id, kind="invitation", means="post", state="made", customer_id=row.customer_id, address=row.address,
            subject=event.name, event_id=event.id, sender="", made_at=clock.now(),
            due_on=days.after(days.on(row.ended_at or clock.now()), within),
        )
        for row in rows
        if row.customer_id not in refused
    ]  # fmt: skip
    session.add_all(letters)
    session.flush()
    return len(letters), rows[-1].id if len(rows) == SLICE else 0


def take_off_list(session: ScopedSession, campaign: Campaign) -> int:
    """Whoever *campaign* reached after all, or who refuses by now, is not written to; how many letters that takes off the list."""
    event_id = Definition.model_validate(campaign.definition).event
    waiting = Letter.event_id == event_id, Letter.means == "post", Letter.state == "made"
    reached = select(Recipient.id).where(
        Recipient.campaign_id == campaign.id,
        Recipient.customer_id == Letter.customer_id,
        Recipient.state == "reached",
    )
    taken = 0
    for ids in in_chunks(session.scalars(select(Letter.customer_id).where(*waiting)).all()):
        refused = scopes_of_customers(session, campaign.tenant_id, ids)
        off = and_(
            *waiting, Letter.customer_id.in_(ids), or_(reached.exists(), Letter.customer_id.in_(refused))
        )
        taken += move_all(session, Letter, off, "failed", cause="not_posted")
    return taken


def printed(session: ScopedSession, tenant: Tenant, letter: Letter) -> bytes:
    """The letter as a PDF to be printed: what the campaign's fax would have said. Raises NotFound if no fax says anything about the event."""
    faxes = select(Source).where(Source.channel == "fax").order_by(Source.id.desc()).limit(SLICE)
    about = [
        each
        for each in session.scalars(faxes)
        if letter.event_id and each.content.get("about", {}).get("event") == letter.event_id
    ]
    members = list(members_by_id(session, tenant.id, [letter.customer_id], "fax"))
    if not about or not members:
        raise NotFound("no_letter", "no campaign has a letter about this event; write it yourself")
    content, [member] = about[0].content, members
    language = language_in(content, member.language)
    values = {**content["variables"], **member.fields}
    now = clock.now().astimezone(ZoneInfo(tenant.zone))
    return to_pdf(letter_of(text_in(content, language), values, language, now))
