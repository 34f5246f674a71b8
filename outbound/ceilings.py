"""How many attempts of one source may be open at once, while somebody wants it slow."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from outbound.models import OPEN, Attempt, Source

MOST = 10**9


def under(session: Session, shares: Sequence[tuple[Source, int]]) -> list[tuple[Source, int]]:
    """*shares* (a source, and how many of it may be claimed) with no more than each source's ceiling leaves."""
    low = [source.id for source, _ in shares if source.ceiling is not None]
    if not low:
        return list(shares)
    counts = session.execute(
        select(Attempt.source_id, func.count())
        .where(OPEN, Attempt.source_id.in_(low))
        .group_by(Attempt.source_id)
    )
    open_ = {row[0]: row[1] for row in counts}
    left = {
        source.id: MOST if source.ceiling is None else max(0, source.ceiling - open_.get(source.id, 0))
        for source, _ in shares
    }
    return [(source, min(most, left[source.id])) for source, most in shares]


def put(session: Session, tenant_id: int, purpose: str, ceiling: int | None) -> int:
    """Give every open source of a purpose this ceiling, or none, but those whose agents decide; how many had another."""
    theirs = (
        Source.team == "",
        Source.tenant_id == tenant_id,
        Source.purpose == purpose,
        Source.state.in_(("open", "paused")),
    )
    differs = Source.ceiling.is_not(None) if ceiling is None else Source.ceiling.is_distinct_from(ceiling)
    changed = update(Source).where(*theirs, differs).values(ceiling=ceiling).returning(Source.id)
    return len(session.scalars(changed, execution_options={"synchronize_session": False}).all())
