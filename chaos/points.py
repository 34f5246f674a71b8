"""
The boundaries of the slice, and how a process under test ends, stops or waits at one of them.

A boundary is a function of ours wrapped from outside; nothing of this is in the product. CHAOS_ORDERS holds a JSON list of
orders {"point", "pass": 1 for the first time, "act": kill | stop | hold | full, "gate": path}; what was carried out is named in
the folder CHAOS_NOTES.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Point:
    """A boundary before or after *function* of *module*."""

    module: str
    function: str
    when: Literal["before", "after"]


POINTS: Mapping[str, Point] = {
    "claiming": Point("outbound.claim", "intend", "after"),
    "claimed": Point("outbound.high_water", "raise_to", "after"),
    "marking": Point("outbound.dispatch", "_mark", "after"),
    "marked": Point("outbound.dispatch", "_record_and_mark", "after"),
    "posting": Point("core.carriers.exchange", "Exchange.send", "before"),
    "posted": Point("core.carriers.exchange", "Exchange.send", "after"),
    "recording": Point("outbound.dispatch", "record", "after"),
    "carrying": Point("core.draining", "_carry", "before"),
    "opting_out": Point("customers.suppression", "_write", "after"),
    "carried": Point("core.draining", "_set_mark", "before"),
    "expiring": Point("outbound.reconcile", "expire", "after"),
    "reconciling": Point("outbound.reconcile", "_settle", "after"),
    "settling": Point("broadcast.settling", "write", "after"),
    "preparing": Point("broadcast.jobs", "write_chunk", "after"),
    "writing": Point("core.spool", "Spool._write", "before"),
    "spooled": Point("core.spool", "Spool.append", "after"),
}
# what a slice comes to several times a second, and what a worker comes to now and then
SENDING = ("claiming", "claimed", "marking", "marked", "posting", "posted", "recording")
WORKER = (*SENDING, "carrying", "carried", "expiring", "reconciling", "settling")
_passes: Counter[str] = Counter()
_lock = threading.Lock()


def obey() -> None:
    """Wrap every boundary that an order names."""
    orders = json.loads(os.environ.get("CHAOS_ORDERS", "[]"))
    for name in sorted({order["point"] for order in orders}):
        mine = [order for order in orders if order["point"] == name]
        owner, attribute = found(POINTS[name].module, POINTS[name].function)
        setattr(owner, attribute, _watched(getattr(owner, attribute), name, mine))


def found(module: str, function: str) -> tuple[Any, str]:
    """Whatever holds *function*, and its name there. Raises AttributeError where it has gone."""
    owner: Any = importlib.import_module(module)
    *path, attribute = function.split(".")
    for part in path:
        owner = getattr(owner, part)
    getattr(owner, attribute)
    return owner, attribute


def _watched(original: Callable[..., Any], name: str, orders: list[dict[str, Any]]) -> Callable[..., Any]:
    def watched(*arguments: Any, **named: Any) -> Any:
        if POINTS[name].when == "before":
            _pass(name, orders)
            return original(*arguments, **named)
        answer = original(*arguments, **named)
        _pass(name, orders)
        return answer

    return watched


def _pass(name: str, orders: list[dict[str, Any]]) -> None:
    with _lock:
        _passes[name] += 1
        due = [order for order in orders if _is_due(order, _passes[name])]
    for order in due:
        note = Path(os.environ["CHAOS_NOTES"]) / f"{os.getpid()}.{name}"
        note.write_text(order["act"])
        match order["act"]:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "hold":
                while not Path(order["gate"]).exists():
                    time.sleep(0.005)
            case "full":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_due(order: Mapping[str, Any], times: int) -> bool:
    """Once; a disk that is full stays so."""
    return bool(order["pass"] == times or (order["act"] == "full" and times > order["pass"]))
