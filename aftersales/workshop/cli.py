"""`flask aftersales workshop-key …`: with what a workshop's system signs."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from aftersales.workshop import keys
from core import tenants
from core.runtime import runtime

WHO = "command line"
of_tenant = click.option("--tenant", "slug", help="Whose; needed only where there are several tenants.")


@click.group("workshop-key")
def workshop_key_group() -> None:
    """Keys with which a workshop's system signs what it tells us."""


@workshop_key_group.command("add")
@click.argument("name")
@of_tenant
@with_appcontext
def add(name: str, slug: str | None) -> None:
    """Make a key for the system NAME and print its secret, once. Two may be good at a time."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        key, secret = keys.add(session, runtime().config, tenant.id, name, WHO)
    click.echo(f"Key {key.id} for {key.name!r}. Its secret is shown only now:", err=True)
    click.echo(secret)


@workshop_key_group.command("list")
@of_tenant
@with_appcontext
def list_(slug: str | None) -> None:
    """Every key, without its secret."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        rows = keys.every(session)
    for key in rows:
        click.echo(
            f"{key.id:5}  {'revoked' if key.revoked_at else 'valid':8} {key.created_at:%Y-%m-%d}  {key.name}"
        )
    if not rows:
        click.echo("There are no keys.")


@workshop_key_group.command("revoke")
@click.argument("key_id", metavar="ID", type=int)
@of_tenant
@with_appcontext
def revoke(key_id: int, slug: str | None) -> None:
    """Let key ID open nothing any more, at once."""
    with tenants.working(runtime().database, slug) as (session, _):
        key = keys.revoke(session, key_id, WHO)
    click.echo(f"Key {key.id} for {key.name!r} is revoked.")
