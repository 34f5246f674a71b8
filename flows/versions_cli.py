"""`flask flows versions`, `diff` and `back`: what was published when, what differs, and the way back."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from core import clock, tenants
from core.commands import text_of
from core.db import ScopedSession
from core.runtime import runtime
from flows.language.lint import Rules
from flows.publish import by_hash, publish, published, versions
from flows.releases import differing

TENANT = click.option("--tenant", "slug", help="Whose flow; needed only where there are several tenants.")


@click.command("versions")
@click.argument("name", metavar="FLOW")
@TENANT
@with_appcontext
def versions_command(name: str, slug: str | None) -> None:
    """List the versions of FLOW, the newest first."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        found = versions(session, tenant.id, name)
        if not found:
            raise click.ClickException(f"there is no flow {name!r} here")
        for one in found:
            at = (one.published_at or one.created_at).astimezone(ZoneInfo(tenant.zone))
            click.echo(f"{one.hash}  {one.state}  {at:%Y-%m-%d %H:%M}  {one.note}".rstrip())


@click.command("diff")
@click.argument("name", metavar="FLOW")
@click.argument("other", metavar="FILE|HASH")
@TENANT
@with_appcontext
def diff_command(name: str, other: str, slug: str | None) -> None:
    """Show what differs between the published FLOW and a file, or one of its other versions."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        now = published(session, tenant.id, name).document
        then = _document(session, tenant.id, other)
    click.echo("\n".join(differing(now, then, other)) or "nothing differs")


@click.command("back")
@click.argument("hash_", metavar="HASH")
@click.option("--accept-changes", is_flag=True, help="What golden calls hear then is right from now on.")
@TENANT
@with_appcontext
def back_command(hash_: str, accept_changes: bool, slug: str | None) -> None:
    """Publish a former version again. Calls in flight stay on theirs."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        document = by_hash(session, tenant.id, hash_).document
        version = publish(session, tenant.id, document, Rules(), clock.now(), accept_changes=accept_changes)
    click.echo(f"{version.name!r} is published as {version.hash}.")


def _document(session: ScopedSession, tenant_id: int, other: str) -> str:
    path = Path(other)
    if path.is_file():
        return text_of(path)
    return by_hash(session, tenant_id, other).document
