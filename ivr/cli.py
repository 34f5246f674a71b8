"""Commands about the hotline."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core import tenants
from core.runtime import runtime
from ivr import numbers
from ivr.hotline import sorry
from ivr.leg import number_or_none
from ivr.voices import VOICES


@click.group("ivr")
def ivr_group() -> None:
    """The hotline."""


@ivr_group.command("fallback")
@click.option("--forward-to", default="", help="A number (E.164) to connect callers to after the apology.")
def fallback(forward_to: str) -> None:
    """Print a static TwiML document to host elsewhere, for when this service cannot be reached at all."""
    if forward_to and not number_or_none(forward_to):
        raise click.BadParameter("enter a number like +14155550123", param_hint="--forward-to")
    click.echo(sorry(tuple(VOICES), forward_to))


@ivr_group.command("answer")
@click.argument("number")
@click.option("--flow", default="hotline", show_default=True, help="The published flow that answers.")
@click.option("--forward-to", default="", help="Where calls go that cannot go on.")
@click.option(
    "--var",
    "pairs",
    multiple=True,
    help="What the flow says or dials: name=value; may be given several times.",
)
@click.option("--tenant", "slug", help="Whose number; needed only where there are several tenants.")
@with_appcontext
def answer(number: str, flow: str, forward_to: str, pairs: tuple[str, ...], slug: str | None) -> None:
    """Answer calls to NUMBER."""
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise click.BadParameter(f"{wrong[0]!r}: write name=value", param_hint="--var")
    variables = dict(pair.split("=", 1) for pair in pairs) if pairs else None
    with tenants.working(runtime().database, slug) as (session, tenant):
        found = numbers.answer(session, tenant, number, flow, forward_to, variables)
    click.echo(f"{found.address} is answered by the flow {found.flow!r} within a minute.")


COMMANDS = (ivr_group,)
