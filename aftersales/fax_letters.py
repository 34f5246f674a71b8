"""
Every fax that was sent to a customer is in the register of letters, whoever asked for it (R-49).

`read` finds out how faxes ended and composes them once more, which takes a while; `write` puts them into the register. Both may be
interrupted anywhere and repeated: a delivery remembers which of its states the register has heard of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import archive
from aftersales.models import Letter
from core.bulk import insert_new
from core.db import ScopedSession
from core.errors import CarillonError, NotFound
from core.models import Tenant
from core.states import move_each
from outbound import composing, deliveries
from outbound.models import TRIAL, UNREGISTERED, Attempt, Delivery, Sender, Source

SLICE = 200
# how a fax ended, as the register says it; whatever else it was tried for has failed
STATES = {"reached": "delivered", "unknown": "sent"}


@dataclass(frozen=True)
class EndedFax:
    """How a fax stands: its delivery's *state*, and its row in the register, or none if nothing of it was ever sent to a customer."""

    delivery_id: int
    state: str
    row: dict[str, Any] | None


def read(session: ScopedSession, tenant: Tenant) -> list[EndedFax]:
    """Faxes of *tenant* the register has not heard of as they stand now, at most SLICE. It only reads."""
    unheard = select(Delivery).where(Delivery.tenant_id == tenant.id, UNREGISTERED)
    ended = session.scalars(unheard.order_by(Delivery.id).limit(SLICE)).all()
    asked = select(Source).where(Source.id.in_({one.source_id for one in ended}))
    sources = {source.id: source for source in session.scalars(asked)}
    tries = _last_tries(session, [one.id for one in ended])
    return [
        EndedFax(one.id, one.state, _row(session, tenant, one, sources[one.source_id], tries.get(one.id)))
        for one in ended
    ]


def write(session: Session, faxes: Sequence[EndedFax]) -> int:
    """Put into the register what `read` found; how many letters are new or stand otherwise."""
    heard: dict[str, list[int]] = {}
    for fax in faxes:
        heard.setdefault(fax.state, []).append(fax.delivery_id)
    told = deliveries.tell(session, heard, "registered")
    rows = [fax.row for fax in faxes if fax.row and fax.delivery_id in told]
    insert_new(session, Letter, [{**row, "state": "made", "cause": ""} for row in rows])
    moved = 0
    for to in ("sent", "delivered", "failed"):
        ended = [
            {name: row[name] for name in ("delivery_id", "sent_at", "delivered_at", "cause", "sha256")}
            for row in rows
            if row["state"] == to
        ]
        moved += move_each(session, Letter, ended, to, key=("delivery_id",))
    return moved


def _last_tries(session: Session, ids: Sequence[int]) -> dict[int, tuple[Attempt, str]]:
    last = (
        select(func.max(Attempt.id))
        .where(Attempt.delivery_id.in_(ids), Attempt.state != "released")
        .group_by(Attempt.delivery_id)
    )
    tries = select(Attempt, Sender.address).join(Sender, Sender.id == Attempt.sender_id)
    return {
        one.delivery_id: (one, number) for one, number in session.execute(tries.where(Attempt.id.in_(last)))
    }


def _row(
    session: ScopedSession,
    tenant: Tenant,
    delivery: Delivery,
    source: Source,
    tried: tuple[Attempt, str] | None,
) -> dict[str, Any] | None:
    if tried is None or delivery.customer_id is None or source.name.startswith(TRIAL):
        return None
    attempt, number = tried
    state, about = STATES.get(delivery.state, "failed"), source.content.get("about", {})
    company = source.content.get("variables", {}).get("company") or tenant.name
    return {
        "tenant_id": tenant.id, "delivery_id": delivery.id, "customer_id": delivery.customer_id, "means": "fax",
        "kind": _kind(about), "event_id": about.get("event"), "case_id": about.get("case"), "address": delivery.address,
        "subject": composing.subject_of(source, delivery)[:200], "sender": f"{company}, {number}"[:200],
        "sha256": _sha256(session, attempt), "made_at": attempt.started_at, "sent_at": attempt.started_at,
        "delivered_at": delivery.ended_at if state == "delivered" else None, "state": state,
        "cause": delivery.cause if state == "failed" else "", "proof": (attempt.carrier_id or "")[:200],
    }  # fmt: skip


def _kind(about: dict[str, Any]) -> str:
    return "invitation" if about.get("event") else "reply" if about.get("case") else "notice"


def _sha256(session: ScopedSession, attempt: Attempt) -> str:
    try:
        return hashlib.sha256(composing.document(session, attempt.token, "pdf").content).hexdigest()
    except CarillonError:  # what cannot be composed any more was sent all the same
        return ""


def content(session: ScopedSession, letter: Letter) -> bytes:
    """The PDF of a letter as it was sent, by its hash. Raises NotFound if there is no copy, or it cannot be composed as it was."""
    if letter.means == "post" and letter.sha256:
        return archive.find(session, letter.sha256).content
    last = _last_tries(session, [letter.delivery_id] if letter.delivery_id else [])
    for attempt, _ in last.values():
        pdf = composing.document(session, attempt.token, "pdf").content
        if hashlib.sha256(pdf).hexdigest() == letter.sha256:
            return pdf
    raise NotFound("no_letter", "there is no copy of this letter")
