"""Commands that look after the installation: settings, secrets, database, staff."""

from __future__ import annotations

import logging
from copy import copy
from typing import Any

import click
from cryptography.fernet import Fernet
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

from core import copying, hosts, jobs, schema, worker
from core import tenants as find_tenants
from core.config import described, load
from core.db import ALL_TENANTS, Database
from core.errors import CarillonError
from core.runtime import runtime


@click.command("check")
@with_appcontext
def check() -> None:
    """Check the settings (every start does so first) and whether the database answers and is up to date."""
    database = runtime().database
    if not database.is_up():
        raise click.ClickException("DATABASE_URL: the database does not answer")
    if schema.is_behind(database):
        raise click.ClickException("the database is not up to date; run: flask db upgrade")
    click.echo("All settings are usable.")


@click.command("secret")
def secret() -> None:
    """Print a fresh key for SECRET_KEYS."""
    click.echo(Fernet.generate_key().decode())


@click.command("settings")
def settings() -> None:
    """Print every setting with its meaning and default; .env.example is this text."""
    click.echo(described(), nl=False)


@click.group("db")
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Create or update every table."""
    schema.upgrade(runtime().database)
    click.echo("The database is up to date.")


@db.command("copy")
@click.argument("url")
@with_appcontext
def copy_database(url: str) -> None:
    """Copy everything into the empty database at URL. Stop web and workers first."""
    target = None
    try:
        target = Database(load(database_url=url).database_url)
        total = copying.copy(
            runtime().database, target, lambda table, count: click.echo(f"{count:10,}  {table}")
        )
    except CarillonError as error:
        raise click.ClickException(error.message) from None
    finally:
        if target:
            target.close()
    click.echo(
        f"{total:10,}  in all, the same on both sides. Now set DATABASE_URL={make_url(url)} everywhere."
    )


@click.command("worker")
@with_appcontext
def work() -> None:
    """Dispatch, reconcile, prepare and settle until told to stop (SIGTERM)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("twilio").setLevel(logging.WARNING)  # it logs whom it writes to
    if schema.is_behind(runtime().database):
        raise click.ClickException("the database is not up to date; run: flask db upgrade")
    worker.run(runtime(), current_app.extensions["jobs"], jobs.leave)


@click.group("tenants")
def tenants() -> None:
    """The companies served."""


@tenants.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="As callers and customers know it.")
@click.option("--zone", default="UTC", show_default=True, help="IANA zone of its screens and opening hours.")
@click.option(
    "--region", default="US", show_default=True, help="Country whose numbers are written without a prefix."
)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@with_appcontext
def add_tenant(slug: str, name: str, zone: str, region: str, language: str) -> None:
    """Add a company called SLUG in commands."""
    with runtime().database.session(ALL_TENANTS) as session:
        try:
            tenant = find_tenants.add(session, slug, name, zone, region, language)
        except CarillonError as error:
            raise click.ClickException(error.message) from None
        click.echo(f"Tenant {tenant.slug!r} stands.")


@click.group("hosts")
def hosts_group() -> None:
    """The machines that run workers; each answers for what its spool holds."""


@hosts_group.command("list")
@with_appcontext
def list_hosts() -> None:
    """Every machine, when it was last heard of, and what it holds."""
    with runtime().database.reading(ALL_TENANTS) as session:
        waiting_for = hosts.in_the_way(session, here="")
        for host in hosts.every(session):
            state = (
                "written off" if host.written_off_at else "waited for" if host.name in waiting_for else "well"
            )
            click.echo(
                f"{host.name:30} {host.seen_at:%Y-%m-%d %H:%M:%S} UTC {host.spooled:10,} bytes  {state}"
            )


@hosts_group.command("write-off")
@click.argument("name")
@click.option("--why", required=True, help="What became of it; opt-outs in its spool are taken for lost.")
@with_appcontext
def write_off(name: str, why: str) -> None:
    """Wait no longer for the machine NAME, which is lost with whatever its spool held."""
    with runtime().database.session(ALL_TENANTS) as session:
        try:
            hosts.write_off(session, name, "command line", why)
        except CarillonError as error:
            raise click.ClickException(error.message) from None
    click.echo(f"{name} is written off.")


def explained(command: click.Command) -> click.Command:
    """*command*, ended with the reason and exit 1 where the database is away, is none, or is behind."""
    told = copy(command)

    def invoke(context: click.Context) -> Any:
        try:
            return command.invoke(context)
        except (DataError, IntegrityError):
            raise
        except DatabaseError as error:
            raise click.ClickException(_trouble(error)) from None

    told.invoke = invoke  # type: ignore[method-assign, assignment]  # the command itself stays as it is
    return told


# what SQLite and PostgreSQL say while others write
BUSY = (
    "database is locked",
    "database table is locked",
    "canceling statement due to lock timeout",
    "deadlock detected",
)


def _trouble(error: DatabaseError) -> str:
    said = str(error.orig).partition("\n")[0]
    if isinstance(error, ProgrammingError) or said.startswith(("no such table", "no such column")):
        return "the database is not up to date; run: flask db upgrade"
    if said.startswith(BUSY):
        return "the database is busy; try again in a moment"
    return f"DATABASE_URL: the database does not answer ({said})"


COMMANDS = (check, secret, settings, db, work, tenants, hosts_group)
