"""What `/metrics` tells about outbound."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.metrics import Read
from core.models import Tenant
from outbound.models import Attempt

# counting a million attempts takes a good part of a second: not more often than this, however often one asks
KEEP_S = 15.0
_counted: dict[str, tuple[float, Sequence[Any]]] = {}


def of_attempts(session: Session) -> Iterator[Metric]:
    """How many attempts of each tenant stand where."""
    found = GaugeMetricFamily(
        "carillon_attempts", "Attempts at deliveries", labels=["tenant", "channel", "state", "outcome"]
    )
    for slug, channel, state, outcome, count in _attempts(session):
        found.add_metric([slug, channel, state, outcome], count)
    yield found


def _attempts(session: Session) -> Sequence[Any]:
    where = str(session.get_bind())
    at, rows = _counted.get(where, (0.0, ()))
    if time.monotonic() - at < KEEP_S and rows:
        return rows
    grouped = (Attempt.tenant_id, Attempt.channel, Attempt.state, Attempt.outcome)
    counts = select(*grouped, func.count().label("count")).group_by(*grouped).subquery()
    named = select(Tenant.slug, counts.c.channel, counts.c.state, counts.c.outcome, counts.c.count)
    rows = session.execute(named.join(counts, counts.c.tenant_id == Tenant.id)).all()
    _counted[where] = (time.monotonic(), rows)
    return rows


METRICS: tuple[Read, ...] = (of_attempts,)
