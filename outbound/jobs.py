"""What the worker does for outbound: a dispatcher thread a sender, and reconciliation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import OperationalError

from core import draining
from core.runtime import Job, Runtime
from outbound.dispatch import MAX_BEHIND_S, run_sender, senders
from outbound.reconcile import reconcile

LOGGER = logging.getLogger(__name__)
_running: set[int] = set()
_lock = threading.Lock()


def dispatch(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Start a loop for every sender that has none here; loops end by themselves when nothing is due."""
    if (behind_s := draining.behind_s(runtime.spool_dir)) > MAX_BEHIND_S:
        LOGGER.warning("nothing is sent: the spool is %.0f s behind, opt-outs may wait in it", behind_s)
        return {}
    for sender_id, tenant_id, channel in senders(runtime):
        with _lock:
            if sender_id in _running:
                continue
            _running.add(sender_id)
        name = f"sender-{sender_id}"
        threading.Thread(target=_run, args=(runtime, pool, sender_id, tenant_id, channel), name=name).start()
    return {}


def _run(runtime: Runtime, pool: ThreadPoolExecutor, sender_id: int, tenant_id: int, channel: str) -> None:
    try:
        if counts := run_sender(runtime, pool, sender_id, tenant_id, channel):
            LOGGER.info("sender %d (%s): %s", sender_id, channel, dict(counts))
    except OperationalError as error:
        LOGGER.warning("sender %d: the database does not answer (%s)", sender_id, type(error.orig).__name__)
    except Exception:
        LOGGER.exception("sender %d failed; trying again", sender_id)
    finally:
        with _lock:
            _running.discard(sender_id)


JOBS = (Job("dispatch", 0.5, dispatch), Job("reconcile", 2.0, reconcile))
