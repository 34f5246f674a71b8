"""
What the carrier asks while somebody waits. Every request is signed or answered 403.

Whoever is on the telephone never meets an error page. Without the database callers who wait hear that they are to stay on
the line, and stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from core import clock
from core.runtime import runtime
from core.web import signed
from flows.language.nodes.queue import QueueNode
from flows.language.turn import Gather, Hangup, Instruction, Leave, Meet, Pause, Queued, Say, State
from ivr import twiml
from ivr.hotline import Hotline
from ivr.leg import leg_of
from ivr.queue import waiting
from ivr.queue.edge import AWAY, failed, floor
from ivr.queue.floor import Floor
from ivr.queue.words import say
from ivr.replying import spoken, whole
from ivr.talk import Talk
from ivr.twiml import Urls
from ivr.voices import VOICES

bp = Blueprint("ivr_queue", __name__, url_prefix="/ivr/queue")
bp.register_error_handler(Exception, failed)
THREADS = 8
MUSIC_S = 20
"""So long nothing is said between two times a caller's place is."""
LISTENS_S = 5
RESULTS = {"hangup": "hung_up", "leave": "", "queue-full": "overflow"}


@bp.record_once
def _open(state: BlueprintSetupState) -> None:
    pool = ThreadPoolExecutor(THREADS, "floor")
    state.app.extensions["floor"] = Floor(state.app.extensions["carillon"], pool)


def _hotline() -> Hotline:
    found: Hotline = current_app.extensions["hotline"]
    return found


@bp.post("/wait/<token>")
@signed
def wait(token: str) -> Response:
    """The carrier has the caller in its queue and wants to know what they hear."""
    talk, state = _hotline().held(leg_of(request.form), token)
    about = request.form
    try:
        with runtime().database.hurried(talk.tenant_id) as session:
            waiter = waiting.current(session, talk.leg.call_sid)
            is_new = waiter is not None and waiting.arrived(
                session, waiter, token, about.get("QueueSid", "")[:64], whole(about.get("QueueTime"))
            )
    except AWAY as error:
        current_app.logger.error("a wait cannot be noted: %s", type(error).__name__)
        return _stays(talk, state)
    if is_new:
        floor().wake(talk.tenant_id)
    return _waits(talk, state, token)


@bp.post("/key/<token>")
@signed
def key(token: str) -> Response:
    """A caller who waits has pressed a key, or none."""
    talk, state = _hotline().held(leg_of(request.form), token)
    node = talk.flow.nodes.get(state.node)
    offers = isinstance(node, QueueNode) and node.callback
    if offers and request.form.get("Digits", "") == "1" and _chooses(talk, "callback"):
        return spoken(_hotline().said(talk, (Leave(),), Urls()))
    return _waits(talk, state, token)


def _hold(state: State) -> tuple[Say, Pause]:
    return say("hold", state.lang), Pause(MUSIC_S)


def _chooses(talk: Talk, choice: str) -> bool:
    try:
        with runtime().database.hurried(talk.tenant_id) as session:
            waiter = waiting.current(session, talk.leg.call_sid)
            if waiter is None or waiter.state != "waiting":
                return False
            waiting.choose(session, waiter, choice)
            return True
    except AWAY as error:
        current_app.logger.error("a choice cannot be noted: %s", type(error).__name__)
        return False


def _stays(talk: Talk, state: State) -> Response:
    """What a caller hears while the database is away; then the carrier asks anew what they hear, and tells of its queue."""
    return spoken(_hotline().said(talk, _hold(state), Urls()))


def _waits(talk: Talk, state: State, token: str) -> Response:
    """What the caller hears next: their place and how long yet; or out of the queue, if they have waited long enough."""
    node = talk.flow.nodes.get(state.node)
    urls = Urls(turn=runtime().url(f"/ivr/queue/key/{token}"))
    said: Sequence[Instruction] = _hold(state)
    try:
        # only read: two hundred who wait must not keep each other, and the agents, from writing
        with runtime().database.reading(talk.tenant_id) as session:
            waiter = waiting.current(session, talk.leg.call_sid)
            is_over = waiter is None or waiting.is_in_vain(session, waiter, clock.now())
            if waiter and not is_over and isinstance(node, QueueNode):
                at_place = waiting.place(session, waiter)
                minutes = waiting.expected_minutes(session, waiter, at_place)
                ctx = _hotline().context(talk, state)
                said = node.waiting(ctx, at_place, minutes, MUSIC_S)
        if is_over and (waiter is None or _chooses(talk, "overflow")):
            return spoken(_hotline().said(talk, (Leave(),), Urls()))
    except AWAY as error:
        current_app.logger.error("a place cannot be told: %s", type(error).__name__)
        return _stays(talk, state)
    prompts = tuple(part for part in said if not isinstance(part, Hangup | Leave | Meet))
    gather = Gather(prompts, 1, "", LISTENS_S)  # type: ignore[arg-type]  # nothing but prompts is left
    return spoken(_hotline().said(talk, (gather,), urls))


@bp.post("/left/<token>")
@signed
def left(token: str) -> Response:
    """The caller has left the carrier's queue. Who was sent to an agent goes on elsewhere; the others, in their flow."""
    leg, form = leg_of(request.form), request.form
    talk, _ = _hotline().held(leg, token)
    result, waited_s = form.get("QueueResult", ""), whole(form.get("QueueTime"))
    now = clock.now()
    if result in ("redirected", "bridged", "redirected-from-bridged", "bridging-in-process"):
        _waited(talk, waited_s)
        return spoken(twiml.EMPTY)
    word = RESULTS.get(result, "failed")
    try:
        with runtime().database.hurried(talk.tenant_id) as session:
            if waiter := waiting.current(session, leg.call_sid):
                word = word or waiter.choice or "overflow"
                waiting.ended(session, waiter.id, _outcome(word), waited_s, now)
        if waiter:
            floor().withdraw(talk.tenant_id, waiter.id)
    except AWAY as error:
        current_app.logger.error("the end of a wait is told later: %s", type(error).__name__)
        word = word or "overflow"
        about = {"call_id": leg.call_sid, "outcome": _outcome(word), "wait_s": waited_s}
        runtime().spool.append("queue", {"what": "left", "at": now.isoformat(), **about})
    return spoken(_hotline().go_on(leg, token, Queued(word)))


def _outcome(word: str) -> str:
    return "abandoned" if word == "hung_up" else word


def _waited(talk: Talk, waited_s: int) -> None:
    """How long it was by the carrier's clock; without the database we go by ours."""
    try:
        with runtime().database.hurried(talk.tenant_id) as session:
            if waiter := waiting.current(session, talk.leg.call_sid):
                waiter.wait_s = waited_s
    except AWAY as error:
        current_app.logger.error("a wait is counted by our clock: %s", type(error).__name__)


@bp.post("/join/<token>/<room>/<call>")
@signed
def join(token: str, room: str, call: str) -> Response:
    """A caller taken out of the queue comes to the agent who pressed 1; *call* is the call's own token. It needs no database."""
    _hotline().sealed(leg_of(request.form), call)
    url = runtime().url
    urls = Urls(dialled=url(f"/ivr/dialled/{call}"), room=url("/ivr/queue/room/"))
    return spoken(twiml.render((Meet(room, token), Hangup()), urls, VOICES))
