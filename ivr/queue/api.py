"""/api/v1: teams and how they do, agents, who waits, and what supervisors decide about them; as the console and the command line do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field

from core import audit, clock
from core.api.checks import Asked, Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint, number, writing
from core.api.paging import Listed
from core.errors import Fault, WrongFields
from core.runtime import runtime
from ivr.queue import agents, metrics, queries, stand_bys, teams
from ivr.queue.models import Team
from ivr.queue.queries import AgentRow, TeamRow, WaiterRow

DECIDERS = ("supervisor",)
MOST_DAYS = timedelta(days=92)
bp = Blueprint("queue_api", __name__, url_prefix=PREFIX)
Name = Annotated[str, Field(max_length=60)]


class FigureTold(Told):
    """*numerator* of *denominator*; of `asa` and `occupancy` seconds, else people."""

    numerator: int
    denominator: int


class TeamTold(Told):
    """
    A team, what it promises, who waits for it now, and today's figures. *agents* are at work, *free* have nobody to talk to,
    *needed* is how many the last half hour took to keep the promise, *standing_by* wait on the line for people we call.
    """

    name: str
    target: int
    within_s: int
    short_s: int
    variant: str
    wrap_up_s: int
    ring_s: int
    callback_from: int
    callback_until: int
    callback_hours: int
    waiting: int
    longest_s: int
    callbacks: int
    agents: int
    free: int
    needed: int
    standing_by: int
    figures: dict[str, FigureTold]


class TeamSent(Sent):
    """What is decided about a team; what is left out stays as it is. *callback_from* and *callback_until* are minutes of the day."""

    target: int | None = None
    within_s: int | None = None
    short_s: int | None = None
    variant: str | None = None
    wrap_up_s: int | None = None
    ring_s: int | None = None
    callback_from: int | None = None
    callback_until: int | None = None
    callback_hours: int | None = None


class DaysAsked(Asked):
    """From which day on and until which, both included; the last seven if left out."""

    since: date | None = None
    until: date | None = None


class DayTold(Told):
    """The figures of one day of the company."""

    day: str
    figures: dict[str, FigureTold]


class AgentTold(Told):
    """An agent: *state* away, available, offered, standby, on_call, wrap_up or break, for *for_s* seconds; *wishes* follows it."""

    id: int
    name: str
    phone: str
    teams: list[str]
    skills: list[str]
    state: str
    wishes: str
    for_s: int


class AgentSent(Sent):
    """Who becomes an agent: the *email* they sign in with, the telephone that is rung, what they can, and their teams."""

    email: Annotated[Text, Field(max_length=200)]
    phone: Annotated[Text, Field(max_length=16)]
    skills: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=agents.MAX_SKILLS)] = (
        Field(default_factory=list)
    )
    teams: Annotated[list[Name], Field(min_length=1, max_length=20)]


class StateSent(Sent):
    """What an agent is to be: at once, or once their call is over. *team* is for whom they stand by."""

    to: Literal["available", "break", "away", "standby"]
    team: Name = ""


class AllAsked(Asked):
    """These lists are short: they come whole."""


class WaitersAsked(Asked):
    """Only who waits for a team, or in one way."""

    team: Name = ""
    kind: Literal["call", "callback", "transfer"] | None = None


class WaiterTold(Told):
    """Somebody who waits or talks, in the order of the queue. *placed_at* is their first entry, which a callback keeps."""

    id: int
    team: str
    kind: str
    state: str
    address: str
    customer_id: int | None
    priority: int
    skills: list[str]
    placed_at: datetime
    entered_at: datetime
    leaves_at: datetime
    agent_id: int | None


def _team(row: TeamRow) -> TeamTold:
    about = {name: getattr(row.team, name) for name in ("name", "variant", *teams.LIMITS)}
    figures = {name: FigureTold.model_validate(one) for name, one in row.figures.items()}
    return TeamTold(
        **about,
        waiting=row.waiting,
        longest_s=row.longest_s,
        callbacks=row.callbacks,
        agents=row.at_work,
        free=row.free,
        needed=row.needed,
        standing_by=row.standing_by,
        figures=figures,
    )


def _agent(row: AgentRow) -> AgentTold:
    agent = row.agent
    return AgentTold(
        id=agent.id,
        name=row.name,
        phone=number(agent.phone),
        teams=list(row.teams),
        skills=agent.skills,
        state=agent.state,
        wishes=agent.wishes,
        for_s=row.for_s,
    )


def _waiter(row: WaiterRow) -> WaiterTold:
    names = set(WaiterTold.model_fields) - {"team", "address"}
    known = {name: getattr(row.waiter, name) for name in names}
    return WaiterTold(**known, team=row.team, address=number(row.waiter.address))


@bp.get("/teams")
@endpoint(*EVERYONE, tag="queue", query=AllAsked, answer=Listed[TeamTold])
def list_teams(query: AllAsked) -> Listed[TeamTold]:
    """Every team, who waits for it and how today has gone."""
    with runtime().database.reading(caller().tenant_id) as session:
        return Listed(data=[_team(row) for row in queries.teams(session, caller().tenant)])


@bp.put("/teams/<name>")
@endpoint(*DECIDERS, tag="queue", body=TeamSent, answer=TeamTold)
def put_team(name: str, body: TeamSent) -> TeamTold:
    """Make the team of that name, or decide something about it."""
    changes = body.model_dump(exclude_none=True)
    decided = teams.decide(writing(), caller().tenant, name, changes, caller().who)
    rows = queries.teams(writing(), caller().tenant)
    return _team(next(row for row in rows if row.team.id == decided.id))


@bp.get("/teams/<name>/figures")
@endpoint(*EVERYONE, tag="queue", query=DaysAsked, answer=Listed[DayTold])
def list_figures(name: str, query: DaysAsked) -> Listed[DayTold]:
    """A team's figures, a day after the other, as they were counted last."""
    until = query.until or date.fromisoformat(metrics.day_of(caller().tenant, clock.now())[0])
    since = query.since or until - timedelta(days=6)
    if not since <= until <= since + MOST_DAYS:
        raise WrongFields([Fault("since", "bad_span", "enter a day before until, at most three months")])
    with runtime().database.reading(caller().tenant_id) as session:
        team: Team = agents.team_named(session, caller().tenant_id, name)
        days = metrics.kept(session, team, since, until)
    return Listed(
        data=[
            DayTold(day=day, figures={name: FigureTold.model_validate(one) for name, one in figures.items()})
            for day, figures in days.items()
        ]
    )


@bp.get("/agents")
@endpoint(*EVERYONE, tag="queue", query=AllAsked, answer=Listed[AgentTold])
def list_agents(query: AllAsked) -> Listed[AgentTold]:
    """Every agent, by name, and what they do."""
    with runtime().database.reading(caller().tenant_id) as session:
        return Listed(data=[_agent(row) for row in queries.agents(session, caller().tenant)])


@bp.post("/agents")
@endpoint(*DECIDERS, tag="queue", body=AgentSent, answer=AgentTold)
def enrol_agent(body: AgentSent) -> AgentTold:
    """Make a member of staff an agent, or change what is known of one."""
    sent = agents.enrol(
        writing(), caller().tenant, body.email, body.phone, body.skills, body.teams, caller().who
    )
    return _told(sent.id)


@bp.post("/agents/<int:agent_id>/state")
@endpoint(*DECIDERS, tag="queue", body=StateSent, answer=AgentTold)
def put_agent(agent_id: int, body: StateSent) -> AgentTold:
    """Say for an agent that they are available, on a break, away, or stand by for a team; in a call, once it is over."""
    agent = agents.get(writing(), agent_id)
    if body.to == "standby":
        stand_bys.ask(writing(), agent, body.team, clock.now())
    else:
        agents.asks(writing(), agent, body.to)
    about = {"to": body.to, **({"team": body.team} if body.team else {})}
    audit.record(writing(), agent.tenant_id, caller().who, "agent_put", f"agent:{agent_id}", **about)
    return _told(agent_id)


def _told(agent_id: int) -> AgentTold:
    rows = queries.agents(writing(), caller().tenant)
    return _agent(next(row for row in rows if row.agent.id == agent_id))


@bp.get("/waiters")
@endpoint(*EVERYONE, tag="queue", query=WaitersAsked, answer=Listed[WaiterTold])
def list_waiters(query: WaitersAsked) -> Listed[WaiterTold]:
    """Who waits or talks now, the next one first, at most a hundred; callbacks among them."""
    with runtime().database.reading(caller().tenant_id) as session:
        rows = queries.waiters(session, caller().tenant, query.team, query.kind or "")
    return Listed(data=[_waiter(row) for row in rows])
