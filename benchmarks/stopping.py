"""
A campaign of 200,000 is cancelled: how long whoever cancels it waits, before it is prepared, and once all of it is.

    python -m benchmarks stop_sqlite stop_postgresql

*ours* is the slower of both, *peer* a second: the answer of a page that somebody waits for. The rows themselves follow in
the worker (outbound/following.py); that nothing leaves from the answer on is asked in chaos/outage.py, at full speed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import dispatch_vs_client, stub_carrier
from benchmarks.large import LOOK_S, _database, _launched, _worker
from broadcast import campaigns
from core import clock
from core.db import ALL_TENANTS, Database
from core.states import move_all
from core.turned import write_turn
from outbound.models import Sender

COUNT, AT_ONCE_S = 200_000, 1.0


def run(name: str, is_postgres: bool, count: int = COUNT) -> dict[str, Any]:
    """Cancel two campaigns of *count* on one database."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stub_carrier.running("--count") as port,
        _database(is_postgres) as url,
        dispatch_vs_client.installed(Path(folder), port, url) as bench,
    ):
        database = bench.runtime.database
        write_turn(database, clock.Turn(clock.real(), dispatch_vs_client.MORNING))
        with database.session(1) as session:
            everybody = [dispatch_vs_client.number(0, place, count) for place in range(count)]
            dispatch_vs_client.customers(session, everybody)
        first, second = (_launched(database, name) for name in ("First", "Second"))
        with database.session(ALL_TENANTS) as session:  # nothing leaves, all waits
            move_all(session, Sender, Sender.state == "open", "stopped", reason="bench")
        unprepared_s = _cancelled_in_s(database, first)
        with _worker(bench.runtime.config):
            _until_prepared(database, second)
        prepared_s = _cancelled_in_s(database, second)
    slower = max(unprepared_s, prepared_s)
    return {
        "name": name, "ours": round(slower, 3), "peer": AT_ONCE_S, "ratio": round(AT_ONCE_S / slower, 3), "spread": 0.0,
        "unit": "s until it is stopped", "runs": 1, "recipients": count,
        "unprepared_s": round(unprepared_s, 3), "prepared_s": round(prepared_s, 3),
    }  # fmt: skip


STOPPING: Mapping[str, Callable[[], dict[str, Any]]] = {
    "stop_sqlite": partial(run, "stop_sqlite", False),
    "stop_postgresql": partial(run, "stop_postgresql", True),
}


def _cancelled_in_s(database: Database, campaign_id: int) -> float:
    began = time.monotonic()
    with database.session(1) as session:
        campaigns.cancel(session, campaigns.get(session, campaign_id), "bench")
    return time.monotonic() - began


def _until_prepared(database: Database, campaign_id: int) -> None:
    while True:
        with database.reading(1) as session:
            if campaigns.get(session, campaign_id).state != "preparing":
                return
        time.sleep(LOOK_S)
