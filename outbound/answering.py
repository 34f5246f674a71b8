"""
Who took a call we placed, and what that makes of its end.

The carrier's detector listens beside the call and may be wrong; a key proves a person. Both write the same column by
compare-and-set: the first word of the detector counts, and only as long as nobody has pressed a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.orm import Session

from core.carriers.words import HUMAN, MACHINES, NO_PERSON, End
from outbound.models import Attempt, Source

TALKING = ("submitting", "accepted", "unknown")


def told(session: Session, token: str, call_sid: str, word: str) -> bool:
    """Write down the detector's *word*; whether it is the first about that call, which goes on and has had no key."""
    return _changed(
        session,
        update(Attempt)
        .where(Attempt.token == token, Attempt.channel == "voice", Attempt.state.in_(TALKING))
        .where(Attempt.answered_by == "", (Attempt.carrier_id == call_sid) | Attempt.carrier_id.is_(None))
        .values(answered_by=word),
    )


def key_pressed(session: Session, delivery_id: int) -> None:
    """Whatever the detector says of the call under way for that delivery: a person pressed a key."""
    session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == delivery_id, Attempt.state.in_(TALKING))
        .where(Attempt.answered_by != HUMAN)
        .values(answered_by=HUMAN)
    )


def leave_message(session: Session, token: str) -> bool:
    """Note that the machine that took the call hears a message; whether it was a machine."""
    mine = update(Attempt).where(Attempt.token == token, Attempt.answered_by.in_(MACHINES))
    return _changed(session, mine.values(left_message=True))


def _told(session: Session, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        told(session, entry["attempt"], entry["call"], entry["word"])


def _keys_pressed(session: Session, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        key_pressed(session, entry["delivery_id"])


def _messages_left(session: Session, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        leave_message(session, entry["attempt"])


# what was kept while the database was away
SPOOLED = {"answered_by": _told, "key_pressed": _keys_pressed, "message_left": _messages_left}


def _changed(session: Session, statement: Update) -> bool:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount == 1


def ends(session: Session, attempt_ids: Sequence[int]) -> dict[int, End]:
    """How those of the answered calls *attempt_ids* ended that no person took: a message left counts if the source says so."""
    rows = session.execute(
        select(Attempt.id, Attempt.answered_by, Attempt.left_message, Source.content)
        .join(Source, Source.id == Attempt.source_id)
        .where(Attempt.id.in_(attempt_ids), Attempt.answered_by.in_(NO_PERSON))
    )
    return {row.id: _end(row.answered_by, row.left_message, row.content) for row in rows}


def _end(answered_by: str, left_message: bool, content: dict[str, Any]) -> End:
    if answered_by == "fax":
        return End("fax_answered", "fax_answered")
    if not left_message:
        return End("machine", "machine")
    counts = content.get("machine", {}).get("counts", False)
    return End("reached") if counts else End("message_left", "message_left")
