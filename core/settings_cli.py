"""`… settings show` and `… settings set FILE`, for whatever a tenant's people decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml
from flask.cli import with_appcontext

from core import tenants
from core.runtime import runtime
from core.settings import Kept
from core.yaml import text_of

WHO = "command line"


def commands(kept: Kept[Any], of_tenant: Callable[[Any], Any], explained: str, done: str) -> click.Group:
    """`settings show` and `settings set FILE` for *kept*; *done* is what is said of {tenant} afterwards."""

    @click.command("show")
    @of_tenant
    @with_appcontext
    def show(slug: str | None) -> None:
        """The settings as YAML; what is not there is as by default."""
        with tenants.working(runtime().database, slug, read_only=True) as (_, tenant):
            found = kept.shown(kept.of(tenant))
        click.echo(
            yaml.safe_dump(found, allow_unicode=True, sort_keys=False) if found else "{}", nl=not found
        )

    @click.command("set")
    @click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @of_tenant
    @with_appcontext
    def set_(path: Path, slug: str | None) -> None:
        """Replace the settings by the YAML document FILE."""
        with tenants.working(runtime().database, slug) as (session, tenant):
            kept.change(session, tenant, kept.read(text_of(path)), WHO)
        click.echo(done.format(tenant=repr(tenant.slug)))

    return click.Group("settings", commands=[show, set_], help=explained)
