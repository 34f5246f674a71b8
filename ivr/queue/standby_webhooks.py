"""
What the carrier asks of agents who stand by: whether it is them, which room they wait in, and what becomes of it. Every request is
signed or answered 403.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from core import clock
from core.carriers.words import end_of
from core.db import ALL_TENANTS
from core.errors import NotFound
from core.models import Staff
from core.runtime import runtime
from core.web import signed
from flows.language.turn import Gather, Hangup, Instruction, Meet, Pause
from ivr import twiml
from ivr.queue import stand_bys
from ivr.queue.edge import ROOM, failed, floor, instant_told, tell
from ivr.queue.stand_bys import Standing, room_of
from ivr.queue.words import say
from ivr.replying import spoken
from ivr.twiml import Urls
from ivr.voices import VOICES

bp = Blueprint("ivr_standby", __name__, url_prefix="/ivr/standby")
bp.register_error_handler(Exception, failed)
LISTENS_S = 5


def _standing(token: str) -> Standing:
    with runtime().database.reading(ALL_TENANTS) as session:
        found = stand_bys.by_token(session, token[:40])
    if found is None:
        raise NotFound("no_stand_by", "nobody was asked to stand by")
    return found


@bp.post("/begin/<token>")
@signed
def begin(token: str) -> Response:
    """Somebody has answered an agent's telephone: is it them?"""
    found = _standing(token)
    if found.stand_by.state != "ringing":
        return _ended(found)
    asked = say("stand_by", _language(found), team=found.team.name)
    urls = Urls(turn=runtime().url(f"/ivr/standby/ready/{token}"))
    return _said((Gather((asked, Pause(2), asked), 1, "", LISTENS_S),), urls)


@bp.post("/ready/<token>")
@signed
def ready(token: str) -> Response:
    """The agent has pressed 1, another key, or none."""
    found = _standing(token)
    with runtime().database.session(found.agent.tenant_id) as session:
        fresh = stand_bys.by_token(session, found.stand_by.token)
        is_there = (
            fresh is not None and request.form.get("Digits", "") == "1" and stand_bys.ready(session, fresh)
        )
        if fresh is not None and not is_there:
            stand_bys.over(session, fresh, clock.now())
    if not is_there:
        return _ended(found)
    floor().pace(found.agent.tenant_id)
    return _waits(found)


@bp.post("/next/<token>/<int:number>")
@signed
def on(token: str, number: int) -> Response:
    """The agent is out of room *number*: the talk is over, and they wait in the next one."""
    found = _standing(token)
    tell("end", clock.now(), room=room_of(found.stand_by.id, number))
    with runtime().database.session(found.agent.tenant_id) as session:
        fresh = stand_bys.next_room(session, found, number)
    return _waits(fresh) if fresh else _ended(found)


@bp.post("/leg/<token>")
@signed
def leg(token: str) -> tuple[str, int]:
    """The carrier's word about the agent's leg: over, they stand by no more."""
    found, now = _standing(token), clock.now()
    if end_of("voice", request.form.get("CallStatus", "")):
        tell("end", now, room=found.room)
        with runtime().database.session(found.agent.tenant_id) as session:
            stand_bys.over(session, found, now)
        floor().pace(found.agent.tenant_id)
    return "", 204


@bp.post("/room/<token>/<int:number>")
@signed
def room(token: str, number: int) -> tuple[str, int]:
    """Somebody was brought to the agent in room *number* and both can talk, or it is over."""
    if what := ROOM.get(request.form.get("StatusCallbackEvent", "")):
        tell(what, instant_told(), room=room_of(_standing(token).stand_by.id, number))
    return "", 204


def _waits(found: Standing) -> Response:
    url = runtime().url
    urls = Urls(dialled=url(f"/ivr/standby/next/{found.about}"), room=url("/ivr/standby/room/"))
    return _said((Meet(found.room, found.about, stays=True), Hangup()), urls)


def _ended(found: Standing) -> Response:
    return _said((say("stand_by_over", _language(found)), Hangup()), Urls())


def _said(instructions: tuple[Instruction, ...], urls: Urls) -> Response:
    return spoken(twiml.render(instructions, urls, VOICES))


def _language(found: Standing) -> str:
    with runtime().database.reading(found.agent.tenant_id) as session:
        return session.get_one(Staff, found.agent.staff_id).language
