"""The control API under /exchange: play a subscriber, read a transcript, order a fault, ask whether all is quiet.

Basic auth of any account; `healthz` needs none.

    POST /exchange/calls   From, To, Keys ("1,5,,9": one entry a Gather); HangUpAfter, Patience (seconds in a queue),
                           MessageSeconds (optional)
    POST /exchange/texts   From, To, Body
    POST /exchange/faults  kind, channel, to, count, skip, percent, seconds, after_s (see faults.py)
    GET  /exchange/calls/{sid}   {"sid", "status", "direction", "ended_by", "steps": [{"said": ...}, {"key": "1"} ...]}
    GET  /exchange/idle          {"idle": true, "queued": 0, "calls": 0, ...}
    GET  /exchange/healthz       {"status": "ok"}
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from exchange import texts
from exchange.calls import ring_in
from exchange.faults import Fault
from exchange.ledger import Where
from exchange.population import Entry
from exchange.rest.errors import Refusal
from exchange.rest.form import Form
from exchange.rest.numbers import E164
from exchange.rest.serving import Desk
from exchange.rows import Call, Step
from exchange.subscribers import Party
from exchange.switch import Switch

Act = Callable[[Switch, Form, str], Awaitable[dict[str, Any]]]
KEYS = TypeAdapter(list[Entry])


def routes(switch: Switch, desk: Desk) -> list[web.RouteDef]:
    """The control API's routes."""

    def act(action: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                desk.sign_in(request)
                form = Form((await request.read()).decode(errors="replace"))
                return web.json_response(await action(switch, form, request.match_info.get("sid", "")))
            except Refusal as refusal:
                return web.json_response(refusal.body(), status=refusal.status)

        return handle

    async def healthy(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    return [
        web.post("/exchange/calls", act(_call)),
        web.post("/exchange/texts", act(_text)),
        web.post("/exchange/faults", act(_fault)),
        web.get("/exchange/calls/{sid}", act(_transcript)),
        web.get("/exchange/idle", act(_idle)),
        web.get("/exchange/healthz", healthy),
    ]


async def _call(switch: Switch, form: Form, sid: str) -> dict[str, Any]:
    from_, to = _parties(form)
    try:
        keys = KEYS.validate_python(form.text("Keys").split(",") if form.text("Keys") else [])
    except ValidationError as error:
        raise Refusal(20001, "Keys: digits, * and # with commas between Gathers, such as 1,5,,9") from error
    after_s = form.whole("HangUpAfter", 0, 1, 86_400)
    party = Party(
        keys=keys,
        hang_up_after_s=after_s or None,
        patience_s=form.whole("Patience", 0, 1, 86_400) or None,
        message_s=form.whole("MessageSeconds", 8, 0, 3600),
    )
    call = ring_in(switch, from_, to, party)
    if call is None:
        raise Refusal(20001, f"{to} has no voice_url in the population")
    await switch.writer.committed()
    return {"sid": call.sid}


async def _text(switch: Switch, form: Form, sid: str) -> dict[str, Any]:
    from_, to = _parties(form)
    text = await texts.receive(switch, from_, to, form.text("Body"))
    if text is None:
        raise Refusal(20001, f"{to} is not a number in the population")
    await switch.writer.committed()
    return {"sid": text.sid}


async def _fault(switch: Switch, form: Form, sid: str) -> dict[str, Any]:
    try:
        fault = Fault.model_validate({name: form.text(name) for name in form.names()})
    except ValidationError as error:
        first = error.errors()[0]
        raise Refusal(20001, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    switch.faults.order(fault)
    return {"ordered": fault.model_dump()}


async def _transcript(switch: Switch, form: Form, sid: str) -> dict[str, Any]:
    await switch.writer.committed()
    calls = await asyncio.to_thread(switch.book.rows, Call, Where("sid = ?", (sid,)))
    if not calls:
        raise Refusal(20404, f"/exchange/calls/{sid}")
    steps = await asyncio.to_thread(switch.book.rows, Step, Where("call = ?", (sid,)))
    return {
        "sid": sid,
        "status": calls[0].status,
        "direction": calls[0].direction,
        "ended_by": calls[0].ended_by,
        "steps": [{step.kind: step.value} for step in steps],
    }


async def _idle(switch: Switch, form: Form, sid: str) -> dict[str, Any]:
    await switch.writer.committed()
    activity = switch.activity()
    return {"idle": not any(activity.values()), **activity}


def _parties(form: Form) -> tuple[str, str]:
    for name in ("From", "To"):
        if not E164.fullmatch(form.text(name)):
            raise Refusal(20001, f"{name}: {form.text(name)!r} is no telephone number; write +15551234567")
    return form.text("From"), form.text("To")
