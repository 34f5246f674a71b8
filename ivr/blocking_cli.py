"""Commands about callers who are turned away."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from core import tenants
from core.runtime import runtime
from ivr import blocking

WHO = "command line"


@click.command("block")
@click.argument("number")
@click.option("--why", required=True, help="Kept with the number and in the audit log.")
@click.option("--tenant", "slug", help="Whose hotline; needed only where there are several tenants.")
@with_appcontext
def block_command(number: str, why: str, slug: str | None) -> None:
    """Turn calls from NUMBER away unanswered."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        is_new = blocking.block(session, tenant, number, why, WHO)
    click.echo("It is turned away within a minute." if is_new else "It is blocked already.")


@click.command("unblock")
@click.argument("number")
@click.option("--tenant", "slug", help="Whose hotline; needed only where there are several tenants.")
@with_appcontext
def unblock_command(number: str, slug: str | None) -> None:
    """Answer calls from NUMBER again."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        blocking.unblock(session, tenant, blocking.find(session, tenant, number).id, WHO)
    click.echo("It is answered within a minute.")


@click.command("blocked")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")
@click.option("--tenant", "slug", help="Whose hotline; needed only where there are several tenants.")
@with_appcontext
def blocked_command(as_json: bool, slug: str | None) -> None:
    """List who is turned away, the newest first; that whole numbers were shown is on record."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        rows = blocking.shown(session, tenant, WHO)
    if as_json:
        told = [
            {"number": row.address, "why": row.why, "by": row.created_by, "at": row.created_at.isoformat()}
            for row in rows
        ]
        click.echo(json.dumps({"blocked": told}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row.address}  {row.created_at:%Y-%m-%d}  {row.created_by}  {row.why}")
