"""
What the queue's webhooks share: whose offer they are about, how they write down what happened, and how they fail.

Without the database nobody on the line is sent away: agents and customers who need it for what comes next hear that they are to
stay, and are asked again in a moment.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from flask import Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from core import clock
from core.db import ALL_TENANTS
from core.errors import NotFound
from core.runtime import runtime
from flows.language.turn import Gather
from ivr import replying, twiml
from ivr.queue import happening, offering
from ivr.queue.floor import Floor
from ivr.queue.offering import Offered
from ivr.queue.words import say
from ivr.twiml import Urls
from ivr.voices import VOICES

SILENT = (
    "ivr_agents.heard_of", "ivr_agents.rang", "ivr_agents.room", "ivr_standby.leg", "ivr_standby.room",
)  # fmt: skip
"""Views that answer a machine, not a person."""
AGAIN = {
    "ivr_agents.offer": "/ivr/queue/offer/",
    "ivr_agents.take": "/ivr/queue/offer/",
    "ivr_agents.called": "/ivr/queue/called/",
    "ivr_standby.begin": "/ivr/standby/begin/",
    "ivr_standby.ready": "/ivr/standby/begin/",
    "ivr_standby.on": "/ivr/standby/next/",
}
"""Views that need the database for what somebody hears next, and where they go on once it is back."""
AWAY = (SQLAlchemyError, OSError)
WAITS_S = 5
ROOM = {"conference-start": "start", "conference-end": "end"}
"""What happens in a room, in the carrier's words."""


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


def tell(what: str, at: datetime, **about: Any) -> None:
    """Something happened (happening.py): it is written down and acted on, or kept until the database is back."""
    entry = {"what": what, "at": at.isoformat(), **about}
    try:
        with runtime().database.session(ALL_TENANTS) as session:
            happened = happening.apply(session, entry)
    except AWAY as error:
        current_app.logger.error("the queue is told later: %s", type(error).__name__)
        runtime().spool.append("queue", entry)
        return
    if happened is None:
        return
    if happened.is_alone:
        floor().send_on(happened.found)
    floor().wake(happened.found.offer.tenant_id)


def instant_told() -> datetime:
    """When the carrier says that it happened."""
    try:
        return parsedate_to_datetime(request.form.get("Timestamp", ""))
    except ValueError:
        return clock.now()


def failed(error: Exception) -> AnyResponse | tuple[Response, int]:
    """What somebody on the telephone hears then; for a machine, whether to send the same again."""
    again = AGAIN.get(request.endpoint or "")
    if again and isinstance(error, AWAY):
        current_app.logger.error("%s: the database does not answer", request.endpoint)
        place = "/".join(str(part) for part in (request.view_args or {}).values())
        stay = Gather((say("hold", "en"), say("hold", "zh")), 1, "", WAITS_S)
        return replying.spoken(twiml.render((stay,), Urls(turn=runtime().url(again + place)), VOICES))
    return replying.failed(error, SILENT, tuple(VOICES))
