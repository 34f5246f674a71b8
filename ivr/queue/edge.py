"""What the queue's webhooks share: how they answer, how they fail, and whose offer they are about."""

from __future__ import annotations

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from core.db import ALL_TENANTS
from core.errors import CarillonError, NotFound
from core.runtime import runtime
from core.web import problem
from ivr.apology import sorry
from ivr.queue import offering
from ivr.queue.floor import Floor
from ivr.queue.offering import Offered
from ivr.voices import VOICES

SILENT = ("ivr_agents.heard_of", "ivr_agents.rang", "ivr_agents.room")
"""Views that answer a machine, not a person."""


def floor() -> Floor:
    """The floor of the application that serves this request."""
    found: Floor = current_app.extensions["floor"]
    return found


def offered(token: str) -> Offered:
    """The offer of this token. Raises NotFound."""
    with runtime().database.reading(ALL_TENANTS) as session:
        found = offering.by_token(session, token[:40])
    if found is None:
        raise NotFound("no_offer", "nobody was offered this")
    return found


def spoken(document: str) -> Response:
    """A document to be played."""
    return Response(document, mimetype="text/xml")


def whole(text: str | None) -> int:
    """A count of seconds as the carrier writes it; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0


def failed(error: Exception) -> AnyResponse | tuple[Response, int]:
    """An apology for whoever is on the telephone; for a machine, that it may try again."""
    if isinstance(error, CarillonError) and error.code == "bad_signature":
        return problem(error.status, error.code, error.message)
    if isinstance(error, HTTPException):
        return problem(
            error.code or 500, error.name.lower().replace(" ", "_"), error.description or error.name
        )
    if isinstance(error, CarillonError):
        current_app.logger.error("%s: %s", request.endpoint, error.message)
    else:
        current_app.logger.exception("%s: %s", request.endpoint, type(error).__name__)
    if request.endpoint not in SILENT:
        return spoken(sorry(tuple(VOICES)))
    return problem(503, "not_kept", "this report could not be kept just now; send it again")
