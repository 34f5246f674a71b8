"""`flask staff …`: who may sign in."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from aftersales.workshop.cli import WHO, of_tenant
from console import leavers
from console.person_cli import persons_group
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
@click.option("--department", default="", help="Of those in the after-sales settings, such as workshop.")
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
    email: str,
    name: str,
    roles: tuple[str, ...],
    language: str,
    department: str,
    password: str,
    slug: str | None,
) -> None:
    """Add a person who signs in with EMAIL."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        add_staff(session, tenant.id, email, name, roles, language, password, department)
    click.echo(f"{name} may sign in as {email}.")


@staff_group.command("move")
@click.argument("email")
@click.option("--department", required=True, help="Of those in the after-sales settings.")
@of_tenant
@with_appcontext
def move(email: str, department: str, slug: str | None) -> None:
    """EMAIL works in another department from now on."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        leavers.change_department(session, tenant, email, department, WHO)
    click.echo(f"{email} is of {department} now.")


@staff_group.command("deactivate")
@click.argument("email")
@click.option("--to", "heir", metavar="EMAIL", help="Who takes over what is open and theirs.")
@of_tenant
@with_appcontext
def deactivate(email: str, heir: str | None, slug: str | None) -> None:
    """EMAIL may not sign in any more. Refused while they still own promises, unless somebody takes them over."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        leavers.deactivate(session, tenant, email, heir, WHO)
    click.echo(f"{email} may not sign in any more.")


COMMANDS = (staff_group, persons_group)
