"""
What the carrier asks during a call. Every request is signed or answered 403.

Whoever is on the telephone never meets an error page: any fault is logged and spoken as an apology in the language of
the call. Reports nobody listens to get 503 instead, so that a carrier that repeats them does.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, request, send_file
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from core import clock
from core.errors import CarillonError
from core.runtime import runtime
from core.web import signed
from flows.language.turn import Dialled, Digits, Heard, Recorded
from ivr import audio, machines, records
from ivr.hotline import Hotline
from ivr.leg import leg_of
from ivr.replying import failed, spoken, whole
from ivr.voices import VOICES

bp = Blueprint("ivr", __name__, url_prefix="/ivr")
MAX_DIGITS = 100
MAX_WORDS = 1000
SHARE = re.compile(r"[01](\.[0-9]{1,20})?", re.ASCII)
SILENT = ("ivr.recording", "ivr.proof", "ivr.status", "ivr.prompt", "ivr.answered_by")
"""Views that answer a machine, not a caller."""


@bp.record_once
def _open(state: BlueprintSetupState) -> None:
    state.app.extensions["hotline"] = Hotline(state.app.extensions["carillon"])


def hotline() -> Hotline:
    """The hotline of the application that serves this request."""
    found: Hotline = current_app.extensions["hotline"]
    return found


@bp.post("/answer")
@signed
def answer() -> Response:
    """Somebody rings one of our numbers."""
    return spoken(hotline().answer(leg_of(request.form)))


@bp.post("/answer/<attempt>")
@signed
def answer_outbound(attempt: str) -> Response:
    """Somebody took a call we placed; *attempt* is its token."""
    return spoken(hotline().answer_outbound(leg_of(request.form), attempt))


@bp.post("/answered-by/<attempt>")
@signed
def answered_by(attempt: str) -> tuple[str, int]:
    """The carrier has listened to who took a call we placed. Its answer is read by nobody: what follows is a redirect."""
    machines.verdict(runtime(), leg_of(request.form), attempt, request.form.get("AnsweredBy", ""))
    return "", 204


@bp.post("/machine/<attempt>")
@signed
def machine(attempt: str) -> Response:
    """An answering machine took the call, and we sent it here."""
    return spoken(hotline().on_machine(leg_of(request.form), attempt))


@bp.post("/turn/<token>")
@signed
def turn(token: str) -> Response:
    """Keys were pressed, something was said, or neither in time."""
    form = request.form
    digits, said = form.get("Digits", "")[:MAX_DIGITS], form.get("SpeechResult", "")[:MAX_WORDS]
    answer = Heard(said, _share(form.get("Confidence"))) if said and not digits else Digits(digits)
    return spoken(hotline().go_on(leg_of(form), token, answer))


@bp.post("/recorded/<token>")
@signed
def recorded(token: str) -> Response:
    """A message was recorded, or there was only silence."""
    form = request.form
    message = Recorded(
        form.get("RecordingUrl", ""), whole(form.get("RecordingDuration")), form.get("Digits", "")
    )
    return spoken(hotline().go_on(leg_of(form), token, message))


@bp.post("/dialled/<token>")
@signed
def dialled(token: str) -> Response:
    """The connection with a person is over, or never came about."""
    form = request.form
    outcome = Dialled(form.get("DialCallStatus", "failed"), whole(form.get("DialCallDuration")))
    return spoken(hotline().go_on(leg_of(form), token, outcome))


@bp.post("/recording")
@signed
def recording() -> tuple[str, int]:
    """A recording is ready: kept even if the call broke off before its flow heard of it."""
    form = request.form
    if form.get("RecordingStatus") == "completed" and whole(form.get("RecordingDuration")):
        leg = leg_of(form)
        held = hotline().sealed(leg, request.args.get("call", ""))
        url, duration_s = form.get("RecordingUrl", ""), whole(form.get("RecordingDuration"))
        spool = runtime().spool
        records.voicemail(spool, held.tenant_id, leg.call_sid, "", url, duration_s, "", clock.now())
    return "", 204


@bp.post("/proof")
@signed
def proof() -> tuple[str, int]:
    """What was recorded of a call as proof is ready."""
    form = request.form
    if form.get("RecordingStatus") == "completed":
        leg = leg_of(form)
        held = hotline().sealed(leg, request.args.get("call", ""))
        url, duration_s = form.get("RecordingUrl", ""), whole(form.get("RecordingDuration"))
        records.proof(runtime().spool, held.tenant_id, leg.call_sid, url, duration_s, clock.now())
    return "", 204


@bp.post("/status")
@signed
def status() -> tuple[str, int]:
    """The carrier's last word about an inbound call. Earlier words, and numbers that are not ours, are let go."""
    leg, word = leg_of(request.form), request.form.get("CallStatus", "")
    tenant_id = hotline().tenant_called(leg)
    if word in records.ENDS and leg.direction == "in" and tenant_id is not None:
        hotline().over(leg)
        records.ended(
            runtime().spool, tenant_id, leg, word, whole(request.form.get("CallDuration")), clock.now()
        )
    return "", 204


@bp.post("/fallback")
@signed
def fallback() -> Response:
    """The carrier could not get or use a document of ours."""
    error_url = request.form.get("ErrorUrl", "")
    current_app.logger.error("carrier error %s", request.form.get("ErrorCode", "")[:10])
    return spoken(hotline().fall_back(leg_of(request.form), error_url))


@bp.get("/audio/<signed_name>")
def prompt(signed_name: str) -> Response:
    """A recorded prompt, for the carrier to play."""
    file, media_type = audio.opened(runtime().config, signed_name)
    return send_file(file, mimetype=media_type)


@bp.errorhandler(Exception)
def _on_error(error: Exception) -> AnyResponse | tuple[Response, int]:
    return failed(error, SILENT, _languages())


def _languages() -> tuple[str, ...]:
    """The language of the call if its token tells, else every one."""
    try:
        token = (request.view_args or {})["token"]
        return (hotline().sealed(leg_of(request.form), token).state.lang,)
    except (KeyError, CarillonError):
        return tuple(VOICES)


def _share(text: str | None) -> float | None:
    """A share of one as the carrier writes it; None for anything else."""
    return float(text) if text and SHARE.fullmatch(text) else None
