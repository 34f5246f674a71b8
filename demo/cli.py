"""`flask demo …`: what `make run` calls."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from core.runtime import runtime
from demo import company, filling, seed


@click.group("demo")
def demo_group() -> None:
    """The demo company Lakeside Motors; only with the embedded exchange."""


@demo_group.command("setup")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout and nothing else.")
@with_appcontext
def setup(as_json: bool) -> None:
    """Create what must be there before web, worker and exchange start: schema, clock, company, staff, numbers, flows."""
    turn = seed.set_up(runtime())
    facts = {
        "company": seed.NAME,
        "local": f"{turn.business.astimezone(seed.ZONE):%A %H:%M} in Shanghai",
        "business": turn.business.isoformat(),
        "real": turn.real.isoformat(),
        "speed": turn.speed,
        "seed": company.SEED,
        "password": seed.PASSWORD,
        "staff": [{"email": email, "what": ", ".join(roles)} for email, _, roles, _ in seed.STAFF],
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(f"{facts['company']} is ready; it is {facts['local']}.")
    for one in seed.STAFF:
        click.echo(f"Sign in as {one[0]} with the password {seed.PASSWORD}")


@demo_group.command("fill")
@with_appcontext
def fill() -> None:
    """Import the customers and launch the campaigns, unless that is done already."""
    filling.fill(runtime(), click.echo)


COMMANDS = (demo_group,)
