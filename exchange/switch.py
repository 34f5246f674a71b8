"""The switch: everything one running exchange holds, and nothing about what a call, text or fax does."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchange.clock import Clock, real_stamp
from exchange.dialing import Dialer
from exchange.faults import Faults
from exchange.ledger import Ledger
from exchange.population import Account, Population
from exchange.queues import Queues
from exchange.rows import Call, Fax, Recording, Text
from exchange.subscribers import Subscribers
from exchange.webhooks import MAX_BODY, Hook, Params, Webhooks
from exchange.writing import Writer

if TYPE_CHECKING:
    from exchange.line import Line
    from exchange.rooms import Room

STOP_WORDS = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})


class Switch:
    """One running exchange. `live` has the calls, texts and faxes not yet ended; the others are in the ledger."""

    def __init__(self, population: Population, *, seed: int, clock: Clock, ledger: Path) -> None:
        self.population, self.seed, self.clock = population, seed, clock
        self.accounts: dict[str, Account] = {account.sid: account for account in population.accounts}
        self.subscribers = Subscribers(population.subscribers, seed)
        self.faults = Faults(population.faults, seed)
        self.writer = Writer(ledger)
        self.book = Ledger(ledger)
        self.webhooks = Webhooks(clock, self.writer, self.faults)
        self.dialers = {sid: Dialer(account) for sid, account in self.accounts.items()}
        self.live: dict[str, Call | Text | Fax] = {}
        self.base_url = ""
        self.opened_at = clock.stamp()
        self.audio_s: dict[str, float] = {}
        self.lines: dict[str, Line] = {}
        self.queues = Queues(clock, self.new_sid)
        self.rooms: dict[str, Room] = {}
        # documents of faxes that are being read
        self.reading = 0
        # clear while an ordered outage lets requests go unanswered
        self.talks = asyncio.Event()
        self.talks.set()
        self.opted_out: set[tuple[str, str]] = set()
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._last_n: Counter[type] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take up where the ledger ends and open the way out."""
        self._remember()
        await self.webhooks.start()
        for dialer in self.dialers.values():
            self.spawn(dialer.work(self.spawn), lasting=True)

    async def stop(self) -> None:
        """End everything and write the last rows."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhooks.stop()
        self.writer.close()

    def spawn(self, work: Coroutine[Any, Any, None], *, lasting: bool = False) -> None:
        """Run *work* beside everything else; a lasting one does not count as activity."""
        task = asyncio.create_task(work, name="lasting" if lasting else "work")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def next_n(self, kind: type) -> int:
        """The next row number of a resource."""
        self._last_n[kind] += 1
        return self._last_n[kind]

    def attempt(self, channel: str, number: str) -> int:
        """Count one more attempt at *number*, 1 for the first."""
        self._attempts[channel, number] += 1
        return self._attempts[channel, number]

    def tries(self, channel: str, number: str) -> int:
        """How many attempts there were."""
        return self._attempts[channel, number]

    def keep(self, row: Any) -> None:
        """Save a resource that has just changed."""
        row.updated_at = self.clock.stamp()
        self.writer.save(row)

    def heard(self, subscriber: str, sender: str, body: str) -> None:
        """Take note of STOP and START from a subscriber to one of our numbers."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add((subscriber, sender))
        elif word in START_WORDS:
            self.opted_out.discard((subscriber, sender))

    def hook(
        self,
        account: str,
        sid: str,
        kind: str,
        url: str,
        params: Params,
        method: str = "POST",
        max_bytes: int = MAX_BODY,
    ) -> Hook:
        """A request about *sid* signed for *account*."""
        owner = self.accounts[account]
        fax_key = owner.fax_signing_key or owner.token if kind == "fax" else None
        return Hook(account, owner.token, sid, kind, url, params, method, fax_key, max_bytes)

    def activity(self) -> dict[str, int]:
        """How much is still going on, by kind."""
        kinds = Counter(type(row).__name__.lower() for row in self.live.values())
        return {
            "queued": sum(len(dialer) for dialer in self.dialers.values()),
            "calls": kinds["call"],
            "texts": kinds["text"],
            "faxes": kinds["fax"],
            "callbacks": self.webhooks.pending,
            "tasks": sum(task.get_name() == "work" for task in self._tasks),
        }

    def new_sid(self, prefix: str) -> str:
        """A sid nobody has."""
        return prefix + secrets.token_hex(16)

    def birth(self, kind: type, channel: str, number: str) -> dict[str, Any]:
        """The fields every new resource begins with; counts an attempt at *number*."""
        now = self.clock.stamp()
        return {
            "n": self.next_n(kind),
            "attempt": self.attempt(channel, number),
            "created_at": now,
            "updated_at": now,
            "real_at": real_stamp(),
        }

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.webhooks.problem("", "", 0, f"the exchange failed: {error!r}", "")
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the exchange failed", "exception": error, "task": task}
            )

    def _remember(self) -> None:
        for kind, channel in ((Call, "voice"), (Text, "sms"), (Fax, "fax"), (Recording, "")):
            self._last_n[kind] = self.book.last_n(kind)
            if channel:
                self._attempts.update({(channel, to): n for to, n in self.book.attempts(kind)})
        for sender, number, body in self.book.ask(
            "SELECT from_, to_, body FROM texts WHERE direction = 'inbound' ORDER BY n"
        ):
            self.heard(sender, number, body)
