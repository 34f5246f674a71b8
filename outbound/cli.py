"""`flask senders …`: the numbers we send from."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core import tenants
from core.runtime import runtime
from outbound import senders

of_tenant = click.option(
    "--tenant", "slug", help="Whose senders; needed only where there are several tenants."
)


@click.group("senders")
def senders_group() -> None:
    """The numbers we send from, with what their carrier allows."""


@senders_group.command("add")
@click.argument("channel", type=click.Choice(["voice", "sms", "fax"]))
@click.argument("number")
@click.option("--rate", type=float, default=1.0, show_default=True, help="Sends a second.")
@click.option("--lines", type=int, default=0, help="Calls or faxes at once.")
@of_tenant
@with_appcontext
def add(channel: str, number: str, rate: float, lines: int, slug: str | None) -> None:
    """Send by CHANNEL from NUMBER."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        sender = senders.add(session, tenant, channel, number, rate, lines)
    click.echo(
        f"Sender {sender.id}: {sender.address} sends by {sender.channel}, {sender.rate_per_s:g} a second."
    )


@senders_group.command("list")
@of_tenant
@with_appcontext
def list_(slug: str | None) -> None:
    """Every sender, and why it was stopped."""
    with tenants.working(runtime().database, slug) as (session, _):
        for sender in senders.every(session):
            click.echo(
                f"{sender.id:4}  {sender.channel:6} {sender.address:16} {sender.rate_per_s:6g}/s "
                f"{sender.lines:5} lines  {sender.state}  {sender.reason}".rstrip()
            )


@senders_group.command("reopen")
@click.argument("sender_id", metavar="ID", type=int)
@of_tenant
@with_appcontext
def reopen(sender_id: int, slug: str | None) -> None:
    """Let a stopped sender try again."""
    with tenants.working(runtime().database, slug) as (session, _):
        sender = senders.reopen(session, sender_id)
    click.echo(f"Sender {sender.id} is open.")


COMMANDS = (senders_group,)
