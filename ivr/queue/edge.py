"""What the queue's webhooks share: whose offer they are about, how a talk ends, and how they fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

from flask import Response, current_app, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from core import clock
from core.db import ALL_TENANTS
from core.errors import NotFound
from core.runtime import runtime
from ivr import replying
from ivr.queue import offering
from ivr.queue.floor import Floor
from ivr.queue.offering import Offered
from ivr.voices import VOICES

SILENT = (
    "ivr_agents.heard_of", "ivr_agents.rang", "ivr_agents.room", "ivr_standby.leg", "ivr_standby.room",
)  # fmt: skip
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


def finish(find: Callable[[Session], Offered | None], at: datetime) -> None:
    """The talk of an offer is over, or will never be: whoever waits in the room alone goes on in their flow."""
    with runtime().database.session(ALL_TENANTS) as session:
        fresh = find(session)
        is_alone = fresh is not None and fresh.waiter.state == "assigned"
        news = fresh is not None and offering.finish(session, fresh, at)
    if fresh is None or not news:
        return
    if is_alone:
        floor().send_on(fresh)
    floor().wake(fresh.offer.tenant_id)


def instant_told() -> datetime:
    """When the carrier says that it happened."""
    try:
        return parsedate_to_datetime(request.form.get("Timestamp", ""))
    except ValueError:
        return clock.now()


def failed(error: Exception) -> AnyResponse | tuple[Response, int]:
    """An apology for whoever is on the telephone; for a machine, whether to send the same again."""
    return replying.failed(error, SILENT, tuple(VOICES))
