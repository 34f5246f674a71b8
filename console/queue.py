"""Who waits for an agent, who is there, and how today has gone; and the agent's own desk."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console.access import allowed, staff
from console.nav import Entry
from console.web import fragment, go
from core import audit, clock
from core.db import ScopedSession
from core.errors import CarillonError, NotFound
from core.runtime import runtime
from ivr.queue import agents, queries, stand_bys
from ivr.queue.models import Agent

READERS = ("after_sales", "supervisor", "auditor")

bp = Blueprint("queue", __name__, url_prefix="/queue")
NAV = Entry("hotline", "users", lazy_gettext("Queue"), "queue.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Teams, who waits and every agent; on top, what the person who is signed in does as an agent."""
    return _page()


@bp.post("/me")
@allowed("after_sales", "supervisor")
def me() -> BaseResponse:
    """Be available, on a break or away, or stand by for a team."""
    with runtime().database.session(staff().tenant_id) as session:
        agent = agents.of_staff(session, staff().staff_id)
        if agent is None:
            return _page(404, _("You are no agent; a supervisor makes you one."))
        try:
            _put(session, agent)
        except CarillonError:
            return _page(409, _("This did not work, for something has changed meanwhile. See below."))
    return go(url_for(".index"))


@bp.post("/agents/<int:agent_id>")
@allowed("supervisor")
def put(agent_id: int) -> BaseResponse:
    """Say for an agent that they are available, on a break or away, or stand by for a team."""
    to = request.form.get("to", "")
    try:
        with runtime().database.session(staff().tenant_id) as session:
            agent = agents.get(session, agent_id)
            _put(session, agent)
            audit.record(session, staff().tenant_id, staff().email, "agent_put", f"agent:{agent_id}", to=to)
    except NotFound:
        return _page(404, _("There is no such agent any more."))
    except CarillonError:
        return _page(409, _("This did not work, for something has changed meanwhile. See below."))
    return go(url_for(".index"))


def _put(session: ScopedSession, agent: Agent) -> None:
    """What the form asks of an agent. Raises CarillonError."""
    to = request.form.get("to", "")
    if to == "standby":
        stand_bys.ask(session, agent, request.form.get("team", ""), clock.now())
    else:
        agents.asks(session, agent, to)


def _page(status: int = 200, said: str = "") -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        values = {
            "teams": queries.teams(session, staff().tenant),
            "waiters": queries.waiters(session, staff().tenant),
            "agents": queries.agents(session, staff().tenant),
            "desk": queries.desk(session, staff().staff_id),
        }
    return fragment("_queue.html", "queue.html", status, said=said, **values)
