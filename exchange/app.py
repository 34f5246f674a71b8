"""The exchange's web application: every route, REST and control."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from exchange import control
from exchange.rest import accounts, calls, conferences, faxes, messages, queues
from exchange.rest.errors import Refusal
from exchange.rest.serving import MAX_REQUEST, Desk
from exchange.switch import Switch

PREFIXES = ("/2010-04-01", "/api/laml/2010-04-01")
END = r"{json:(\.json)?}"
SID = r"{sid:[^/.]+}"
OTHER = r"{other:[^/.]+}"


def build(switch: Switch) -> web.Application:
    """The application that serves *switch*."""
    app = web.Application(client_max_size=MAX_REQUEST, middlewares=[_in_our_words])
    desk = Desk(switch)
    for prefix in PREFIXES:
        app.add_routes(_rest(f"{prefix}/Accounts/" + r"{account:[^/.]+}", desk))
    app.add_routes(control.routes(switch, desk))
    return app


def _rest(base: str, desk: Desk) -> list[web.RouteDef]:
    on = desk.handler
    return [
        web.post(f"{base}/Messages{END}", on(messages.create, "texts")),
        web.post(f"{base}/Calls{END}", on(calls.create, "calls")),
        web.post(f"{base}/Faxes{END}", on(faxes.create, "faxes")),
        web.get(f"{base}/Messages{END}", on(messages.listing)),
        web.get(f"{base}/Messages/{SID}{END}", on(messages.fetch)),
        web.get(f"{base}/Calls{END}", on(calls.listing)),
        web.get(f"{base}/Calls/{SID}{END}", on(calls.fetch)),
        web.post(f"{base}/Calls/{SID}{END}", on(calls.update)),
        web.get(f"{base}/Faxes{END}", on(faxes.listing)),
        web.get(f"{base}/Faxes/{SID}{END}", on(faxes.fetch)),
        web.post(f"{base}/Faxes/{SID}{END}", on(faxes.update)),
        web.get(f"{base}/Queues{END}", on(queues.listing)),
        web.get(f"{base}/Queues/{SID}{END}", on(queues.fetch)),
        web.get(f"{base}/Queues/{SID}/Members{END}", on(queues.members)),
        web.get(f"{base}/Queues/{SID}/Members/{OTHER}{END}", on(queues.member)),
        web.post(f"{base}/Queues/{SID}/Members/{OTHER}{END}", on(queues.dequeue)),
        web.get(f"{base}/Conferences{END}", on(conferences.listing)),
        web.get(f"{base}/Conferences/{SID}{END}", on(conferences.fetch)),
        web.post(f"{base}/Conferences/{SID}{END}", on(conferences.update)),
        web.get(f"{base}/Conferences/{SID}/Participants{END}", on(conferences.participants)),
        web.get(f"{base}/Conferences/{SID}/Participants/{OTHER}{END}", on(conferences.participant)),
        web.delete(f"{base}/Conferences/{SID}/Participants/{OTHER}{END}", on(conferences.remove)),
        web.get(f"{base}/Recordings{END}", on(accounts.recording_list)),
        web.get(f"{base}/Recordings/{SID}" + r"{sound:\.(?:wav|mp3)}", on(accounts.recording_sound)),
        web.get(f"{base}/Recordings/{SID}.json", on(accounts.recording)),
        web.delete(f"{base}/Recordings/{SID}.json", on(accounts.recording_delete)),
        web.get(f"{base}/Recordings/{SID}", on(accounts.recording_sound)),
        web.get(f"{base}/IncomingPhoneNumbers{END}", on(accounts.phone_numbers)),
        web.get(f"{base}{END}", on(accounts.account)),
    ]


@web.middleware
async def _in_our_words(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Say unknown paths and methods in Twilio's error body."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        refusal = Refusal(20404, request.path)
    except web.HTTPMethodNotAllowed:
        refusal = Refusal(20004)
    except web.HTTPRequestEntityTooLarge:
        refusal = Refusal(20413, MAX_REQUEST)
    return web.json_response(refusal.body(), status=refusal.status)
