"""What the queue's webhooks share: whose offer they are about, and how they fail."""

from __future__ import annotations

from flask import Response, current_app
from werkzeug.wrappers import Response as AnyResponse

from core.db import ALL_TENANTS
from core.errors import NotFound
from core.runtime import runtime
from ivr import replying
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


def failed(error: Exception) -> AnyResponse | tuple[Response, int]:
    """An apology for whoever is on the telephone; for a machine, whether to send the same again."""
    return replying.failed(error, SILENT, tuple(VOICES))
