"""
The web's edge: who signed a webhook, how errors are answered, what headers every answer carries.

Signatures are checked against the configured PUBLIC_URL, never against what the Host header claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from core import clock
from core.db import ALL_TENANTS, Database
from core.errors import CarillonError, Fault, Forbidden, WrongFields
from core.languages import LANGUAGES, in_language
from core.models import CarrierHealth, Host
from core.runtime import runtime

MAX_WEBHOOK_BYTES = 64 * 1024
# a worker says every five seconds that it is alive
WORKER_SILENT = timedelta(seconds=60)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
        " media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
bp = Blueprint("web", __name__)
View = Callable[..., Any]


def signed(view: View) -> View:
    """
    Let a webhook in only if the carrier of its `channel` signed it; 403 otherwise, and nothing is done.

    The channel is the view's argument of that name, else voice.
    """

    @wraps(view)
    def checked(**arguments: Any) -> Any:
        request.max_content_length = MAX_WEBHOOK_BYTES
        carrier = runtime().carriers.get(arguments.get("channel", "voice"))
        form = dict(request.form.lists())
        if carrier is None or not carrier.verify(requested_url(), form, request.headers):
            raise Forbidden("bad_signature", "this request was not signed by the carrier")
        return view(**arguments)

    return checked


def requested_url() -> str:
    """The URL as the carrier asked for it: ours, with path and query untouched."""
    raw = str(
        request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    )
    return runtime().url(raw if raw.startswith("/") else "/" + raw.split("/", 3)[-1])


@bp.get("/healthz")
def healthz() -> Response:
    """Whether this process serves at all."""
    return jsonify(ok=True)


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """
    Whether the database answers, a worker is alive and found the carriers well; 503 if not. For people and deployments: the
    hotline goes on either way, so a load balancer asks /healthz.
    """
    database = runtime().database
    is_up = database.is_up()
    parts = {"worker": is_up and _has_worker(database), "carriers": is_up and _carriers_are_well(database)}
    return jsonify(database=is_up, **parts), 200 if is_up and all(parts.values()) else 503


def _carriers_are_well(database: Database) -> bool:
    with database.reading(ALL_TENANTS) as session:
        return session.scalar(select(CarrierHealth.id).where(CarrierHealth.problem != "").limit(1)) is None


def _has_worker(database: Database) -> bool:
    with database.reading(ALL_TENANTS) as session:
        alive = Host.seen_at > clock.real() - WORKER_SILENT
        return session.scalar(select(Host.id).where(Host.role == "worker", alive).limit(1)) is not None


def problem(
    status: int,
    code: str,
    message: str,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> tuple[Response, int]:
    """An error as RFC 9457 JSON in the language asked for; *code* is ours to script against, *faults* name every wrong field."""
    language = asked_language()
    told = {
        "type": "about:blank",
        "title": in_language(HTTP_STATUS_CODES.get(status, "Error"), language),
        "status": status,
        "detail": in_language(message, language),
        "code": code,
    }
    named = [Fault(fault.field, fault.code, in_language(fault.detail, language)) for fault in faults]
    answer = jsonify({**told, "errors": [asdict(fault) for fault in named]} if named else told)
    answer.mimetype = "application/problem+json"
    answer.headers.update({**(headers or {}), "Content-Language": language})
    answer.vary.add("Accept-Language")
    return answer, status


def asked_language() -> str:
    """The language a program asks for (RFC 9110, Accept-Language), else the first of ours."""
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _ours(error: CarillonError) -> tuple[Response, int]:
    faults = error.faults if isinstance(error, WrongFields) else ()
    return problem(error.status, error.code, error.message, faults, error.headers)


def init_app(app: Flask) -> None:
    """Give *app* its headers and its answers to errors."""
    app.register_blueprint(bp)
    app.after_request(_add_headers)
    app.register_error_handler(CarillonError, _ours)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(
        HTTPException,
        lambda e: problem(e.code or 500, e.name.lower().replace(" ", "_"), e.description or e.name),
    )
    app.register_error_handler(Exception, _surprise)


def _add_headers(answer: Response) -> Response:
    answer.headers.extend(HEADERS)
    return answer


def _database_away(error: DBAPIError) -> tuple[Response, int]:
    current_app.logger.error("database: %s", type(error.orig).__name__)
    return problem(503, "database_away", "the database does not answer just now; try again in a moment")


def _surprise(error: Exception) -> tuple[Response, int]:
    current_app.logger.exception("unexpected: %s", type(error).__name__)
    return problem(500, "unexpected", "something went wrong on our side; it has been logged")
