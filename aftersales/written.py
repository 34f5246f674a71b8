"""What customers are told in writing where no call or text reaches them: by fax, or by a letter that somebody posts (R-33, R-49)."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.models import Letter, Outreach
from aftersales.outreach_kinds import KINDS
from core import clock
from core.db import ScopedSession
from core.errors import Invalid, NotFound
from core.models import Tenant
from customers.models import Customer
from customers.segments import members_by_id
from customers.suppression import scopes_of_customers
from outbound import letters
from outbound.composing import letter_of


def post(session: ScopedSession, tenant: Tenant, one: Outreach) -> Letter:
    """
    Put a letter on the list of what is to be posted. Raises Invalid (no_time, no_address, suppressed) if there can be none, and then
    nothing is written.
    """
    days, now = settings.days_of(tenant), clock.now()
    if now >= one.expires_at:
        raise Invalid("no_time", "the time for this is over")
    address = session.scalar(select(Customer.address).where(Customer.id == one.customer_id))
    if not address:
        raise Invalid("no_address", "enter where this customer lives")
    if "all" in scopes_of_customers(session, tenant.id, [one.customer_id]).get(one.customer_id, ()):
        raise Invalid("suppressed", "this customer wants no contact")
    made = Letter(
        tenant_id=tenant.id, kind="notice", means="post", state="made", customer_id=one.customer_id, address=address,
        subject=_letter(session, tenant, one).subject, sender="", made_at=now,
        due_on=days.after(days.on(now), settings.of(tenant).letter_within),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def printed(session: ScopedSession, tenant: Tenant, letter: Letter) -> bytes:
    """The letter as a PDF to be printed. Raises NotFound if no line of ours had it written."""
    one = session.scalar(select(Outreach).where(Outreach.letter_id == letter.id))
    if one is None:
        raise NotFound("no_letter", "nobody has written this letter; write it yourself")
    return letters.to_pdf(_letter(session, tenant, one))


def _letter(session: Session, tenant: Tenant, one: Outreach) -> letters.Letter:
    """It names no number to refuse further faxes at: it is none, and no advertisement."""
    [member] = members_by_id(session, tenant.id, [one.customer_id], "fax")
    language = member.language if member.language in KINDS[one.kind].letter else "en"
    own = {"company": tenant.name, **settings.of(tenant).automated.variables}
    values = {"opt_out_phone": "", "opt_out_fax": "", **own, **member.fields, **one.variables}
    now = clock.now().astimezone(ZoneInfo(tenant.zone))
    return replace(letter_of(KINDS[one.kind].letter[language], values, language, now), opt_out=None)
