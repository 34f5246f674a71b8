"""
Lines of ours tell or ask a customer something: by a call, and if that comes to nothing by a text, a fax, or a letter.

`begin` asks for it once; `arrange` has the first channel try; `hear` reads how it ended, takes the answer once, goes on to the next channel
or gives up. What an answer means is in aftersales/outreach_answers.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import bringing, written
from aftersales.bringing import Errand
from aftersales.models import Letter, Outreach
from aftersales.outreach_kinds import KINDS, SOON
from core import clock
from core.bulk import insert_new
from core.db import ScopedSession
from core.errors import Invalid, NotFound
from core.models import Tenant
from core.states import move, move_all
from customers.models import Customer
from outbound.channels.sms import ONE_WAY
from outbound.models import Delivery

SLICE = 100
# what each channel makes, by the column that names it
MADE_BY: Mapping[str, str] = {"voice": "call_id", "sms": "text_id", "fax": "fax_id", "post": "letter_id"}


@dataclass(frozen=True)
class Wish:
    """What is to be told or asked; *key* is there once, *channels* are tried one after another."""

    kind: str
    key: str
    customer_id: int
    subject_id: int
    channels: Sequence[str]
    variables: Mapping[str, str]
    expires_at: datetime
    due_at: datetime | None = None
    work_order_id: int | None = None


def begin(session: Session, tenant_id: int, wish: Wish) -> Outreach:
    """The outreach called *key*; asked for now if there is none yet, else as it is."""
    now = clock.now()
    row = {
        "tenant_id": tenant_id, "kind": wish.kind, "key": wish.key, "customer_id": wish.customer_id, "subject_id": wish.subject_id,
        "work_order_id": wish.work_order_id, "channels": list(wish.channels), "variables": dict(wish.variables), "state": "waiting",
        "due_at": wish.due_at or now, "expires_at": wish.expires_at, "created_at": now,
    }  # fmt: skip
    insert_new(session, Outreach, [row])
    return session.scalars(
        select(Outreach).where(Outreach.tenant_id == tenant_id, Outreach.key == wish.key)
    ).one()


def withdraw(session: Session, tenant_id: int, kind: str, subject_id: int, reason: str) -> None:
    """Nobody need be told or asked any more; what is on the line ends as it ends."""
    mine = (Outreach.tenant_id == tenant_id, Outreach.kind == kind, Outreach.subject_id == subject_id)
    for one in session.scalars(select(Outreach).where(*mine, Outreach.state.in_(("waiting", "sent")))):
        move(session, one, "withdrawn", reason=reason[:60])
        stop_lines(session, one)


def stop_lines(session: Session, one: Outreach) -> None:
    """Nothing more of *one* leaves."""
    for delivery_id in (one.call_id, one.text_id, one.fax_id):
        bringing.withdraw(session, delivery_id, one.state)
    to_post = (Letter.id == one.letter_id) & (Letter.state == "made")
    move_all(session, Letter, to_post, "failed", cause="not_posted")


def due(session: Session, tenant: Tenant, now: datetime) -> Sequence[Outreach]:
    """What is to begin, locked; at most SLICE."""
    mine = select(Outreach).where(
        Outreach.tenant_id == tenant.id, Outreach.state == "waiting", Outreach.due_at <= now
    )
    ordered = mine.order_by(Outreach.due_at, Outreach.id).limit(SLICE)
    return session.scalars(ordered.with_for_update(skip_locked=True)).all()


def try_next(session: ScopedSession, tenant: Tenant, one: Outreach, why: str) -> str:
    """
    Have the next channel of *one* try; "" if it does, else why none is left: what kept the last from trying, or *why* the one before
    failed.
    """
    for channel in _left(one):
        try:
            made = _bring(session, tenant, one, channel)
        except (Invalid, NotFound) as error:
            why = error.code
            continue
        setattr(one, MADE_BY[channel], made.id)
        session.flush()
        if one.state == "waiting":
            move(session, one, "sent")
        return ""
    return why


def of_order(session: Session, order_id: int) -> Sequence[Outreach]:
    """What a job's customer was told and asked, in order."""
    return session.scalars(
        select(Outreach).where(Outreach.work_order_id == order_id).order_by(Outreach.id)
    ).all()


def language_of(session: Session, tenant: Tenant, customer_id: int) -> str:
    """In which language a customer is spoken to, of those our own texts have."""
    own = session.scalar(select(Customer.language).where(Customer.id == customer_id)) or tenant.language
    return own if own in ("en", "zh") else "en"


def _left(one: Outreach) -> Sequence[str]:
    """The channels after the last that had something to try."""
    used = [place for place, channel in enumerate(one.channels) if getattr(one, MADE_BY[channel]) is not None]
    return one.channels[max(used) + 1 :] if used else one.channels if one.state == "waiting" else ()


def _bring(session: ScopedSession, tenant: Tenant, one: Outreach, channel: str) -> Delivery | Letter:
    kind = KINDS[one.kind]
    if channel == "post":
        return written.post(session, tenant, one)
    errand = Errand(
        name=f"outreach:{one.id}:{channel}",
        purpose=kind.purpose,
        customer_id=one.customer_id,
        variables=one.variables,
        due_at=one.due_at,
        expires_at=one.expires_at,
        retries=SOON if channel == "voice" and kind.purpose == "transactional" else {},
    )
    if channel == "voice":
        return bringing.call(session, tenant, errand, kind.flow)
    if channel == "fax":
        return bringing.fax(session, tenant, errand, kind.letter)
    if kind.words and bringing.address_of(session, tenant.id, one.customer_id, channel).startswith(ONE_WAY):
        raise Invalid("text_one_way", "people with a number in China cannot answer a text")
    return bringing.text(session, tenant, errand, kind.content, kind.answers)
