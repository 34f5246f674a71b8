"""
What the carrier asks of agents and of those they call back: what they hear, and what becomes of the room the two meet in. Every
request is signed or answered 403.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from core import clock
from core.carriers.words import REACHED, end_of
from core.models import Staff, Tenant
from core.runtime import runtime
from core.web import signed
from flows.language.turn import Gather, Hangup, Meet, Pause
from ivr import twiml
from ivr.apology import sorry
from ivr.queue import history, offering
from ivr.queue.edge import ROOM, failed, floor, instant_told, offered, tell
from ivr.queue.offering import Offered
from ivr.queue.words import say
from ivr.replying import spoken
from ivr.twiml import Urls
from ivr.voices import VOICES

bp = Blueprint("ivr_agents", __name__, url_prefix="/ivr/queue")
bp.register_error_handler(Exception, failed)
LISTENS_S = 5


@bp.post("/offer/<token>")
@signed
def offer(token: str) -> Response:
    """An agent has answered: who waits, and since when."""
    found = offered(token)
    lang = _language(found)
    if found.offer.state != "ringing":
        return _gone(lang)
    seconds = max(0, int((clock.now() - found.waiter.entered_at).total_seconds()))
    phrase = say(
        "offer_callback" if found.waiter.kind == "callback" else "offer",
        lang,
        team=found.team.name,
        seconds=seconds,
    )
    urls = Urls(turn=runtime().url(f"/ivr/queue/take/{token}"))
    return spoken(twiml.render((Gather((phrase, Pause(2), phrase), 1, "", LISTENS_S),), urls, VOICES))


@bp.post("/take/<token>")
@signed
def take(token: str) -> Response:
    """The agent has pressed 1, another key, or none."""
    found, now = offered(token), clock.now()
    lang = _language(found)
    if found.offer.state == "accepted":  # asked twice
        return _meets(found)
    if request.form.get("Digits", "") != "1":
        with runtime().database.session(found.offer.tenant_id) as session:
            offering.close(session, found, "declined" if request.form.get("Digits") else "missed", now)
        floor().wake(found.offer.tenant_id)
        return spoken(twiml.render((Hangup(),), Urls(), VOICES))
    with runtime().database.session(found.offer.tenant_id) as session:
        fresh = offering.by_token(session, token)
        taken = fresh is not None and offering.accept(session, fresh, now)
    if not taken:
        floor().wake(found.offer.tenant_id)
        return _gone(lang)
    if (comes := floor().bring(found)) != "comes":
        floor().lost(found, back=comes == "later")
        return _gone(lang)
    return _meets(found)


def _meets(found: Offered) -> Response:
    """The agent waits in the room for whom they took."""
    url = runtime().url
    urls = Urls(dialled=url(f"/ivr/queue/over/{found.offer.token}"), room=url("/ivr/queue/room/"))
    return spoken(twiml.render((Meet(found.room, found.offer.token), Hangup()), urls, VOICES))


@bp.post("/called/<token>")
@signed
def called(token: str) -> Response:
    """A customer who asked to be called back has answered."""
    found = offered(token)
    if found.offer.state != "accepted":
        return spoken(sorry((found.waiter.language,)))
    with runtime().database.reading(found.offer.tenant_id) as session:
        company = session.get_one(Tenant, found.offer.tenant_id).name
    greeting = say("called_back", found.waiter.language, company=company)
    urls = Urls(room=runtime().url("/ivr/queue/room/"))
    return spoken(twiml.render((greeting, Meet(found.room, token), Hangup()), urls, VOICES))


@bp.post("/over/<token>")
@signed
def over(token: str) -> Response:
    """The room is over for the agent."""
    tell("end", clock.now(), token=token)
    return spoken(twiml.render((Hangup(),), Urls(), VOICES))


@bp.post("/nobody/<token>")
@signed
def nobody(token: str) -> Response:
    """The customer who asked to be called back does not answer."""
    return spoken(twiml.render((say("unanswered", _language(offered(token))), Hangup()), Urls(), VOICES))


@bp.post("/offered/<token>")
@signed
def heard_of(token: str) -> tuple[str, int]:
    """The carrier's word about an agent's leg: answered, or over."""
    if end_of("voice", request.form.get("CallStatus", "")):
        tell("leg", clock.now(), token=token, how="missed")
    return "", 204


@bp.post("/rang/<token>")
@signed
def rang(token: str) -> tuple[str, int]:
    """The carrier's word about the leg of a customer called back: the agent who waits for nobody is told."""
    found, end = offered(token), end_of("voice", request.form.get("CallStatus", ""))
    if end:
        if end.cause == "no_answer":
            with runtime().database.session(found.offer.tenant_id) as session:
                history.rang(session, found.waiter, clock.now())
        tell("end", clock.now(), token=token)
        if end is not REACHED:
            floor().send_away(found)
    return "", 204


@bp.post("/room/<token>")
@signed
def room(token: str) -> tuple[str, int]:
    """Both are in the room, or it is over; by the carrier's clock."""
    if what := ROOM.get(request.form.get("StatusCallbackEvent", "")):
        tell(what, instant_told(), token=token)
    return "", 204


def _language(found: Offered) -> str:
    with runtime().database.reading(found.offer.tenant_id) as session:
        return session.get_one(Staff, found.agent.staff_id).language


def _gone(lang: str) -> Response:
    return spoken(twiml.render((say("gone", lang), Hangup()), Urls(), VOICES))
