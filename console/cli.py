"""`flask staff …`: who may sign in."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from console.staff import add_staff
from core import tenants
from core.models import ROLES
from core.runtime import runtime


@click.group("staff")
def staff_group() -> None:
    """Who may sign in to the console."""


@staff_group.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(list(ROLES)),
    required=True,
    help="May be given several times.",
)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="At least 12 characters; asked for if left out.",
)
@click.option("--tenant", "slug", help="Where; needed only where there are several tenants.")
@with_appcontext
def add(
    email: str, name: str, roles: tuple[str, ...], language: str, password: str, slug: str | None
) -> None:
    """Add a person who signs in with EMAIL."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        add_staff(session, tenant.id, email, name, roles, language, password)
    click.echo(f"{name} may sign in as {email}.")


COMMANDS = (staff_group,)
