"""What an installation under test has before anything goes wrong: a tenant, its numbers, its customers, a hotline, a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from broadcast import campaigns
from chaos import world
from chaos.world import Person
from core import clock
from core.db import ALL_TENANTS, Database, ScopedSession
from core.models import Tenant
from customers.models import ConsentEvent, Customer, CustomerNumber
from flows import publish
from flows.language.rules import Rules
from ivr.models import HotlineNumber
from outbound.models import Sender

# everybody may be contacted as often as retries want: what is judged is not the figures of a cap
FIGURES = {"campaign": {"attempts": 5, "gap_hours": 0, "per_day": 5}, "caps": {"marketing": {"day": 5}}}
HOTLINE = """
name: chaos_hotline
direction: inbound
purpose: service
languages: {en: {}}
default_language: en
start: menu
person: desk
nodes:
  menu:
    kind: menu
    text: {en: "Hello."}
    options:
      "9": {text: {en: "To hear no more offers, press 9."}, next: stop}
    otherwise: bye
  stop:
    kind: optout
    scope: marketing
    text: {en: "You will hear nothing more from us."}
  desk:
    kind: dial
    number: "+12025550188"
    text: {en: "One moment."}
    failed: bye
  bye:
    kind: hangup
    text: {en: "Goodbye."}
"""


def furnish(database: Database, crowd: Sequence[Person], rate_per_s: float) -> None:
    """Everything but the campaign; texts leave at *rate_per_s*."""
    agreed_at = clock.now() - timedelta(days=30)
    with database.session(ALL_TENANTS) as session:
        _settle_in(session, rate_per_s, agreed_at)
    with database.session(1) as session:
        _welcome(session, crowd, agreed_at)


def _settle_in(session: ScopedSession, rate_per_s: float, at: datetime) -> None:
    policy = {"figures": dict.fromkeys(("us", "eu", "strict"), FIGURES)}
    session.add(
        Tenant(id=1, slug="chaos", name="Chaos", zone="America/New_York", policy=policy, created_at=at)
    )
    session.flush()
    mine = {"tenant_id": 1, "channel": "sms", "next_at": clock.real()}
    session.add(Sender(**mine, address=world.SENDER, rate_per_s=rate_per_s))
    session.add(Sender(**mine, address=world.DESK, rate_per_s=1.0, state="stopped"))
    publish.publish(session, 1, HOTLINE, Rules(), at)
    session.add(HotlineNumber(tenant_id=1, address=world.HOTLINE, flow="chaos_hotline"))


def _welcome(session: ScopedSession, crowd: Sequence[Person], at: datetime) -> None:
    mine = {"tenant_id": 1}
    owners = [
        Customer(**mine, name=f"Ann {one.address[-4:]}", language="en", tags=["all"], created_at=at)
        for one in crowd
    ]
    session.add_all(owners)
    session.flush()
    agreement = {"purpose": "marketing", "level": "express_written", "source": "chaos", "at": at}
    for owner, one in zip(owners, crowd, strict=True):
        session.add(CustomerNumber(**mine, customer_id=owner.id, address=one.address, kind="mobile"))
        if one.agreed:
            session.add(ConsentEvent(**mine, customer_id=owner.id, **agreement))


def campaign(name: str, ends_after_h: int = 16, waves: int = 1) -> str:
    """A campaign by SMS to everybody; each of *waves* says the same."""
    message = (
        f"message: {{en: {{text: '{name}: Hello.'}}}}, retries: {{handset_off: {{times: 2, after_s: 120}}}}"
    )
    return (
        f"name: {name}\npurpose: marketing\naudience: {{segment: {{tags: [all]}}}}\nends_after_h: {ends_after_h}\n"
        "waves:\n" + f"  - {{channel: sms, {message}}}\n" * waves
    )


def launch(session: ScopedSession, text: str) -> int:
    """Launch the campaign that *text* describes; its number."""
    made = campaigns.create(session, session.get_one(Tenant, 1), text, "chaos")
    campaigns.launch(session, made, campaigns.ready(session, made), "chaos")
    return made.id
