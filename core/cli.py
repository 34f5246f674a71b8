"""Commands that look after the installation: settings, secrets, database, staff."""

from __future__ import annotations

import click
from cryptography.fernet import Fernet
from flask.cli import with_appcontext

from core import schema
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


@click.group("db")
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Create or update every table."""
    schema.upgrade(runtime().database)
    click.echo("The database is up to date.")


COMMANDS = (check, secret, db)
