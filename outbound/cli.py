"""`flask senders …`: the numbers we send from; `flask outbound …`: everything that leaves us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from flask.cli import with_appcontext

from core import clock, holds, settings_cli, tenants
from core.db import ALL_TENANTS, ScopedSession
from core.errors import CarillonError
from core.models import Hold
from core.runtime import runtime
from outbound import granting, restore_cli, senders, settings, ways
from outbound.allowances import PERIODS, UNITS, Allowance
from outbound.prices import MILLION

WHO = "command line"

of_tenant = click.option(
    "--tenant", "slug", help="Whose senders; needed only where there are several tenants."
)
one_or_all = click.option("--tenant", "slug", help="Of this tenant only.")


@click.group("senders")
def senders_group() -> None:
    """The numbers we send from, with what their carrier allows."""


@senders_group.command("add")
@click.argument("channel", type=click.Choice(["voice", "sms", "fax"]))
@click.argument("number")
@click.option("--rate", type=float, default=1.0, show_default=True, help="Sends a second.")
@click.option("--lines", type=int, default=0, help="Calls or faxes at once.")
@click.option("--brand", default="", help="Senders of one brand share its limits.")
@of_tenant
@with_appcontext
def add(channel: str, number: str, rate: float, lines: int, brand: str, slug: str | None) -> None:
    """Send by CHANNEL from NUMBER."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        sender = senders.add(session, tenant, channel, number, rate, lines, brand)
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
            for way in ways.closed([sender], clock.now()):
                click.echo(
                    f"      no way to {way.region} before {way.until:%Y-%m-%d %H:%M} UTC ({way.code}): allow the "
                    f"country at the carrier, then: flask senders reopen {sender.id}"
                )


@senders_group.command("reopen")
@click.argument("sender_id", metavar="ID", type=int)
@of_tenant
@with_appcontext
def reopen(sender_id: int, slug: str | None) -> None:
    """Let a sender try again that was stopped, or was refused countries."""
    with tenants.working(runtime().database, slug) as (session, _):
        sender = senders.reopen(session, sender_id)
    click.echo(f"Sender {sender.id} is open.")


@click.group("outbound")
def outbound_group() -> None:
    """Everything that leaves: stop it, let it go on, and what is decided about it."""


@outbound_group.command("stop")
@click.option("--why", default="", help="Shown to everybody while it lasts.")
@one_or_all
@with_appcontext
def stop(slug: str | None, why: str) -> None:
    """Let nothing more leave, of every tenant or of one, until `go`. What is on its way already ends as it ends."""
    with _concerned(slug) as (session, tenant_id):
        holds.hold(session, tenant_id, "stopped", WHO, why=why)
    click.echo(
        "Nothing more leaves. Let it go on with: flask outbound go" + (f" --tenant {slug}" if slug else "")
    )


@outbound_group.command("go")
@click.option("--why", required=True, help="What has been done about it.")
@one_or_all
@with_appcontext
def go(slug: str | None, why: str) -> None:
    """Let what `stop` holds leave again."""
    with _concerned(slug) as (session, tenant_id):
        lifted = holds.lift(session, tenant_id, "stopped", WHO, why=why)
        left = holds.open_holds(session, tenant_id)
    if not lifted:
        raise click.ClickException("nothing was stopped here" + _others(left))
    click.echo("Sending goes on." if not left else f"That is lifted, but nothing leaves yet{_others(left)}")


@contextmanager
def _concerned(slug: str | None) -> Iterator[tuple[ScopedSession, int | None]]:
    if slug is None:
        try:
            with runtime().database.session(ALL_TENANTS) as session:
                yield session, None
        except CarillonError as error:
            raise click.ClickException(error.message) from None
        return
    with tenants.working(runtime().database, slug) as (session, tenant):
        yield session, tenant.id


def _others(left: Sequence[Hold]) -> str:
    said = [f"{one.reason} by {one.who}" + ("" if one.tenant_id else " for every tenant") for one in left]
    return f"; still open: {', '.join(said)}" if said else ""


@outbound_group.group("limits")
def limits_group() -> None:
    """How much may leave: of the account, of a sender or a brand; by day, in all, or a second."""


@limits_group.command("set")
@click.argument("level", type=click.Choice(["account", "sender", "brand"]))
@click.argument("subject", required=False, default="")
@click.option("--most", type=int, required=True, help="How many; of money the whole currency units.")
@click.option("--unit", type=click.Choice(UNITS), default="sends", show_default=True)
@click.option("--per", "period", type=click.Choice(PERIODS), default="day", show_default=True)
@click.option("--channel", default="", help="Counts this channel only: voice, sms or fax.")
@click.option("--kept-back", type=int, default=0, help="Of these only service and callbacks may use.")
@one_or_all
@with_appcontext
def limit(
    level: str,
    subject: str,
    most: int,
    unit: str,
    period: str,
    channel: str,
    kept_back: int,
    slug: str | None,
) -> None:
    """Limit the account, a sender (SUBJECT is its number) or a brand; without --tenant the account of all tenants."""
    scale = MILLION if unit == "money" else 1
    with _concerned(slug) as (session, tenant_id):
        row = granting.grant(
            session,
            tenant_id,
            level,
            subject,
            unit=unit,
            period=period,
            most=most * scale,
            kept_back=kept_back * scale,
            channel=channel,
        )
        granting.note(session, tenant_id, WHO, row)
        click.echo(f"Limit {row.id}: {_limit_shown(row)}")


@limits_group.command("list")
@one_or_all
@with_appcontext
def limits(slug: str | None) -> None:
    """Every limit, and what is used of it."""
    with _concerned(slug) as (session, tenant_id):
        for row in granting.every(session, tenant_id):
            click.echo(f"{row.id:4}  {_limit_shown(row)}; {row.reserved:,} used")


@limits_group.command("remove")
@click.argument("limit_id", metavar="ID", type=int)
@one_or_all
@with_appcontext
def remove_limit(limit_id: int, slug: str | None) -> None:
    """Remove a limit."""
    with _concerned(slug) as (session, tenant_id):
        row = granting.revoke(session, tenant_id, limit_id)
        granting.note(session, tenant_id, WHO, row, "unlimit")
    click.echo(f"Limit {limit_id} is removed.")


def _limit_shown(row: Allowance) -> str:
    what = " ".join(filter(None, (row.level, row.subject, row.channel)))
    most = f"{row.most / MILLION:g}" if row.unit == "money" else f"{row.most:,}"
    return f"{what}: {most} {row.unit} {'in all' if row.period == 'total' else 'a ' + row.period}"


outbound_group.add_command(
    settings_cli.commands(
        settings.KEPT,
        of_tenant,
        "What a tenant has decided about sending, such as its price table.",
        "The settings of {tenant} stand.",
    )
)
for command in restore_cli.COMMANDS:
    outbound_group.add_command(command)
COMMANDS = (senders_group, outbound_group)
