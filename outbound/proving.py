"""
A word of the carrier about an attempt proves that it left, whatever we thought of it.

It goes over `submitting` and `unknown`, and before the attempt's own record. An attempt that was taken back, because staff
said that it had not been sent, a list seemed to prove it, or its lease was over, is doubtful again: its delivery leaves the
queue before it is sent once more, and waits for the carrier's last word. If the second send was faster, both are told.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.db import instant
from core.states import move_all, move_each
from outbound.booking import book_again
from outbound.channels import CHANNELS
from outbound.ending import release, touched
from outbound.models import Attempt, Delivery

LOGGER = logging.getLogger(__name__)
# when to ask the carrier after an attempt it has accepted but not spoken of since (a turned clock makes calls shorter)
EXPECT_AFTER_S = {"voice": 120.0, "sms": 900.0, "fax": 900.0}
TAKEN_BACK = ("released", "refused")


@dataclass(frozen=True)
class Word:
    """The carrier has an attempt under *carrier_id*, in *status*."""

    attempt_id: int
    carrier_id: str
    status: str


def terms(channel: str, real: datetime, queue_s: float = 0.0) -> dict[str, datetime]:
    """How long an attempt accepted at *real* may hold its line, and when to ask about it if nobody speaks of it."""
    return {
        "line_until": real + timedelta(seconds=CHANNELS[channel].busy_s(queue_s)),
        "expect_by": real + timedelta(seconds=EXPECT_AFTER_S[channel] / clock.speed() + queue_s),
    }


def prove_sent(session: Session, attempts: Sequence[Attempt], words: Sequence[Word]) -> None:
    """
    Write down that those of *attempts* (locked, see outbound/locking.py) left of which *words* speak; the first word of each
    counts. Refreshes them.

    One that was given up stays so until a final word: its address may be under way again.
    """
    real = instant(session)
    first = {word.attempt_id: word for word in reversed(words) if word.carrier_id}
    spoken = [
        one for one in attempts if one.id in first and one.state in ("submitting", "unknown", *TAKEN_BACK)
    ]
    rows = []
    for one in spoken:
        word = {
            "id": one.id,
            "carrier_id": first[one.id].carrier_id[:64],
            "status": first[one.id].status[:20],
        }
        if one.state in ("submitting", "unknown") and one.settled_at is None:
            rows.append({**word, **terms(one.channel, real)})
        elif one.state == "unknown":
            one.carrier_id = one.carrier_id or first[one.id].carrier_id[:64]
    move_each(session, Attempt, rows, "accepted")
    session.flush()
    _doubt_again(session, [(one, first[one.id]) for one in spoken if one.state in TAKEN_BACK], real)
    if spoken:
        touched(session, [one.token for one in spoken], "made")
    for one in spoken:
        session.refresh(one)


def _doubt_again(session: Session, proven: Sequence[tuple[Attempt, Word]], real: datetime) -> None:
    """Attempts that were taken back, and had left: each is unknown until the carrier's last word, and so is its delivery."""
    if not proven:
        return
    for one, _ in proven:
        LOGGER.error("attempt %d was taken back, yet the carrier reports on it", one.id)
    rows: list[dict[str, Any]] = [
        {
            **{"id": one.id, "carrier_id": word.carrier_id[:64], "status": word.status[:20]},
            **{"settled_at": real, "expect_by": terms(one.channel, real)["expect_by"], "ended_at": None},
        }
        for one, word in proven
    ]
    move_each(session, Attempt, rows, "unknown")
    touched(session, [one.token for one, _ in proven], "intended")
    book_again(session, [one.id for one, _ in proven])
    ids = [one.delivery_id for one, _ in proven]
    counted = update(Delivery).where(Delivery.id.in_(ids)).values(attempts=Delivery.attempts + 1)
    session.execute(counted, execution_options={"synchronize_session": False})
    _hold_back(session, ids)


def _hold_back(session: Session, delivery_ids: Sequence[int]) -> None:
    """Nothing more of these deliveries may leave; what has left already is told."""
    now = clock.now()
    chosen = select(Attempt).where(Attempt.delivery_id.in_(delivery_ids), Attempt.state == "claimed")
    claimed = list(session.scalars(chosen.order_by(Attempt.id).with_for_update(key_share=True)))
    release(session, [(one.id, one.delivery_id, one.token) for one in claimed], now, code="sent_before")
    waits = Delivery.id.in_(delivery_ids) & Delivery.state.in_(("pending", "held"))
    move_all(session, Delivery, waits, "unknown", reason="unknown", ended_at=now)
    left = select(Delivery.id).where(Delivery.id.in_(delivery_ids), Delivery.state == "active")
    for one in session.scalars(left.order_by(Delivery.id)):
        LOGGER.error("delivery %d is under way a second time: the first had left as well", one)
