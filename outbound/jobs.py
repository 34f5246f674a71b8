"""What the worker does for outbound: a dispatcher thread a sender, and reconciliation."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from core.runtime import Job, Runtime
from outbound.dispatch import run_sender, senders
from outbound.reconcile import reconcile

_running: set[int] = set()
_lock = threading.Lock()


def dispatch(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Start a loop for every sender that has none here; loops end by themselves when nothing is due."""
    started: Counter[str] = Counter()
    for sender_id, tenant_id, channel in senders(runtime):
        with _lock:
            if sender_id in _running:
                continue
            _running.add(sender_id)
        name = f"sender-{sender_id}"
        threading.Thread(target=_run, args=(runtime, pool, sender_id, tenant_id, channel), name=name).start()
        started["senders"] += 1
    return started


def _run(runtime: Runtime, pool: ThreadPoolExecutor, sender_id: int, tenant_id: int, channel: str) -> None:
    try:
        run_sender(runtime, pool, sender_id, tenant_id, channel)
    finally:
        with _lock:
            _running.discard(sender_id)


JOBS = (Job("dispatch", 0.5, dispatch), Job("reconcile", 2.0, reconcile))
