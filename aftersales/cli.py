"""`flask aftersales …`: what a department decides about the promises it keeps."""

from __future__ import annotations

from pathlib import Path

import click
import yaml
from flask.cli import with_appcontext

from aftersales import settings
from aftersales.workshop.cli import workshop_key_group
from core import tenants
from core.runtime import runtime
from core.yaml import text_of

WHO = "command line"
of_tenant = click.option("--tenant", "slug", help="Whose; needed only where there are several tenants.")


@click.group("aftersales")
def aftersales_group() -> None:
    """Work orders, follow-ups, cases, registers and summaries."""


@aftersales_group.group("settings")
def settings_group() -> None:
    """Days, plan of follow-ups, departments and for how long what is kept."""


@settings_group.command("show")
@of_tenant
@with_appcontext
def show(slug: str | None) -> None:
    """The settings as YAML; what is not there is as by default."""
    with tenants.working(runtime().database, slug, read_only=True) as (_, tenant):
        found = settings.shown(settings.of(tenant))
    click.echo(yaml.safe_dump(found, allow_unicode=True, sort_keys=False) if found else "{}", nl=not found)


@settings_group.command("set")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@of_tenant
@with_appcontext
def set_(path: Path, slug: str | None) -> None:
    """Replace the settings by the YAML document FILE."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        settings.change(session, tenant, settings.read(text_of(path)), WHO)
    click.echo(f"The after-sales settings of {tenant.slug!r} stand.")


aftersales_group.add_command(workshop_key_group)
COMMANDS = (aftersales_group,)
