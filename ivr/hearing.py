"""What a caller hears at a given moment: announcements, opening hours, holidays and the published flow, played without a telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant
from core.phone import to_e164
from flows import golden, publish
from flows.language.turn import Facts
from flows.playing import Played, play
from ivr.models import Announcement, HotlineNumber

CALLER = golden.CALLER


@dataclass(frozen=True)
class Heard:
    """What is *announced* first (language -> text), and the call after it in the flow of that name and version."""

    announced: tuple[Mapping[str, str], ...]
    flow: str
    version: str
    played: Played

    def lines(self) -> list[str]:
        """A line for what is said and one for what is answered."""
        first = [f"  {text}" for texts in self.announced for text in texts.values()]
        return [*(["(announcement)", *first] if first else []), *golden.lines(self.played)]


def numbers(session: ScopedSession, tenant_id: int) -> Sequence[str]:
    """The numbers of the hotline."""
    mine = select(HotlineNumber.address).where(HotlineNumber.tenant_id == tenant_id)
    return session.scalars(mine.order_by(HotlineNumber.address)).all()


def hears(
    session: ScopedSession,
    tenant: Tenant,
    number: str,
    at: datetime,
    answers: Sequence[str],
    language: str = "",
) -> Heard:
    """
    A call to *number* at an instant with *answers*. Raises NotFound if nothing answers there.

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
    announced = tuple(one.texts for one in _announced(session, tenant, at))
    return Heard(announced, flow.name, flow.hash, play(flow, answers, facts))


def _announced(session: ScopedSession, tenant: Tenant, at: datetime) -> Sequence[Announcement]:
    mine = (Announcement.tenant_id == tenant.id, Announcement.starts_at <= at, Announcement.ends_at > at)
    return session.scalars(select(Announcement).where(*mine).order_by(Announcement.id)).all()
