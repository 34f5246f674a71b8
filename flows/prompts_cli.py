"""`flask flows prompts`: what flows play by name."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from core import clock, tenants
from core.runtime import runtime
from flows import prompts
from flows.prompts import Given

TENANT = click.option("--tenant", "slug", help="Whose prompts; needed only where there are several tenants.")
LANG = click.option("--lang", required=True, help="The language it is in, such as en or zh.")


@click.group("prompts")
def prompts_group() -> None:
    """Keep the recordings and texts that flows play by name."""


@prompts_group.command("keep")
@click.argument("name")
@click.argument(
    "path", metavar="[FILE]", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@LANG
@click.option("--text", default="", help="What is read aloud where there is no FILE.")
@TENANT
@with_appcontext
def keep(name: str, path: Path | None, lang: str, text: str, slug: str | None) -> None:
    """Have flows that play NAME play FILE, a WAV or MP3, in place of what there was."""
    audio = path.read_bytes() if path else b""
    with tenants.working(runtime().database, slug) as (session, tenant):
        kept = prompts.keep(session, tenant.id, Given(name, lang, audio, text), "command line", clock.now())
    click.echo(f"{kept.name} in {kept.language} is heard within seconds.")


@prompts_group.command("list")
@TENANT
@with_appcontext
def list_prompts(slug: str | None) -> None:
    """List the prompts there are."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        for one in prompts.listed(session, tenant.id):
            click.echo(f"{one.id}  {one.name}  {one.language}  {one.media_type or one.text}")


@prompts_group.command("remove")
@click.argument("prompt_id", metavar="ID", type=int)
@TENANT
@with_appcontext
def remove(prompt_id: int, slug: str | None) -> None:
    """Have flows play the prompt ID (see list) no more."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        prompts.remove(session, tenant.id, prompt_id, "command line")
    click.echo("removed")
