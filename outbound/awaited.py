"""
Attempts about which a carrier is to be asked: what it should have spoken of, what it perhaps has, what it is to be kept from.

Each is found by an index of its own that holds no more than may be looked for, however much the carrier has.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Select, TextualSelect, bindparam, select, text
from sqlalchemy.orm import Session

from core.db import UtcDateTime, instant, is_sqlite
from core.holds import holding
from customers.models import Suppression
from outbound.models import AWAITED, QUEUED, Attempt, Sender, Source

BATCH = 200
Row = tuple[Attempt, Sender]


def overdue(session: Session) -> list[Row]:
    """The carrier has it and should have spoken of it by now; also what was given up, or taken back, before it said so."""
    has_it = (Attempt.state == "accepted") | (
        (Attempt.state == "unknown") & Attempt.settled_at.is_not(None) & Attempt.carrier_id.is_not(None)
    )
    return _rows(session, select(Attempt).where(Attempt.id.in_(_late(session)), has_it))


def lost(session: Session) -> list[Row]:
    """Perhaps sent; nobody knows."""
    is_open = (Attempt.state == "unknown") & Attempt.settled_at.is_(None)
    return _rows(session, select(Attempt).where(Attempt.id.in_(_late(session)), is_open))


def unwanted(session: Session) -> list[Row]:
    """Still in the carrier's queue though their source or everything was stopped, or whom they are for opted out."""
    opted_out = (
        select(Suppression.id)
        .where(Suppression.tenant_id == Attempt.tenant_id, Suppression.address == Attempt.address)
        .where((Suppression.scope == "all") | (Suppression.scope == Source.purpose))
        .exists()
    )
    return _rows(
        session,
        select(Attempt)
        .join(Source, Source.id == Attempt.source_id)
        .where(Attempt.id.in_(_by(session, "ix_attempt_queued", QUEUED.text)))
        .where(Source.state.in_(("paused", "stopped")) | holding(Attempt.tenant_id) | opted_out),
    )


def _late(session: Session) -> TextualSelect:
    which = f"{AWAITED.text} AND expect_by < :at"
    return _by(session, "ix_attempt_awaited", which).bindparams(
        bindparam("at", instant(session), UtcDateTime())
    )


def _by(session: Session, index: str, which: str) -> TextualSelect:
    """The ids of the attempts that *index* holds. SQLite, which would take the index of states, is told so in words of its own."""
    hint = f"INDEXED BY {index}" if is_sqlite(session) else ""
    return text(f"SELECT id FROM attempt {hint} WHERE {which}").columns(id=BigInteger)  # noqa: S608  # words of our own


def _rows(session: Session, statement: Select[Attempt]) -> list[Row]:
    chosen = statement.add_columns(Sender).join(Sender, Sender.id == Attempt.sender_id)
    rows = session.execute(chosen.order_by(Attempt.id).limit(BATCH))
    return [(attempt, sender) for attempt, sender in rows]
