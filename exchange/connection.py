"""Connection overrides in a webhook URL's fragment: `https://h/voice#rc=2&rp=all&ct=2000`.

ct, rt, tt: time-outs to connect, to read and in total (ms); rc: retries; rp: on what to retry (4xx, 5xx, ct, rt, all).
Values out of range are taken to the nearest allowed one. The fragment is neither sent nor signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urldefrag

POLICIES = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@dataclass(frozen=True, slots=True)
class Connection:
    """How one URL is to be asked; real seconds."""

    url: str
    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    def retries_on(self, failure: str) -> bool:
        """Whether this kind of failure is worth another try."""
        return failure in self.retry_on or "all" in self.retry_on


@lru_cache(maxsize=4096)
def connection(url: str) -> Connection:
    """Read the overrides in *url*."""
    bare, fragment = urldefrag(url)
    if not fragment:
        return Connection(bare)
    given = dict(parse_qsl(fragment))
    policies = frozenset(given.get("rp", "ct").split(",")) & POLICIES
    return Connection(
        bare,
        connect_s=_between(given.get("ct"), 5000, 100, 10_000) / 1000,
        read_s=_between(given.get("rt"), 15_000, 100, 15_000) / 1000,
        total_s=_between(given.get("tt"), 15_000, 100, 15_000) / 1000,
        retries=_between(given.get("rc"), 1, 0, 5),
        retry_on=policies or frozenset({"ct"}),
    )


def _between(text: str | None, default: int, low: int, high: int) -> int:
    return max(low, min(int(text[:19]), high)) if text and text.isascii() and text.isdigit() else default
