"""From an HTTP request to an endpoint and back: sign-in, limits, ordered faults, error bodies, the record of it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import math
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from exchange.clock import real_stamp
from exchange.faults import ON_REQUEST, READS, Fault
from exchange.population import Account
from exchange.rest.errors import Refusal
from exchange.rest.form import Form
from exchange.rows import Request
from exchange.switch import Switch

MAX_REQUEST = 256 * 1024
REFUSED = {"refuse_503": 20503, "refuse_429": 20429}
RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that has signed in; *other* is the sid of a part of *sid*."""

    switch: Switch
    account: Account
    sid: str
    other: str
    form: Form
    path: str
    query: str


SILENCE = Fault(kind="away_silent")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON, or bytes of another type."""

    status: int
    content: dict[str, Any] | bytes | None
    sid: str = ""
    kind: str = "application/json"


Endpoint = Callable[[Ask], Awaitable[Answer]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """Serves endpoints for one switch."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._busy: Counter[str] = Counter()

    def handler(self, endpoint: Endpoint, creates: str = "") -> Handler:
        """An aiohttp handler for *endpoint*; *creates* names the channel of one that makes a contact."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if not self._switch.talks.is_set():
                await self._stay_silent(request)
                return web.Response(status=503)
            return await self._serve(request, endpoint, creates)

        return handle

    async def _stay_silent(self, request: web.Request) -> None:
        """Write down who asked, and nothing else, until the outage is over."""
        account = request.match_info["account"]
        with suppress(Refusal):
            self._record(request, account, await self._admit(request, account), Answer(0, None), SILENCE)
        await self._switch.talks.wait()
        reset(request.transport)

    async def _serve(self, request: web.Request, endpoint: Endpoint, creates: str) -> web.StreamResponse:
        account = request.match_info["account"]
        self._busy[account] += 1
        try:
            return await self._answer(request, endpoint, creates, account)
        finally:
            self._busy[account] -= 1

    async def _answer(
        self, request: web.Request, endpoint: Endpoint, creates: str, account: str
    ) -> web.StreamResponse:
        ask: Ask | None = None
        fault = None
        try:
            ask = await self._admit(request, account)
            fault = self._switch.faults.take(ON_REQUEST, creates or READS, _about(ask))
            answer = await self._carried_out(ask, endpoint, fault)
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.body())
        self._record(request, account, ask, answer, fault)
        return await self._disturbed(request, fault) or self._response(answer, account, fault)

    async def _carried_out(self, ask: Ask, endpoint: Endpoint, fault: Fault | None) -> Answer:
        """What *endpoint* answers, unless it is not even to be asked."""
        match fault.kind if fault else "":
            case "refuse_503" | "refuse_429" as kind:
                raise Refusal(REFUSED[kind])
            case "error_before":
                return Answer(500, None)
            case "reset_before":
                return Answer(0, None)
            case "accept_late":
                await asyncio.sleep(fault.seconds if fault else 0)
        return await endpoint(ask)

    async def _disturbed(self, request: web.Request, fault: Fault | None) -> web.Response | None:
        """What comes instead of the answer; None: the answer, perhaps late."""
        match fault.kind if fault else "":
            case "delay_answer":
                await asyncio.sleep(fault.seconds if fault else 0)
            case "error_before" | "error_after":
                return web.Response(status=500, text="Internal Server Error")
            case "drop_answer" if request.transport:
                request.transport.abort()
            case "reset_before" | "reset_after":
                reset(request.transport)
        return None

    async def _admit(self, request: web.Request, sid: str) -> Ask:
        account = self.sign_in(request)
        if account.sid != sid:
            raise Refusal(20003)
        limit = account.max_concurrent_requests
        if limit and self._busy[sid] > limit:
            raise Refusal(20429)
        try:
            body = await request.read() if request.method == "POST" else b""
            form = Form(body.decode() if request.method == "POST" else request.rel_url.raw_query_string)
        except web.HTTPRequestEntityTooLarge as error:
            raise Refusal(20413, MAX_REQUEST) from error
        except UnicodeDecodeError as error:
            raise Refusal(20001, "The parameters are not urlencoded UTF-8") from error
        path = request.rel_url.raw_path
        return Ask(
            self._switch,
            account,
            request.match_info.get("sid", ""),
            request.match_info.get("other", ""),
            form,
            path,
            request.rel_url.raw_query_string,
        )

    def sign_in(self, request: web.Request) -> Account:
        """The account whose sid and token the request carries."""
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError) as error:
            raise Refusal(20003) from error
        account = self._switch.accounts.get(user)
        if scheme.lower() != "basic" or account is None:
            raise Refusal(20003)
        if not hmac.compare_digest(token.encode(), account.token.encode()):
            raise Refusal(20003)
        return account

    def _record(
        self, request: web.Request, sid: str, ask: Ask | None, answer: Answer, fault: Fault | None
    ) -> None:
        content = answer.content if isinstance(answer.content, dict) else {}
        self._switch.writer.save(
            Request(
                at=self._switch.clock.stamp(),
                real_at=real_stamp(),
                account=sid,
                method=request.method,
                path=request.path,
                to=ask.form.text("To") if ask else "",
                from_=ask.form.text("From") if ask else "",
                status=answer.status,
                code=content.get("code", 0) if answer.status >= 400 else 0,
                sid=answer.sid,
                fault=fault.kind if fault else "",
            )
        )

    def _response(self, answer: Answer, sid: str, fault: Fault | None) -> web.Response:
        headers = {
            "Twilio-Request-Id": self._switch.new_sid("RQ"),
            "Twilio-Concurrent-Requests": str(self._busy[sid]),
        }
        if answer.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        if fault and fault.kind == "refuse_429" and fault.seconds:
            headers["Retry-After"] = str(math.ceil(fault.seconds))
        if isinstance(answer.content, dict):
            body = json.dumps(answer.content, ensure_ascii=False).encode()
        else:
            body = answer.content or b""
        return web.Response(status=answer.status or 500, body=body, headers=headers, content_type=answer.kind)


def _about(ask: Ask) -> str:
    """The number a request is about; the sid of a resource where it names one."""
    return ask.form.text("To") or ask.sid


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Close a connection by TCP RST."""
    if isinstance(transport, asyncio.Transport):
        with suppress(OSError):  # closed by the other side already
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()
