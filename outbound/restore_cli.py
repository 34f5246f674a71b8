"""`flask outbound reconcile-restore | lift-restore`: after an older database was restored."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from core.db import ALL_TENANTS
from core.errors import CarillonError
from core.runtime import runtime
from outbound import restored


@click.command("reconcile-restore")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    help="UTC, as 2026-11-18T17:00; else the database's last sign of life.",
)
@with_appcontext
def reconcile_restore(since: datetime | None) -> None:
    """Ask the carriers what left after the backup was made, and write down or close whom it reached."""
    try:
        found = restored.reconcile(runtime(), since and since.replace(tzinfo=UTC))
    except CarillonError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"Sent since {found.since:%Y-%m-%d %H:%M} UTC, and unknown to this database:")
    click.echo(f"{found.placed:8,} written down at their deliveries")
    click.echo(f"{found.unplaced:8,} of which it knows no one delivery; frequency caps count them")
    click.echo(f"{found.unproven:8,} deliveries closed as unknown, for they may be among these")
    if found.incomplete:
        click.echo(f"The list proves no absence for: {', '.join(found.incomplete)}. Look there yourself.")
    click.echo(f"{found.texts:8,} texts to us taken in again, opt-outs among them")
    if found.callers:
        click.echo(
            "A key pressed in a call is in no carrier's list. These were in calls since the backup: ask"
        )
        click.echo("whoever answered them, hear the recordings, or enter those in doubt as opted out.")
        for address in sorted(found.callers):
            click.echo(f"    {address}")
    click.echo("Then let sending go on with: flask outbound lift-restore --why '...'")


@click.command("lift-restore")
@click.option("--why", required=True, help="How you made sure; kept in the audit trail.")
@with_appcontext
def lift_restore(why: str) -> None:
    """Let sending go on after a restore that has been reconciled."""
    try:
        with runtime().database.session(ALL_TENANTS) as session:
            restored.lift(session, why, "command line")
    except CarillonError as error:
        raise click.ClickException(error.message) from None
    click.echo("Sending goes on.")


COMMANDS = (reconcile_restore, lift_restore)
