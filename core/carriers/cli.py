"""`flask carriers`: whether those who carry our calls, texts and faxes are ready for us."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext

from core.carriers.health import problems
from core.runtime import runtime


@click.group("carriers")
def carriers_group() -> None:
    """Who carries calls, texts and faxes."""


@carriers_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: carriers by channel, problems.")
@with_appcontext
def check(as_json: bool) -> None:
    """Ask every carrier whether account, numbers and addresses are right. Exit 1 with what to do if not."""
    found = problems(runtime())
    if as_json:
        used = {channel: carrier.name for channel, carrier in sorted(runtime().carriers.items())}
        click.echo(json.dumps({"carriers": used, "problems": found}, ensure_ascii=False))
    else:
        click.echo("\n".join(found) or "All carriers are ready.")
    sys.exit(1 if found else 0)


COMMANDS = (carriers_group,)
