"""Commands about the hotline."""

from __future__ import annotations

import click

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


COMMANDS = (ivr_group,)
