"""
Fills the peer's tables, orders one task per recipient and waits until all are recorded; prints {"rate": sends a second}.

    python -m benchmarks.peers.drive COUNT SUPPRESSIONS        # in the peers' environment, with workers running
"""

from __future__ import annotations

import json
import sys
import time

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from benchmarks.peers.sending import Base, Recipient, Suppression, app, engine, send

PATIENCE_S = 120.0


def main() -> None:
    count, suppressions = map(int, sys.argv[1:])
    opted_out = count // 100
    _fill(count + opted_out, opted_out, suppressions)
    _wait_for_workers()
    began = time.perf_counter()
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(1, count + opted_out + 1):
            send.apply_async((number,), producer=producer)
    while (left := _left()) and time.perf_counter() - began < PATIENCE_S:
        time.sleep(0.02)
    if left:
        raise SystemExit(f"the peer left {left} undone")
    print(json.dumps({"rate": count / (time.perf_counter() - began)}))


def _fill(total: int, opted_out: int, suppressions: int) -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    people = [{"id": n, "name": f"Ann {n}", "address": f"+1415{2_500_000 + n}"} for n in range(1, total + 1)]
    stopped = [one["address"] for one in people[total - opted_out :]]
    others = [f"+1646{2_500_000 + n}" for n in range(suppressions)]
    with Session(engine) as session, session.begin():
        session.execute(insert(Recipient), people)
        session.execute(insert(Suppression), [{"address": address} for address in [*stopped, *others]])


def _left() -> int:
    with Session(engine) as session:
        undone = (
            select(func.count()).select_from(Recipient).where(Recipient.status.in_(("pending", "sending")))
        )
        return session.scalar(undone) or 0


def _wait_for_workers() -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > deadline:
            raise SystemExit("no Celery worker answers")


if __name__ == "__main__":
    main()
