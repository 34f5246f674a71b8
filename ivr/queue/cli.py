"""Commands about teams, agents and the queue."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from core import clock, tenants
from core.errors import NotFound
from core.models import Staff
from core.phone import masked
from core.runtime import runtime
from ivr.queue import agents, queries, stand_bys, teams
from ivr.queue.models import VARIANTS

TENANT = click.option("--tenant", "slug", help="Whose; needed only where there are several tenants.")
WHO = "command line"


@click.group("queue")
def queue_group() -> None:
    """Who waits for an agent, and what teams promise."""


@queue_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@TENANT
@with_appcontext
def status(as_json: bool, slug: str | None) -> None:
    """Each team: who waits, who is there, and today's figures."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        rows = queries.teams(session, tenant)
    if as_json:
        click.echo(json.dumps({"teams": [_shown(row) for row in rows]}))
        return
    for row in rows:
        click.echo(
            f"{row.team.name}: {row.waiting} waiting (longest {row.longest_s} s), {row.callbacks} callbacks, "
            f"{row.free} of {row.at_work} agents free ({row.needed} needed), {row.standing_by} stand by"
        )
        for name, figure in row.figures.items():
            said = f"{figure.share:.0f} s" if name == "asa" and figure.share is not None else figure.percent
            click.echo(f"  {name}: {said} ({figure.numerator}/{figure.denominator})")
    if not rows:
        click.echo("There is no team yet; make one with: flask queue team service")


def _shown(row: queries.TeamRow) -> dict[str, Any]:
    return {
        "name": row.team.name,
        "waiting": row.waiting,
        "callbacks": row.callbacks,
        "longest_s": row.longest_s,
        "agents": row.at_work,
        "free": row.free,
        "needed": row.needed,
        "standing_by": row.standing_by,
        "figures": {
            name: {"numerator": one.numerator, "denominator": one.denominator}
            for name, one in row.figures.items()
        },
    }


@queue_group.command("team")
@click.argument("name")
@click.option("--target", type=int, help="Percent of the callers to be answered in time.")
@click.option("--within", "within_s", type=int, help="In how many seconds.")
@click.option("--short", "short_s", type=int, help="Who hangs up sooner (seconds) was not abandoned.")
@click.option("--variant", type=click.Choice(VARIANTS), help="How callers who hung up count.")
@click.option("--wrap-up", "wrap_up_s", type=int, help="Seconds to write up after a call.")
@click.option("--ring", "ring_s", type=int, help="Seconds an agent's telephone rings.")
@click.option("--callback-from", type=int, help="Callbacks begin this minute of the day, such as 540.")
@click.option("--callback-until", type=int, help="Callbacks end this minute of the day, such as 1200.")
@click.option("--callback-hours", type=int, help="Hours after which a callback is given up.")
@TENANT
@with_appcontext
def team(name: str, slug: str | None, **given: Any) -> None:
    """Make the team NAME, or decide something about it."""
    changes = {field: value for field, value in given.items() if value is not None}
    with tenants.working(runtime().database, slug) as (session, tenant):
        found = teams.decide(session, tenant, name, changes, WHO)
        click.echo(f"{found.name}: {found.target} % within {found.within_s} s")


@click.group("agents")
def agents_group() -> None:
    """Staff who answer callers."""


@agents_group.command("enrol")
@click.argument("email")
@click.option("--phone", required=True, help="The telephone calls are offered on, such as +14155550123.")
@click.option("--team", "names", multiple=True, required=True, help="May be given several times.")
@click.option("--skill", "skills", multiple=True, help="May be given several times.")
@TENANT
@with_appcontext
def enrol(email: str, phone: str, names: tuple[str, ...], skills: tuple[str, ...], slug: str | None) -> None:
    """Make the member of staff EMAIL an agent, or change what is known of one."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        agents.enrol(session, tenant, email, phone, skills, names, WHO)
    click.echo(f"{email} answers for {', '.join(names)} on {phone}.")


@agents_group.command("put")
@click.argument("email")
@click.argument("state", type=click.Choice((*agents.WISHES, "standby")))
@click.option("--team", "name", default="", help="For which team they stand by.")
@TENANT
@with_appcontext
def put(email: str, state: str, name: str, slug: str | None) -> None:
    """Say that the agent EMAIL is available, on a break, away, or stands by for a team; in a call, once it is over."""
    with tenants.working(runtime().database, slug) as (session, _):
        staff = session.scalar(select(Staff).where(Staff.email == email))
        agent = agents.of_staff(session, staff.id) if staff else None
        if agent is None:
            raise NotFound("no_agent", "{email} is no agent", email=email)
        if state == "standby":
            stand_bys.ask(session, agent, name, clock.now())
        else:
            agents.asks(session, agent, state)
        click.echo(agent.state)


@agents_group.command("list")
@TENANT
@with_appcontext
def listed(slug: str | None) -> None:
    """List the agents, what they do and for how long."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        for row in queries.agents(session, tenant):
            click.echo(
                f"{row.name}  {row.agent.state}  {row.for_s} s  {', '.join(row.teams)}  "
                f"{' '.join(row.agent.skills)}  {masked(row.agent.phone)}"
            )


COMMANDS = (queue_group, agents_group)
