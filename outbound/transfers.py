"""
Who was called, asked for a person, and was with one in time.

Whoever waits longer than LIMIT_S after the key was abandoned (US-6, UK-3), also if an agent comes later. That is measured on the
database's own clock from when we hear of the key until we hear that both are talking, so that every delay counts against us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId, TenantScoped, instant
from core.states import move_all
from outbound.answering import TALKING
from outbound.models import Attempt, Delivery, Source, only

LIMIT_S = 2
WAITS = text("(state = 'pressed')")


class Transfer(Base, TenantScoped):
    """
    Somebody in the call of an attempt asked for a person of *team*: once a call, however often. *heard_at* is real; *took_ms* is
    until they were with one, None if they never were.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        Index("ix_transfer_source", "source_id", "state"),
        Index("ix_transfer_waits", "heard_at", **only(WAITS)),
    )

    STATES: ClassVar = {"pressed": ("bridged", "abandoned"), "bridged": (), "abandoned": ()}

    attempt_id: Mapped[int] = mapped_column(BigId, ForeignKey("attempt.id"), unique=True)
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("source.id"))
    team: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="pressed")
    pressed_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    took_ms: Mapped[int | None]


def pressed(session: Session, delivery_id: int, call_id: str, team: str, at: datetime) -> Transfer | None:
    """Somebody in our call for a delivery wants a person; None if it is no call of ours."""
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.delivery_id == delivery_id, Attempt.channel == "voice")
        .where((Attempt.carrier_id == call_id) | (Attempt.carrier_id.is_(None) & Attempt.state.in_(TALKING)))
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    if attempt is None:
        return None
    found = of_attempt(session, attempt.id)
    if found is None:
        found = Transfer(
            tenant_id=attempt.tenant_id,
            attempt_id=attempt.id,
            source_id=attempt.source_id,
            team=team,
            pressed_at=at,
            heard_at=instant(session),
        )
        session.add(found)
        session.flush()
    return found


def of_attempt(session: Session, attempt_id: int) -> Transfer | None:
    """What became of the wish for a person in that call."""
    return session.scalar(select(Transfer).where(Transfer.attempt_id == attempt_id))


def bridged(session: Session, call_id: str) -> bool:
    """Somebody in this call of ours is talking to an agent now; whether that is in time."""
    found = session.scalar(
        select(Transfer).join(Attempt, Attempt.id == Transfer.attempt_id).where(Attempt.carrier_id == call_id)
    )
    if found is None or found.took_ms is not None:
        return False
    took = instant(session) - found.heard_at
    found.took_ms = round(took.total_seconds() * 1000)
    in_time = took <= timedelta(seconds=LIMIT_S)
    return (
        bool(move_all(session, Transfer, Transfer.id == found.id, "bridged" if in_time else "abandoned"))
        and in_time
    )


def abandoned(session: Session, found: Transfer) -> None:
    """Nobody is there for them."""
    move_all(session, Transfer, Transfer.id == found.id, "abandoned")


def overdue(session: Session) -> int:
    """Those who have waited too long were abandoned; how many."""
    late = Transfer.heard_at < instant(session) - timedelta(seconds=LIMIT_S)
    return move_all(session, Transfer, WAITS & late, "abandoned")


def misjudged(session: Session, delivery_id: int, call_id: str, at: datetime) -> None:
    """Who was taken for a machine proves to be a person: abandoned, if the call would have brought them to an agent."""
    team = session.scalar(
        select(Source.team).join(Delivery, Delivery.source_id == Source.id).where(Delivery.id == delivery_id)
    )
    if team and (found := pressed(session, delivery_id, call_id, team, at)):
        abandoned(session, found)


def _missed(session: Session, entries: Sequence[Mapping[str, Any]]) -> None:
    for entry in entries:
        at = datetime.fromisoformat(str(entry["at"]))
        misjudged(session, int(entry["delivery_id"]), str(entry["call_id"]), at)


# whoever pressed the key while the database was away, for a person or in a message for machines
SPOOLED = {"transfer_missed": _missed}
