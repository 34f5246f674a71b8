"""
`/metrics` in Prometheus's text format: how the installation stands, without a word about persons.

Nearly everything is read from rows, so every process of every machine tells the same. Only how long requests took is
counted in the processes: under gunicorn PROMETHEUS_MULTIPROC_DIR joins those of one machine (deploy/ sets it).
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import clock, draining
from core.db import ALL_TENANTS
from core.errors import Forbidden
from core.models import CarrierHealth, Hold, Host
from core.runtime import runtime

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
bp = Blueprint("metrics", __name__)
Read = Callable[[Session], Iterable[Metric]]
# without a registry of its own: it is added to that of each answer
LATENCY = Histogram(
    "carillon_request_seconds",
    "How long requests took",
    ("part", "status"),
    buckets=BUCKETS,
    registry=None,
)


@bp.get("/metrics")
def metrics() -> Response:
    """Everything measured, to this computer or to whoever has METRICS_TOKEN."""
    if not _may_read():
        raise Forbidden("no_metrics", "metrics are for this computer, or need the bearer token METRICS_TOKEN")
    registry = CollectorRegistry()
    registry.register(_Given(_read(current_app.extensions["metrics"])))
    registry.register(_Given([_spool_here()]))
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the package has no hints there
    else:
        registry.register(LATENCY)
    return Response(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read() -> bool:
    token = runtime().config.metrics_token
    given = request.headers.get("Authorization", "")
    if token:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # a proxy on this computer speaks for somebody elsewhere
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _read(readers: Iterable[Read]) -> list[Metric]:
    """What the rows say; that the database is away, if it is."""
    is_up = GaugeMetricFamily("carillon_database_up", "Whether the database answers")
    try:
        with runtime().database.reading(ALL_TENANTS) as session:
            found = [metric for read in readers for metric in read(session)]
    except SQLAlchemyError:
        found = []
        is_up.add_metric([], 0)
    else:
        is_up.add_metric([], 1)
    return [is_up, *found]


def _spool_here() -> Metric:
    waiting = GaugeMetricFamily(
        "carillon_spool_here_bytes", "What this machine has still to carry, on its disk"
    )
    waiting.add_metric([], draining.waiting(runtime().spool_dir))
    return waiting


def of_machines(session: Session) -> Iterator[Metric]:
    """Every machine's own word: when it was heard of, what it has still to carry."""
    age = GaugeMetricFamily("carillon_worker_silent_seconds", "Since a worker was heard of", labels=["host"])
    waiting = GaugeMetricFamily("carillon_spool_bytes", "What is still to be carried", labels=["host"])
    behind = GaugeMetricFamily(
        "carillon_spool_behind_seconds", "Since when not all is carried", labels=["host"]
    )
    for host in session.scalars(select(Host).where(Host.role == "worker", Host.written_off_at.is_(None))):
        age.add_metric([host.name], (clock.real() - host.seen_at).total_seconds())
        waiting.add_metric([host.name], host.spooled)
        behind.add_metric([host.name], host.behind_s)
    yield from (age, waiting, behind)


def of_holds(session: Session) -> Iterator[Metric]:
    """How many holds keep everything or a tenant from being sent."""
    found = GaugeMetricFamily("carillon_holds", "Open holds: nothing leaves", labels=["reason"])
    rows = session.execute(
        select(Hold.reason, func.count()).where(Hold.released_at.is_(None)).group_by(Hold.reason)
    )
    for reason, count in rows:
        found.add_metric([reason], count)
    yield found


def of_carriers(session: Session) -> Iterator[Metric]:
    """Whether each carrier was well when a worker looked last."""
    found = GaugeMetricFamily(
        "carillon_carrier_up", "Whether the carrier's account is usable", labels=["carrier"]
    )
    for carrier in session.scalars(select(CarrierHealth)):
        found.add_metric([carrier.name], 0 if carrier.problem else 1)
    yield found


@dataclass(frozen=True, eq=False)
class _Given(Collector):
    """Metrics that are there already, for a registry to write."""

    found: Iterable[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.found


def init_app(app: Flask) -> None:
    """Measure every request of *app*."""
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
    app.register_blueprint(bp)
    app.before_request(_begin)
    app.after_request(_observe)


def _begin() -> None:
    g.began = time.perf_counter()


def _observe(answer: Response) -> Response:
    """By blueprint, never by address: addresses name customers and calls."""
    part = (request.blueprint or "none").partition(".")[0]
    LATENCY.labels(part, f"{answer.status_code // 100}xx").observe(time.perf_counter() - g.get("began", 0.0))
    return answer


METRICS: tuple[Read, ...] = (of_machines, of_holds, of_carriers)
