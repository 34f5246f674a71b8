"""Requests to customers' servers: signed, timed, retried, redirected, each written to the ledger.

`ask` fetches something the exchange needs now (a document to play). `tell` reports a status: reports about one call,
text or fax go out in order, many at once for different ones, and nobody waits for the answer.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from exchange.clock import Clock, real_stamp
from exchange.connection import Connection, connection
from exchange.faults import ON_CALLBACK, Faults
from exchange.rows import Problem, Webhook
from exchange.signature import sign
from exchange.writing import Writer

Params = Sequence[tuple[str, str]]
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
MAX_BODY = 64 * 1024
MAX_REDIRECTS = 10
DELIVERERS = 64
# shorter than servers keep an idle connection open (gunicorn: 2 s), or a callback may run into its closing
KEEP_ALIVE_S = 1.0


class WebhookFailed(Exception):
    """The server could not be asked or refused; `code` is Twilio's number for it."""

    def __init__(self, code: int, message: str, failure: str, status: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.failure, self.status = code, message, failure, status


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    url: str
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Hook:
    """One request to make: who asks (for the signature), about what, where and with which parameters, how late."""

    account: str
    token: str
    sid: str
    kind: str
    url: str
    params: Params = ()
    method: str = "POST"
    fax_key: str | None = None
    max_bytes: int = MAX_BODY
    wait_s: float = 0.0

    @property
    def about(self) -> str:
        """The number it is about."""
        return dict(self.params).get("To", "")


class Webhooks:
    """The exchange's way out."""

    def __init__(self, clock: Clock, ledger: Writer, faults: Faults) -> None:
        self._clock, self._ledger, self._faults = clock, ledger, faults
        self._waiting: dict[str, deque[Hook]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self.pending = self.asking = 0
        self._session: aiohttp.ClientSession | None = None
        self._deliverers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the connection pool and start delivering."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=200, ttl_dns_cache=60, keepalive_timeout=KEEP_ALIVE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
        )
        self._deliverers = [asyncio.create_task(self._deliver()) for _ in range(DELIVERERS)]

    async def stop(self) -> None:
        """Stop at once; what was not delivered stays undelivered."""
        for task in self._deliverers:
            task.cancel()
        await asyncio.gather(*self._deliverers, return_exceptions=True)
        if self._session:
            await self._session.close()

    def tell(self, hook: Hook, channel: str) -> None:
        """Deliver a status report when its turn comes."""
        fault = self._faults.take(ON_CALLBACK, channel, hook.about)
        if fault is None:
            self._queue(hook)
            return
        self._note(hook, 0, 0, 0.0, "", fault.kind)
        match fault.kind:
            case "double_callback":
                self._queue(hook)
                self._later(hook, fault.seconds)
            case "delay_callback":
                self._queue(replace(hook, wait_s=fault.seconds))
            case "reorder_callback":
                self._later(hook, fault.seconds)

    def _queue(self, hook: Hook) -> None:
        self.pending += 1
        if hook.sid in self._waiting:
            self._waiting[hook.sid].append(hook)
        else:
            self._waiting[hook.sid] = deque([hook])
            self._ready.put_nowait(hook.sid)

    def _later(self, hook: Hook, seconds: float) -> None:
        """Queue *hook* behind whatever has come by then; it counts as pending meanwhile."""
        if not seconds:
            self._queue(hook)
            return

        def now() -> None:
            self.pending -= 1
            self._queue(hook)

        self.pending += 1
        asyncio.get_running_loop().call_later(seconds, now)

    async def ask(self, hook: Hook) -> Reply:
        """Make the request now, with retries and redirects; a status of 400 or more is a failure."""
        wish, token = connection(hook.url), str(uuid.uuid4())
        self.asking += 1
        try:
            async with asyncio.timeout(wish.total_s * (1 if hook.kind == "twiml" else 1 + wish.retries)):
                for again in range(wish.retries + 1):
                    try:
                        return await self._follow(hook, wish, again + 1, token)
                    except WebhookFailed as failed:
                        if again == wish.retries or not wish.retries_on(failed.failure):
                            raise
        except TimeoutError as error:
            raise WebhookFailed(11200, f"no answer within {wish.total_s:g} s", "rt") from error
        finally:
            self.asking -= 1
        raise AssertionError("the last try returns or raises")

    async def _deliver(self) -> None:
        while True:
            sid = await self._ready.get()
            line = self._waiting[sid]
            hook = line.popleft()
            if hook.wait_s:  # its line waits, not the deliverer
                line.appendleft(replace(hook, wait_s=0.0))
                asyncio.get_running_loop().call_later(hook.wait_s, self._ready.put_nowait, sid)
                continue
            try:
                self._check(hook, await self.ask(hook))
            except WebhookFailed as failed:
                self.problem(hook.account, hook.sid, failed.code, failed.message, hook.url, "warning")
            finally:
                self.pending -= 1
                if line:
                    self._ready.put_nowait(sid)
                else:
                    del self._waiting[sid]

    def _check(self, hook: Hook, reply: Reply) -> None:
        """A report is to be answered with nothing or with TwiML."""
        if reply.body and hook.kind != "fax" and reply.content_type not in XML_TYPES:
            message = f"content type {reply.content_type or 'missing'}: answer 204, or 200 with text/xml"
            self.problem(hook.account, hook.sid, 15003, message, hook.url, "warning")

    async def _follow(self, hook: Hook, wish: Connection, try_: int, token: str) -> Reply:
        url, method = wish.url, hook.method
        for _ in range(MAX_REDIRECTS + 1):
            status, location, reply = await self._send(hook, wish, url, method, try_, token)
            if status not in (301, 302, 303, 307, 308) or not location:
                if status >= 400:
                    raise WebhookFailed(
                        11200, f"HTTP status {status}", "5xx" if status >= 500 else "4xx", status
                    )
                return reply
            url = urljoin(url, location)
            method = method if status in (307, 308) else "GET"
        raise WebhookFailed(11215, f"more than {MAX_REDIRECTS} HTTP redirects", "3xx")

    async def _send(
        self, hook: Hook, wish: Connection, url: str, method: str, try_: int, token: str
    ) -> tuple[int, str, Reply]:
        assert self._session
        url, body, headers = _compose(hook, url, method, token, first=url == wish.url)
        began, status, error = time.monotonic(), 0, ""
        limits = aiohttp.ClientTimeout(wish.total_s, sock_connect=wish.connect_s, sock_read=wish.read_s)
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=body,
                headers=headers,
                timeout=limits,
                allow_redirects=False,
            ) as answer:
                status = answer.status
                content = bytearray()
                while len(content) <= hook.max_bytes and (more := await answer.content.read(MAX_BODY)):
                    content += more
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return status, answer.headers.get("Location", ""), Reply(url, status, kind, bytes(content))
        except (aiohttp.ServerTimeoutError, TimeoutError) as timeout:
            connecting = isinstance(timeout, aiohttp.ConnectionTimeoutError)
            error = "connection timed out" if connecting else "no answer in time"
            raise WebhookFailed(
                11205 if connecting else 11200, error, "ct" if connecting else "rt"
            ) from timeout
        except aiohttp.ClientConnectorError as refused:
            error = "connection refused"
            raise WebhookFailed(11205, f"{error}: {url}", "ct") from refused
        except (aiohttp.ClientError, ValueError, LookupError) as broken:
            error = type(broken).__name__
            raise WebhookFailed(11200, f"the answer was cut off or is no HTTP ({error})", "rt") from broken
        except asyncio.CancelledError:
            error = "gave up"
            raise
        finally:
            self._note(hook, try_, status, time.monotonic() - began, error, "", url, body or "", method)

    def problem(
        self, account: str, sid: str, code: int, message: str, url: str, level: str = "error"
    ) -> None:
        """Write a mistake or warning to the ledger."""
        row = Problem(self._clock.stamp(), real_stamp(), account, sid, code, level, url, message)
        self._ledger.save(row)

    def _note(
        self,
        hook: Hook,
        try_: int,
        status: int,
        took_s: float,
        error: str,
        fault: str,
        url: str = "",
        body: str = "",
        method: str = "",
    ) -> None:
        where, how = url or hook.url, method or hook.method
        stamp, ms = self._clock.stamp(), int(took_s * 1000)
        row = Webhook(
            stamp, real_stamp(), hook.sid, hook.kind, how, where, body, try_, status, ms, error, fault
        )
        self._ledger.save(row)


def _compose(
    hook: Hook, url: str, method: str, token: str, *, first: bool
) -> tuple[str, str | None, dict[str, str]]:
    """URL, body and signed headers of one request; after a redirect to GET the parameters are gone."""
    if method == "GET" and first and hook.params:
        url += ("&" if urlsplit(url).query else "?") + urlencode(hook.params)
    signed = hook.params if method == "POST" else ()
    headers = {"X-Twilio-Signature": sign(hook.token, url, signed), "I-Twilio-Idempotency-Token": token}
    if hook.fax_key:
        headers["X-SignalWire-Signature"] = sign(hook.fax_key, url, signed)
    if method != "POST":
        return url, None, headers
    headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    return url, urlencode(hook.params), headers
