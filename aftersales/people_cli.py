"""`flask aftersales absences …` and `assign`: who is away, who stands in, whose calls are whose."""

from __future__ import annotations

from datetime import datetime, time

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import absences, follow_ups
from aftersales.workshop.cli import WHO, of_tenant
from core import clock, tenants
from core.errors import Invalid
from core.models import Staff
from core.runtime import runtime

DAY, HOUR = "%Y-%m-%d", "%H:%M"


@click.group("absences")
def absences_group() -> None:
    """Who is away, and who stands in."""


@absences_group.command("list")
@of_tenant
@with_appcontext
def list_absences(slug: str | None) -> None:
    """Those under way and to come."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _tenant):
        for row in absences.coming(session, clock.now()):
            away = row.absence
            by = row.acting or row.delegate or "nobody"
            click.echo(f"{away.id}  {row.name}  {away.first_on} to {away.last_on}  {by}")


@absences_group.command("enter")
@click.argument("email")
@click.argument("first_on", type=click.DateTime([DAY]))
@click.argument("last_on", type=click.DateTime([DAY]))
@click.option("--from", "first_at", type=click.DateTime([HOUR]), help="Only from this time of the first day.")
@click.option("--until", "last_at", type=click.DateTime([HOUR]), help="Only until this time of the last day.")
@click.option("--stand-in", "delegate", metavar="EMAIL", help="Of the same department; else the supervisor.")
@of_tenant
@with_appcontext
def enter(
    email: str,
    first_on: datetime,
    last_on: datetime,
    first_at: datetime | None,
    last_at: datetime | None,
    delegate: str | None,
    slug: str | None,
) -> None:
    """EMAIL is away from FIRST_ON to LAST_ON (2026-03-10), both included."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        starts_at, ends_at = absences.span(
            tenant, first_on.date(), last_on.date(), _hour(first_at), _hour(last_at)
        )
        made = absences.enter(
            session, tenant, staff_id=by_email(session, email).id, starts_at=starts_at, ends_at=ends_at,
            delegate_id=by_email(session, delegate).id if delegate else None, who=WHO,
        )  # fmt: skip
        click.echo(f"Absence {made.id} is entered.")


@absences_group.command("end")
@click.argument("absence_id", type=int)
@of_tenant
@with_appcontext
def end(absence_id: int, slug: str | None) -> None:
    """They are back, or will not be away after all."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        absences.end(session, tenant, absences.get(session, absence_id), WHO)
    click.echo(f"Absence {absence_id} is over.")


@click.command("assign")
@click.argument("follow_up_ids", type=click.IntRange(min=1), nargs=-1, required=True)
@click.option("--to", "email", required=True, metavar="EMAIL")
@of_tenant
@with_appcontext
def assign(follow_up_ids: tuple[int, ...], email: str, slug: str | None) -> None:
    """Give follow-ups that wait to somebody."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        given = follow_ups.assign(session, tenant.id, follow_up_ids, by_email(session, email).id, WHO)
    click.echo(f"{given:,} given to {email}.")


def by_email(session: Session, email: str) -> Staff:
    """The person of the session's tenant who signs in with *email*. Raises Invalid."""
    found = session.scalar(select(Staff).where(Staff.email == email.strip().lower()))
    if found is None:
        raise Invalid("unknown_staff", "nobody here signs in with {email}", email=email)
    return found


def _hour(at: datetime | None) -> time | None:
    return at.time() if at else None
