"""
Rows that follow what was decided about their source: a decision holds at once, its rows come after, a chunk a transaction.

Those of a stopped source are cancelled, those that wait for hours which were changed are asked about anew, and a source
whose budget is used up is paused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import ColumnElement, Select, TextClause, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.db import ALL_TENANTS
from core.runtime import Runtime
from core.states import move_all
from outbound.allowances import Allowance
from outbound.models import CLAIMABLE, Attempt, Delivery, Source

CHUNK = 5_000
# what may still give back some of its budget
UNDER_WAY = Attempt.state.in_(("claimed", "submitting")) | (
    (Attempt.state == "accepted") & (Attempt.channel != "sms")
)


def follow(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Carry decisions about sources over to their rows; how many of what."""
    counts: Counter[str] = Counter()
    while not runtime.stopping.is_set():
        done = {}
        for name, carry in (("cancelled", cancel), ("asked again", ask_again)):
            with runtime.database.session(ALL_TENANTS) as session:
                done[name] = carry(session)
        counts.update(done)
        if not any(done.values()):
            break
    with runtime.database.session(ALL_TENANTS) as session:
        counts["budget used up"] += _exhaust(session)
    return counts


def cancel(session: Session) -> int:
    """A chunk of what waits for a source that was stopped; how many."""
    waits = select(Delivery.id).where(Delivery.source_id == Source.id, CLAIMABLE).exists()
    source = session.scalar(
        select(Source).where(Source.state == "stopped", waits).order_by(Source.id).limit(1)
    )
    if source is None:
        return 0
    chosen = _locked(Delivery.source_id == source.id, CLAIMABLE)
    return move_all(
        session,
        Delivery,
        Delivery.id.in_(chosen),
        "cancelled",
        reason=source.reason[:40],
        ended_at=clock.now(),
    )


def ask_again(session: Session) -> int:
    """A chunk of what was held by rules that are to be asked anew; how many."""
    source = session.scalar(select(Source).where(Source.asks_again != "").order_by(Source.id).limit(1))
    if source is None:
        return 0
    rules = source.asks_again.split(",")
    mine = (Delivery.source_id == source.id, Delivery.state == "held", Delivery.reason.in_(rules))
    chosen = _locked(*mine)
    done = move_all(
        session, Delivery, Delivery.id.in_(chosen), "pending", reason="", value="", due_at=clock.now()
    )
    if done < CHUNK:
        source.asks_again = ""
    return done


def _locked(*which: ColumnElement[bool] | TextClause) -> Select[int]:
    """A chunk of deliveries, locked in the order of ids as a success locks those it gives up (outbound/success.py)."""
    return select(Delivery.id).where(*which).order_by(Delivery.id).limit(CHUNK).with_for_update()


def _exhaust(session: Session) -> int:
    """Only once nothing under way can give anything back, and somebody still waits."""
    used_up = (
        select(Allowance.id)
        .where(Allowance.tenant_id == Source.tenant_id, Allowance.level == "source")
        .where(or_(Allowance.subject == Source.campaign, Allowance.subject == Source.name))
        .where(Allowance.unit == "money", Allowance.period == "total", Allowance.full_at.is_not(None))
        .exists()
    )
    waits = select(Delivery.id).where(Delivery.source_id == Source.id, CLAIMABLE).exists()
    under_way = select(Attempt.id).where(Attempt.source_id == Source.id, UNDER_WAY).exists()
    return move_all(
        session, Source, (Source.state == "open") & used_up & waits & ~under_way, "paused", reason="budget"
    )
