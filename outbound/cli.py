"""`flask senders …`: the numbers we send from; `flask outbound …`: everything that leaves us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import yaml
from flask.cli import with_appcontext

from core import holds, tenants
from core.db import ALL_TENANTS, ScopedSession
from core.models import Hold
from core.runtime import runtime
from core.yaml import text_of
from outbound import senders, settings

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
        with runtime().database.session(ALL_TENANTS) as session:
            yield session, None
        return
    with tenants.working(runtime().database, slug) as (session, tenant):
        yield session, tenant.id


def _others(left: Sequence[Hold]) -> str:
    said = [f"{one.reason} by {one.who}" + ("" if one.tenant_id else " for every tenant") for one in left]
    return f"; still open: {', '.join(said)}" if said else ""


@outbound_group.group("settings")
def settings_group() -> None:
    """What a tenant has decided about sending, such as its price table."""


@settings_group.command("show")
@of_tenant
@with_appcontext
def show(slug: str | None) -> None:
    """The settings as YAML; what is not there is as by default."""
    with tenants.working(runtime().database, slug, read_only=True) as (_, tenant):
        found = settings.shown(settings.of(tenant))
    click.echo(yaml.safe_dump(found, allow_unicode=True, sort_keys=False) if found else "{}", nl=not found)


@settings_group.command("set")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@of_tenant
@with_appcontext
def set_(path: Path, slug: str | None) -> None:
    """Replace the settings by the YAML document FILE."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        settings.change(session, tenant, settings.read(text_of(path)), WHO)
    click.echo(f"The settings of {tenant.slug!r} stand.")


COMMANDS = (senders_group, outbound_group)
