"""How the webhooks of calls answer: a document to be played, and, whatever fails, never an error page in somebody's ear."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask import Response, current_app, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from core.errors import CarillonError
from core.web import problem
from ivr.apology import sorry


def spoken(document: str) -> Response:
    """A document to be played."""
    return Response(document, mimetype="text/xml")


def whole(text: str | None) -> int:
    """A count of seconds as the carrier writes it; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0


def failed(
    error: Exception, silent: Collection[str], languages: Sequence[str]
) -> AnyResponse | tuple[Response, int]:
    """
    An apology in *languages* for whoever is on the telephone. Views in *silent* answer a machine: it is told whether to send
    the same again.
    """
    if isinstance(error, CarillonError) and error.code == "bad_signature":
        return problem(error.status, error.code, error.message)
    if isinstance(error, HTTPException):
        return problem(
            error.code or 500, error.name.lower().replace(" ", "_"), error.description or error.name
        )
    if isinstance(error, CarillonError):
        current_app.logger.error("%s: %s", request.endpoint, error.message)
    elif isinstance(error, OperationalError):
        current_app.logger.error("%s: the database does not answer", request.endpoint)
    else:
        current_app.logger.exception("%s: %s", request.endpoint, type(error).__name__)
    if request.endpoint not in silent:
        return spoken(sorry(languages))
    if isinstance(error, CarillonError) and error.status < 500:
        return problem(error.status, error.code, error.message)
    return problem(503, "not_kept", "this report could not be kept just now; send it again")
