"""A telephone line in use: one call, who is at the far end, and how to break in from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from exchange.clock import real_stamp, rfc2822
from exchange.documents import Jump
from exchange.rows import Call, Key, Step
from exchange.subscribers import Party
from exchange.switch import Switch

EVENTS = ("initiated", "ringing", "answered", "completed")
LEFT = "caller hung up"
Params = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the one who ordered a call wants: what to play, whom to tell, how long to try."""

    first: Jump
    fallback: Jump | None = None
    status_callback: str = ""
    status_method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    ring_s: float = 60.0
    limit_s: float = 14_400.0
    send_digits: str = ""
    record: bool = False
    recording_callback: str = ""
    amd: str = ""
    amd_async: bool = False
    amd_callback: str = ""
    amd_method: str = "POST"
    amd_timeout_s: float = 30.0
    amd_speech_s: float = 2.4
    amd_speech_end_s: float = 1.2
    amd_silence_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Tape:
    """A recording of the whole call that runs from *since_s* of its own time; *callback* hears when it is kept."""

    source: str
    since_s: float
    callback: str
    method: str = "POST"


class Ended(Exception):
    """The call ends here; the text says why."""


@dataclass(slots=True)
class Line:
    """The call while it lives.

    `spent_s` is the call's own time: what was heard, spoken and waited for, and not how long servers took to answer,
    so that a repeated run ends at the same word. The call ends when `limit_s` of it are spent. `broken_by` is what took
    it away from what it was doing, while that winds up.
    """

    switch: Switch
    call: Call
    wish: Wish
    party: Party = field(default_factory=Party)
    sequence: int = 0
    rung_s: float = 0.0
    spent_s: float = 0.0
    limit_s: float = 14_400.0
    limit_why: str = "time limit"
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    tapes: list[Tape] = field(default_factory=list)
    broken_by: Jump | str | None = None
    _break_in: asyncio.Future[Jump | str] | None = None
    _early: Jump | str | None = None

    async def unless_broken(self, work: Coroutine[Any, Any, str]) -> Jump | str:
        """Do *work* and return its result, or what broke in from outside: a jump or a reason to end."""
        if self._early is not None:
            work.close()
            early, self._early = self._early, None
            return early
        task = asyncio.create_task(work)
        broken: asyncio.Future[Jump | str] = asyncio.get_running_loop().create_future()
        self._break_in = broken
        either: set[asyncio.Future[Any]] = {task, broken}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return broken.result() if broken.done() else task.result()
        finally:
            self._break_in = None
            if not task.done():
                self.broken_by = broken.result() if broken.done() else None
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                self.broken_by = None

    def break_in(self, what: Jump | str) -> None:
        """Interrupt from outside: go on at another document, or end for a reason."""
        if self._break_in is None:
            self._early = what
        elif not self._break_in.done():
            self._break_in.set_result(what)

    async def pass_time(self, seconds: float) -> None:
        """Let the caller listen, speak or wait; Ended when the call's time is up."""
        clock, left_s = self.switch.clock, self.limit_s - self.spent_s
        lasts_s, began = min(seconds, left_s), clock.now()
        try:
            await clock.sleep(lasts_s)
        except asyncio.CancelledError:
            self.spent_s += min(lasts_s, clock.now() - began)
            raise
        self.spent_s += lasts_s
        if seconds >= left_s:
            raise Ended(self.limit_why)

    async def until(self, event: asyncio.Event, seconds: float) -> bool:
        """Let time pass until *event*, for *seconds* at most; whether it came. Ended when the call's time is up."""
        clock, left_s = self.switch.clock, self.limit_s - self.spent_s
        lasts_s, began = min(seconds, left_s), clock.now()
        try:
            async with asyncio.timeout(lasts_s / clock.speed):
                await event.wait()
        except TimeoutError:
            if seconds >= left_s:
                raise Ended(self.limit_why) from None
            return False
        finally:
            self.spent_s += min(lasts_s, clock.now() - began)
        return True

    async def ring_for(self, seconds: float) -> None:
        """Let the telephone ring."""
        self.rung_s += seconds
        await self.switch.clock.sleep(seconds)

    def pick_up(self) -> None:
        """The call is answered."""
        self.call.status, self.call.answered_at = "in-progress", self.switch.clock.stamp()
        self.switch.keep(self.call)
        self.report("answered", [])

    def note(self, kind: str, value: str) -> None:
        """Add a line to the transcript."""
        stamp, real = self.switch.clock.stamp(), real_stamp()
        self.switch.writer.save(Step(stamp, real, self.call.sid, kind, value))
        if kind == "key":
            self.switch.writer.save(Key(stamp, real, self.call.sid, value))

    def params(self) -> Params:
        """The parameters every request about a call carries."""
        call = self.call
        base = [
            ("CallSid", call.sid),
            ("AccountSid", call.account),
            ("From", call.from_),
            ("To", call.to),
            ("CallStatus", call.status),
            ("ApiVersion", "2010-04-01"),
            ("Direction", call.direction),
            ("Caller", call.from_),
            ("Called", call.to),
        ]
        if call.parent:
            base.append(("ParentCallSid", call.parent))
        return base

    def report(self, event: str, extra: Params) -> None:
        """Send a status callback if this event is wanted."""
        wish, call = self.wish, self.call
        if not wish.status_callback or event not in wish.events:
            return
        status = "initiated" if event == "initiated" else call.status
        params = [(key, status if key == "CallStatus" else value) for key, value in self.params()] + [
            ("Timestamp", rfc2822(self.switch.clock.stamp()) or ""),
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(self.sequence)),
            *extra,
        ]
        self.sequence += 1
        hook = self.switch.hook(
            call.account, call.sid, "call", wish.status_callback, params, wish.status_method
        )
        self.switch.webhooks.tell(hook, "calls")


def form(asked: str) -> dict[str, list[str]]:
    """A urlencoded form, empty values kept."""
    return parse_qs(asked, keep_blank_values=True)
