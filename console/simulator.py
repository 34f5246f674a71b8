"""The simulator: a call of a version of a flow, played by the real engine, a key at a time. Nothing leaves and nobody is rung."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response as BaseResponse

from console.access import allowed, staff
from console.flows import READERS
from console.languages import refusal
from console.web import go, local, zone
from core import clock
from core.errors import Conflict, Invalid
from core.runtime import runtime
from flows import golden, publish, releases
from flows.golden import CALLED, CALLER
from flows.language.flow import Flow
from flows.language.turn import Facts
from flows.playing import Played, so_far

MOST_ANSWERS, MOST_CHARS = 60, 200
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
VARIABLE = "var_"

bp = Blueprint("simulator", __name__, url_prefix="/flows")


@dataclass(frozen=True)
class Playing:
    """How far a call has got: what began it, and the answers given. Travels signed in the page's form."""

    version: str
    at: str
    lang: str
    variables: Mapping[str, str]
    answers: tuple[str, ...] = ()


@bp.get("/<name>/<hash_>/play")
@allowed(*READERS)
def begin(name: str, hash_: str) -> Response:
    """What a call would begin with: when, in which language, and what the flow is told."""
    return _page(name, hash_, None)


@bp.post("/<name>/<hash_>/play")
@allowed(*READERS)
def go_on(name: str, hash_: str) -> Response:
    """The call so far, and one more answer."""
    form = request.form
    playing = _opened(form.get("state", ""), hash_)
    if playing is None:
        at = local("at") or clock.now()
        told = {
            name.removeprefix(VARIABLE): value[:MOST_CHARS]
            for name, value in form.items()
            if name.startswith(VARIABLE)
        }
        playing = Playing(hash_, at.isoformat(), form.get("lang", "")[:8], told)
    elif "answer" in form and len(playing.answers) < MOST_ANSWERS:
        answer = form["answer"] if form["answer"] != "typed" else form.get("typed", "")
        playing = replace(playing, answers=(*playing.answers, answer.strip()[:MOST_CHARS]))
    return _page(name, hash_, playing)


@bp.post("/<name>/<hash_>/golden")
@allowed("supervisor")
def keep(name: str, hash_: str) -> BaseResponse:
    """Keep the call so far as a golden call: what is heard in it is right."""
    playing, label = _opened(request.form.get("state", ""), hash_), request.form.get("label", "")
    if playing is None:
        return _page(name, hash_, None)
    try:
        with runtime().database.session(staff().tenant_id) as session:
            flow = publish.loaded(releases.looked_at(session, staff().tenant, name, hash_).version.document)
            example = golden.Example(
                playing.answers,
                datetime.fromisoformat(playing.at),
                _language(flow, playing),
                _variables(flow, playing),
            )
            golden.keep(session, staff().tenant, flow, label, example, staff().email, clock.now())
    except (Invalid, Conflict) as error:
        return _page(name, hash_, playing, error.status, refusal(error))
    return go(url_for("console.flows.show", name=name))


def _page(name: str, hash_: str, playing: Playing | None, status: int = 200, fault: str = "") -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        found = releases.looked_at(session, staff().tenant, name, hash_).version
        flow = publish.loaded(found.document)
        page = render_template(
            "flow_play.html",
            name=name,
            version=found,
            flow=flow,
            playing=playing,
            played=_played(flow, playing) if playing else None,
            state=_serializer().dumps(asdict(playing)) if playing else "",
            keys=KEYS,
            fault=fault,
            label=request.form.get("label", ""),
            most_label=golden.MOST_CHARS,
            now=clock.now().astimezone(zone()),
            company=staff().tenant.name,
        )
    return make_response(page, status)


def _played(flow: Flow, playing: Playing) -> Played:
    at = datetime.fromisoformat(playing.at).astimezone(zone())
    facts = Facts(at, CALLER, CALLED, _variables(flow, playing), _language(flow, playing) or None)
    return so_far(flow, playing.answers, facts)


def _variables(flow: Flow, playing: Playing) -> dict[str, str]:
    return {name: value for name, value in playing.variables.items() if name in flow.variables}


def _language(flow: Flow, playing: Playing) -> str:
    return playing.lang if playing.lang in flow.languages else ""


def _opened(state: str, hash_: str) -> Playing | None:
    """What a form of ours says of its call; None if it says nothing, or is of another version."""
    try:
        kept: dict[str, Any] = _serializer().loads(state)
    except BadData:
        return None
    playing = Playing(**{**kept, "answers": tuple(kept["answers"])})
    return playing if playing.version == hash_ else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(list(reversed(runtime().config.keys)), salt="simulator")
