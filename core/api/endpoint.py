"""`@endpoint`: what happens between the socket and a view, in this order: key, limit, role, size, repeat, check, work, answer."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import wraps
from typing import Any, BinaryIO, cast

from flask import Response, g, request
from pydantic import BaseModel
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response as BaseResponse

from core import phone
from core.api import checks, keys, repeating
from core.api.document import Described
from core.api.keys import Caller
from core.api.repeating import Answer, Claim
from core.db import ScopedSession
from core.errors import Forbidden, NotAuthenticated
from core.models import ROLES
from core.runtime import runtime

MAX_BODY_BYTES = 256 * 1024
CHUNK = 1 << 20
EVERYONE = tuple(ROLES)


def caller() -> Caller:
    """The program this request comes from."""
    found: Caller | None = g.get("caller")
    if found is None:
        raise NotAuthenticated("not_authenticated")
    return found


def number(address: str) -> str:
    """A telephone number as the key's role may read it: whole, or masked."""
    return address if caller().may_read_numbers else phone.masked(address)


def writing() -> ScopedSession:
    """The one transaction of this request: begun when first asked for, committed together with the kept answer."""
    if "writing" not in g:
        g.writing = g.stack.enter_context(runtime().database.session(caller().tenant_id))
    found: ScopedSession = g.writing
    return found


def endpoint(
    *roles: str,
    tag: str,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    raw: bool = False,
    max_file_bytes: int = 0,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    location: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., BaseResponse]]:
    """
    Open a view to keys with one of *roles*.

    It gets what was sent as *query* and *body*; one with *raw* reads the request itself, *body* is then only described; one with
    *max_file_bytes* finds the file that is the request's body with `sent_file`. What it returns is answered with *status*, its
    address by *location* (such as /api/v1/customers/{id}).
    """
    if not roles or set(roles) - ROLES.keys():
        raise ValueError(f"no such roles: {roles}")

    def mark(view: Callable[..., Any]) -> Callable[..., BaseResponse]:
        @wraps(view)
        def run(**arguments: Any) -> BaseResponse:
            _let_in(roles)
            _refuse_packed()
            request.max_content_length = max_file_bytes or MAX_BODY_BYTES

            def work() -> BaseResponse:
                if query:
                    arguments["query"] = checks.read_query(query, dict(request.args.lists()))
                if body and not raw and not max_file_bytes:
                    arguments["body"] = checks.read_json(body, _json(), caller().tenant.region)
                return _answered(view(**arguments), status, location)

            return _once(work, is_file=bool(max_file_bytes))

        cast(Any, run).roles = frozenset(roles)
        cast(Any, run).described = Described(tag, query, body, answer, status)
        return run

    return mark


def _let_in(roles: tuple[str, ...]) -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    database = runtime().database
    g.caller = keys.holder(database, token.strip() if kind.casefold() == "bearer" else "")
    keys.count_request(database, g.caller, runtime().config.api_requests_per_minute)
    if g.caller.role not in roles:
        raise Forbidden(
            "not_allowed",
            "a key of role {role} may not do this; {roles} may",
            role=g.caller.role,
            roles=roles,
        )


def _refuse_packed() -> None:
    """Nothing is unpacked here: a small body stays one."""
    if request.headers.get("Content-Encoding", "identity").strip().casefold() not in ("", "identity"):
        raise UnsupportedMediaType("send the body as it is, without Content-Encoding")


def _json() -> bytes:
    """The body; one of which every field may be left out may itself be left out."""
    sent = request.get_data()
    if sent and request.mimetype != "application/json":
        raise UnsupportedMediaType("send JSON, with Content-Type: application/json")
    return sent


def _once(work: Callable[[], BaseResponse], *, is_file: bool) -> BaseResponse:
    """Do *work* in its transaction; for a POST with an Idempotency-Key only if that was not done before."""
    with ExitStack() as received:
        body = _receive_file(received) if is_file else request.get_data()
        return _done(work, body)


def _done(work: Callable[[], BaseResponse], body: bytes) -> BaseResponse:
    name = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    claim: Claim | None = None
    if name is not None:
        begun = repeating.begin(runtime().database, caller(), name, _hash(body))
        if isinstance(begun, Answer):
            return Response(begun.body, begun.status, {**begun.headers, "Idempotent-Replayed": "true"})
        claim = begun
    try:
        with ExitStack() as stack:
            g.stack = stack
            g.pop("writing", None)
            done = work()
            if claim:
                repeating.keep(writing(), claim, _kept(done))
    except BaseException:
        if claim:
            repeating.give_up(runtime().database, caller().tenant_id, claim)
        raise
    return done


def _receive_file(received: ExitStack) -> bytes:
    """Keep the body in a file of this request; the hash of what it holds."""
    folder = runtime().config.state_dir.absolute() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    g.sent_file = received.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115  # closed with the request
    digest = hashlib.sha256()
    while chunk := request.stream.read(CHUNK):
        digest.update(chunk)
        g.sent_file.write(chunk)
    g.sent_file.seek(0)
    return digest.digest()


def sent_file() -> BinaryIO:
    """The file that is this request's body, for a view with *max_file_bytes*."""
    found: BinaryIO = g.sent_file
    return found


def _hash(body: bytes) -> str:
    """What makes a request the same: its method, address, media type and body."""
    parts = [request.method, request.full_path, request.mimetype]
    return hashlib.sha256("\n".join(parts).encode(errors="replace") + b"\n" + body).hexdigest()


def _kept(done: BaseResponse) -> Answer:
    headers: Mapping[str, str] = {
        n: done.headers[n] for n in ("Content-Type", "Location") if n in done.headers
    }
    return Answer(done.status_code, done.get_data(as_text=True), headers)


def _answered(found: Any, status: int, location: str) -> BaseResponse:
    if isinstance(found, BaseResponse):
        return found
    if found is None:
        return Response(status=204)
    answer = Response(found.model_dump_json(), status, mimetype="application/json")
    if location:  # where it is, or will be
        answer.headers["Location"] = location.format(**found.model_dump(include={"id"}))
    answer.headers["Cache-Control"] = "no-store"
    return answer
