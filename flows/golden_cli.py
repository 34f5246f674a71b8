"""`flask flows golden`: calls that show a flow to be right."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from core import clock, tenants
from core.commands import pairs_in, text_of
from core.runtime import runtime
from flows import golden
from flows.golden import Example
from flows.language.load import load


@click.group("golden")
def golden_group() -> None:
    """Keep calls that show a flow to be right; publishing plays them again."""


@golden_group.command("add")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", required=True, help="What the call shows, such as: complaint at night")
@click.option("--keys", required=True, help="Answers, as for play.")
@click.option("--lang", default="", help="The caller's language, if known.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="When, on the company's clock; now if left out."
)
@click.option("--var", "pairs", multiple=True, help="A variable of the flow: name=value.")
@click.option("--refuse", "refused", multiple=True, help="What cannot be had, as for play.")
@click.option("--tenant", "slug", help="Whose flow; needed only where there are several tenants.")
@with_appcontext
def add(
    path: Path,
    label: str,
    keys: str,
    lang: str,
    at: datetime | None,
    pairs: tuple[str, ...],
    refused: tuple[str, ...],
    slug: str | None,
) -> None:
    """Play the flow in FILE and keep what is heard as right."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        flow = load(text_of(path), path.stem)
        variables, refusals = pairs_in("--var", pairs), pairs_in("--refuse", refused)
        example = Example(tuple(keys.split(",")), at or clock.now(), lang, variables, refusals)
        kept = golden.keep(session, tenant, flow, label, example, "command line", clock.now())
    click.echo("\n".join(kept.heard))
    click.echo(f"kept as the golden call {kept.label!r} of {kept.name!r}")


@golden_group.command("list")
@click.option("--tenant", "slug", help="Whose flows; needed only where there are several tenants.")
@with_appcontext
def list_calls(slug: str | None) -> None:
    """List the golden calls of every flow."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        for one in golden.of_flow(session, tenant.id):
            click.echo(f"{one.name}  {one.label}  keys {','.join(one.answers)}  {one.heard[-1]}")


@golden_group.command("remove")
@click.argument("name", metavar="FLOW")
@click.argument("label")
@click.option("--tenant", "slug", help="Whose flow; needed only where there are several tenants.")
@with_appcontext
def remove(name: str, label: str, slug: str | None) -> None:
    """Keep the golden call LABEL of FLOW no longer."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        golden.forget(session, tenant.id, name, label)
    click.echo("removed")
