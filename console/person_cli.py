"""`flask persons …`: what a person may ask for."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from aftersales.workshop.cli import WHO, of_tenant
from console import persons
from core import tenants
from core.runtime import runtime


@click.group("persons")
def persons_group() -> None:
    """A copy of everything we keep of a customer, or forgetting them."""


@persons_group.command("export")
@click.argument("customer_id", type=click.IntRange(min=1))
@click.argument("path", metavar="FILE.zip", type=click.Path(dir_okay=False, path_type=Path))
@of_tenant
@with_appcontext
def export(customer_id: int, path: Path, slug: str | None) -> None:
    """Write everything we keep of CUSTOMER_ID into FILE.zip."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        packed = persons.export(session, tenant, persons.find(session, customer_id), WHO)
        try:
            path.write_bytes(packed)
        except OSError as error:
            raise click.ClickException(
                f"{path} cannot be written: {error.strerror}; name another file"
            ) from None
    click.echo(f"{path} holds everything we keep of customer {customer_id}.")


@persons_group.command("erase")
@click.argument("customer_id", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Who asked for it, and when.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@of_tenant
@with_appcontext
def erase(customer_id: int, reason: str, yes: bool, slug: str | None) -> None:
    """Forget CUSTOMER_ID for good; whom not to contact stays known by a hash."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        persons.find(session, customer_id)
    if not yes:
        click.confirm(f"Erase customer {customer_id}? This cannot be undone.", abort=True)
    with tenants.working(runtime().database, slug) as (session, _):
        count = persons.erase(session, persons.find(session, customer_id), reason, WHO)
    click.echo(f"Customer {customer_id} is erased; the carrier is told to delete {count} recordings.")
