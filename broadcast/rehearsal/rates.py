"""How often attempts end how: by this company's own past attempts, or by assumptions that are said to be such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, select

from core.carriers.words import End, end_of
from core.db import ScopedSession
from outbound.models import Attempt

LATEST = 20_000
ENOUGH = 200
# causes ("" is reached) and their share, where there is no history yet
ASSUMED: Mapping[str, Mapping[str, float]] = {
    "voice": {"": 0.55, "no_answer": 0.27, "busy": 0.09, "bad_number": 0.06, "network": 0.03},
    "sms": {"": 0.94, "handset_off": 0.03, "bad_number": 0.02, "network": 0.01},
    "fax": {"": 0.80, "busy": 0.08, "no_answer": 0.05, "not_a_fax": 0.04, "poor_line": 0.03},
}
# seconds a line is held: somebody answered, nobody did
ASSUMED_S: Mapping[str, tuple[float, float]] = {"voice": (50.0, 25.0), "sms": (0.0, 0.0), "fax": (90.0, 40.0)}
RING_S = 12.0
# the outcome that goes with a cause, as core/carriers/words.py has it
OUTCOMES = {"": "reached", "busy": "busy", "no_answer": "no_answer"}


@dataclass(frozen=True)
class Rate:
    """
    One channel: *shares* by cause, how long a line is held (*answered_s*, *unanswered_s*), and of how many *attempts* that
    is known; 0 attempts: it is assumed.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    answered_s: float = 0.0
    unanswered_s: float = 0.0
    attempts: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As it is kept with a rehearsal."""
        return asdict(self)


def rates_of(session: ScopedSession, tenant_id: int, channels: set[str]) -> dict[str, Rate]:
    """The rate of each of *channels*."""
    return {channel: _rate(session, tenant_id, channel) for channel in sorted(channels)}


def ended(channel: str, cause: str) -> End:
    """How an attempt ends that ends for *cause*."""
    return End(OUTCOMES.get(cause, "undelivered" if channel == "sms" else "failed"), cause)


def _rate(session: ScopedSession, tenant_id: int, channel: str) -> Rate:
    latest = (
        select(Attempt.status, Attempt.code, Attempt.duration_s)
        .where(Attempt.tenant_id == tenant_id, Attempt.channel == channel, Attempt.state == "ended")
        .order_by(Attempt.id.desc())
        .limit(LATEST)
        .subquery()
    )
    rows = session.execute(
        select(latest.c.status, latest.c.code, func.count(), func.sum(latest.c.duration_s)).group_by(
            latest.c.status, latest.c.code
        )
    )
    counts: Counter[str] = Counter()
    talked_s = 0
    for status, code, count, duration_s in rows:
        end = end_of(channel, status, code)
        if end is not None and end.cause != "cancelled":
            counts[end.cause] += count
            talked_s += (duration_s or 0) if not end.cause else 0
    total = counts.total()
    answered_s, unanswered_s = ASSUMED_S[channel]
    if total < ENOUGH:
        return Rate(ASSUMED[channel], answered_s, unanswered_s)
    if counts[""] and talked_s:
        answered_s = RING_S + talked_s / counts[""]
    shares = {cause: round(count / total, 4) for cause, count in sorted(counts.items())}
    return Rate(shares, answered_s, unanswered_s, total)
