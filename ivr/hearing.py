"""What a caller hears at a given moment: announcements, opening hours, holidays and the published flow, played without a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant
from core.phone import to_e164
from flows import golden, publish
from flows.language.turn import Facts
from flows.playing import play
from ivr.models import Announcement, HotlineNumber

CALLER = golden.CALLER


def hears(
    session: ScopedSession,
    tenant: Tenant,
    number: str,
    at: datetime,
    answers: Sequence[str],
    language: str = "",
) -> list[str]:
    """
    The dialogue, line by line, of a call to *number* at an instant with *answers*. Raises NotFound if nothing answers there.

    Blocked callers and emergencies of our own aside, this is what the hotline would do: the same engine, the same rows.
    """
    address = to_e164(number, tenant.region)
    mine = (HotlineNumber.tenant_id == tenant.id, HotlineNumber.address == address)
    answering = session.scalar(select(HotlineNumber).where(*mine))
    if answering is None:
        raise NotFound(
            "no_hotline", "{address} is no number of the hotline; see: flask ivr answer", address=address
        )
    flow = publish.loaded(publish.published(session, tenant.id, answering.flow).document)
    variables = {"company": tenant.name, "agent_number": answering.forward_to, **answering.variables}
    facts = Facts(at.astimezone(ZoneInfo(tenant.zone)), CALLER, address, variables, language or None)
    first = [f"  {text}" for one in _announced(session, tenant, at) for text in one.texts.values()]
    return [*(["(announcement)", *first] if first else []), *golden.lines(play(flow, answers, facts))]


def _announced(session: ScopedSession, tenant: Tenant, at: datetime) -> Sequence[Announcement]:
    mine = (Announcement.tenant_id == tenant.id, Announcement.starts_at <= at, Announcement.ends_at > at)
    return session.scalars(select(Announcement).where(*mine).order_by(Announcement.id)).all()
