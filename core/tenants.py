"""Adding tenants, and finding the one a command is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.characters import clean
from core.db import ALL_TENANTS, Database, ScopedSession
from core.errors import CarillonError, Conflict, Invalid, NotFound
from core.models import Tenant
from core.phone import regions


def find(database: Database, slug: str | None) -> Tenant:
    """The tenant called *slug*, or the only one. Raises NotFound, or Invalid naming those there are."""
    with database.reading(ALL_TENANTS) as session:
        tenants = {tenant.slug: tenant for tenant in session.scalars(select(Tenant).order_by(Tenant.slug))}
    names = ", ".join(tenants) or "none yet; add one with: flask tenants add"
    if slug is not None:
        if slug not in tenants:
            raise NotFound(
                "no_tenant", "there is no tenant {slug!r}; there are: {names}", slug=slug, names=names
            )
        return tenants[slug]
    if len(tenants) != 1:
        raise Invalid("which_tenant", "say which tenant with --tenant; there are: {names}", names=names)
    return next(iter(tenants.values()))


def asked(database: Database, slug: str | None) -> Tenant:
    """`find` for commands: what we refuse ends the command with exit 1 and the reason."""
    try:
        return find(database, slug)
    except CarillonError as error:
        raise click.ClickException(error.message) from None


@contextmanager
def working(
    database: Database, slug: str | None, *, read_only: bool = False
) -> Iterator[tuple[ScopedSession, Tenant]]:
    """For commands: a session of the tenant called *slug*. What we refuse ends the command with exit 1 and the reason."""
    try:
        tenant = find(database, slug)
        with (database.reading if read_only else database.session)(tenant.id) as session:
            yield session, tenant
    except CarillonError as error:
        raise click.ClickException(error.message) from None


def add(session: Session, slug: str, name: str, zone: str, region: str, language: str) -> Tenant:
    """A new tenant. Raises Invalid or Conflict saying what to enter."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", slug):
        raise Invalid("bad_slug", "enter a name of small letters, digits and hyphens, such as lakeside")
    if region not in regions():
        raise Invalid("bad_region", "--region: enter a country such as US or CN, not {region}", region=region)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            "bad_zone", "--zone: enter an IANA zone such as Asia/Shanghai, not {zone}", zone=zone
        ) from None
    name = clean(name).strip()
    if not 1 <= len(name) <= 120:
        raise Invalid("bad_name", "--name: enter a name of 1 to 120 characters, as callers are to hear it")
    if session.scalar(select(Tenant.id).where(Tenant.slug == slug)):
        raise Conflict("slug_taken", "there is a tenant {slug!r} already", slug=slug)
    tenant = Tenant(slug=slug, name=name, zone=zone, region=region, language=language, created_at=clock.now())
    session.add(tenant)
    session.flush()
    return tenant
