"""Running an exchange: for ever from the command line, or in a thread beside a test or demo."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from exchange.app import build
from exchange.callers import ring_for_ever
from exchange.clock import Clock
from exchange.ledger import Ledger
from exchange.population import Population, check
from exchange.rest.serving import reset
from exchange.resuming import resume
from exchange.stepping import SteppedClock, settled
from exchange.switch import Switch

# turns of the event loop until a connection that was accepted has its transport
SHOWN_IN = 3


class Server:
    """A switch with its doors open."""

    def __init__(self, switch: Switch, host: str, port: int) -> None:
        self.switch, self._host, self._port = switch, host, port
        self._runner = web.AppRunner(build(switch), access_log=None, shutdown_timeout=1.0)

    async def open(self) -> int:
        """Listen; returns the port."""
        await self._runner.setup()
        await self._listen()
        port = self._port = int(self._runner.addresses[0][1])
        self.switch.base_url = f"http://{self._host}:{port}"
        await self.switch.start()
        resume(self.switch)
        for stream, caller in enumerate(self.switch.population.callers):
            self.switch.spawn(ring_for_ever(self.switch, caller, stream), lasting=True)
        self.switch.spawn(self._be_away(), lasting=True)
        return port

    async def close(self) -> None:
        """Refuse what is new, end what goes on, write the ledger."""
        await self._runner.cleanup()
        await self.switch.stop()

    async def _listen(self) -> None:
        self._door = socket.create_server((self._host, self._port), backlog=1024)
        self._site = web.SockSite(self._runner, self._door, backlog=1024)
        await self._site.start()

    async def _shut(self) -> None:
        """Stop listening. Who has just been let in is shown in first: asyncio would lose them with the door."""
        asyncio.get_running_loop().remove_reader(self._door)
        for _ in range(SHOWN_IN):
            await asyncio.sleep(0)
        await self._site.stop()
        self._hang_up()

    async def _be_away(self) -> None:
        """Carry out ordered outages, one after another, for ever."""
        while True:
            outage = await self.switch.faults.outage()
            if outage.kind == "away_silent":
                self.switch.talks.clear()
                await asyncio.sleep(outage.seconds)
                self.switch.talks.set()
            else:
                await self._shut()
                await asyncio.sleep(outage.seconds)
                await self._listen()

    def _hang_up(self) -> None:
        """Reset every connection of a client."""
        for connection in self._runner.server.connections if self._runner.server else ():
            reset(connection.transport)


async def serve(switch: Switch, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    server, stop = Server(switch, host, port), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await server.open()
        print(f"exchange on {switch.base_url}, ledger {switch.book.path}", flush=True)
        await stop.wait()
    finally:
        await server.close()


class InThread:
    """An exchange in a thread of this process; use as a context manager or call `stop()`."""

    def __init__(self, switch: Switch, host: str, port: int) -> None:
        self._switch, self._host = switch, host
        self._opened = Event()
        self._error: Exception | None = None
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self._thread = Thread(target=self._run, args=(port,), name="exchange", daemon=True)
        self._thread.start()
        self._opened.wait()
        if self._error:
            raise self._error
        self.base_url = f"http://{host}:{self.port}"

    @property
    def ledger(self) -> Ledger:
        """The ledger with everything that has happened so far."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._switch.writer.committed(), self._loop).result(10)
        return self._switch.book

    def stop(self) -> None:
        """End everything; the ledger can still be read."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def call(self, from_: str, to: str, keys: str = "", **more: str | int) -> str:
        """A subscriber rings one of our numbers; returns the call's sid."""
        form = {"From": from_, "To": to, "Keys": keys, **more}
        return str(self.control("POST", "calls", form)["sid"])

    def text(self, from_: str, to: str, body: str) -> str:
        """A subscriber texts one of our numbers."""
        return str(self.control("POST", "texts", {"From": from_, "To": to, "Body": body})["sid"])

    def fault(self, kind: str, **more: str | int | float) -> None:
        """Order a fault."""
        self.control("POST", "faults", {"kind": kind, **more})

    def transcript(self, sid: str) -> dict[str, Any]:
        """What happened in a call so far."""
        return self.control("GET", f"calls/{sid}")

    def idle(self) -> dict[str, Any]:
        """Whether anything is going on."""
        return self.control("GET", "idle")

    def wait_idle(self, timeout_s: float = 60.0) -> None:
        """Wait until nothing is queued, ringing, playing or undelivered."""
        deadline = time.monotonic() + timeout_s
        while not (now := self.idle())["idle"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the exchange is still busy: {now}")
            time.sleep(0.01)

    def settled(self) -> datetime | None:
        """On a stepped clock: wait until nothing happens that takes no time; when something happens next, None if nothing does."""
        waiting = settled(self._switch, self._stepped)
        return asyncio.run_coroutine_threadsafe(waiting, self._loop).result(60)

    def wake(self, at: datetime) -> None:
        """On a stepped clock: it is *at* now."""
        self._loop.call_soon_threadsafe(self._stepped.wake, at.timestamp())

    @property
    def _stepped(self) -> SteppedClock:
        assert isinstance(self._switch.clock, SteppedClock), "start it with a stepped clock"
        return self._switch.clock

    def control(self, method: str, path: str, form: Mapping[str, object] | None = None) -> dict[str, Any]:
        """One request to the control API."""
        account = self._switch.population.accounts[0]
        credentials = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
        with closing(HTTPConnection(self._host, self.port, timeout=30)) as http:
            body = urlencode(form) if form is not None else None
            http.request(method, f"/exchange/{path}", body, {"Authorization": f"Basic {credentials}"})
            answer = http.getresponse()
            content: dict[str, Any] = json.load(answer)
        if answer.status >= 400:
            raise ValueError(content["message"])
        return content

    def __enter__(self) -> InThread:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, port: int) -> None:
        asyncio.set_event_loop(self._loop)
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._serve(port))
        # requests that an ordered fault still holds
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(task)
        self._loop.close()

    async def _serve(self, port: int) -> None:
        self._stop = asyncio.Event()
        server = Server(self._switch, self._host, port)
        try:
            self.port = await server.open()
        except Exception as error:
            self._error = error
            await server.close()
            return
        finally:
            self._opened.set()
        await self._stop.wait()
        await server.close()


def run_in_thread(
    population: dict[str, Any] | Population,
    *,
    seed: int = 1,
    speed: float = 60,
    ledger: Path,
    port: int = 0,
    epoch: datetime | None = None,
    epoch_real: datetime | None = None,
    clock: Clock | None = None,
) -> InThread:
    """Start an exchange beside this program; it serves when this returns. A *clock* of its own goes before speed and epoch."""
    checked = population if isinstance(population, Population) else check(population)
    clock = clock or Clock(speed, epoch, epoch_real)
    return InThread(Switch(checked, seed=seed, clock=clock, ledger=ledger), "127.0.0.1", port)
