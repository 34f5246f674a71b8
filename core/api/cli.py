"""`flask api-keys …`: which programs may use /api/v1."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from core import tenants
from core.api import keys
from core.models import ROLES
from core.runtime import runtime

WHO = "command line"
of_tenant = click.option("--tenant", "slug", help="Whose keys; needed only where there are several tenants.")


@click.group("api-keys")
def api_keys() -> None:
    """Keys with which programs use /api/v1."""


@api_keys.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="What its holder may do.")
@of_tenant
@with_appcontext
def add(name: str, role: str, slug: str | None) -> None:
    """Make a key for the program NAME and print its token, once."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        key, token = keys.add(session, tenant.id, name, role, WHO)
    click.echo(f"Key {key.id} for {key.name!r} as {key.role}. Its token is shown only now:", err=True)
    click.echo(token)


@api_keys.command("list")
@of_tenant
@with_appcontext
def list_(slug: str | None) -> None:
    """Every key, without its token."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        rows = keys.every(session)
    for key in rows:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        state = "revoked" if key.revoked_at else "valid"
        click.echo(
            f"{key.id:5}  carillon_{key.prefix}_…  {key.role:14} {state:8} last used {used}  {key.name}"
        )
    if not rows:
        click.echo("There are no keys.")


@api_keys.command("revoke")
@click.argument("key_id", metavar="ID", type=int)
@of_tenant
@with_appcontext
def revoke(key_id: int, slug: str | None) -> None:
    """Let key ID open nothing any more, at once."""
    with tenants.working(runtime().database, slug) as (session, _):
        key = keys.revoke(session, key_id, WHO)
    click.echo(f"Key {key.id} for {key.name!r} is revoked.")


COMMANDS = (api_keys,)
