"""
What the carrier tells of talks and of those who wait, written down: at once, or from the spool once the database is back.

*what* is start and end (of the talk in a room), leg (an agent's telephone is no longer in the call) or left (somebody waits no
more). It is found by the *token* of an offer, the *room* of an agent who stands by, or the *call_id* of who waits. Everything may be
told twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ivr.queue import offering, waiting
from ivr.queue.offering import Offered
from outbound import transfers

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Happened:
    """Whose offer it was about; *is_alone*: who was to talk waits in the room for nobody."""

    found: Offered
    is_alone: bool


def apply(session: Session, entry: Entry) -> Happened | None:
    """Write down what happened; None if it was about nothing, or is known."""
    at = datetime.fromisoformat(entry["at"])
    if entry["what"] == "left":
        if waiter := waiting.current(session, entry["call_id"]):
            waiting.ended(session, waiter.id, entry["outcome"], entry["wait_s"], at)
        return None
    found = _found(session, entry)
    if found is None:
        return None
    if entry["what"] == "start":
        transfers.bridged(session, found.waiter.call_id)
        offering.talking(session, found, at)
        return None
    if found.offer.state == "ringing":
        news = entry["what"] == "leg" and offering.close(session, found, entry.get("how", "failed"), at)
        return Happened(found, is_alone=False) if news else None
    is_alone = found.waiter.state == "assigned"
    return Happened(found, is_alone) if offering.finish(session, found, at) else None


def _found(session: Session, entry: Entry) -> Offered | None:
    if room := entry.get("room"):
        return offering.in_room(session, room)
    return offering.by_token(session, entry["token"])


def _spooled(session: Session, entries: Sequence[Entry]) -> None:
    """Whoever did not answer in time while the database was away has missed nothing."""
    for entry in entries:
        apply(session, {**entry, "how": "failed"})


SPOOLED = {"queue": _spooled}
