"""`flask aftersales events …`: what customers are invited to."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import with_appcontext

from aftersales import events
from aftersales.models.events import EVENT_KINDS
from aftersales.workshop.cli import WHO, of_tenant
from core import tenants
from core.runtime import runtime

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("events")
def events_group() -> None:
    """What customers are invited to; a campaign names it with `event: NUMBER`."""


@events_group.command("list")
@of_tenant
@with_appcontext
def list_events(slug: str | None) -> None:
    """Those furthest ahead first, with what they still lack."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        for event in events.every(session):
            lacks = f"  lacks {', '.join(lacking)}" if (lacking := events.lacking(event)) else ""
            click.echo(f"{event.id}  {event.held_on}  {event.name}{lacks}")


@events_group.command("enter")
@click.argument("name")
@click.option("--kind", type=click.Choice(EVENT_KINDS), required=True)
@click.option("--on", "held_on", type=DAY, required=True, help="Its day, or its first.")
@click.option("--until", "ends_on", type=DAY, help="Its last day, if it is another.")
@click.option("--hours", default="", help="The time of day, in words.")
@click.option("--address", default="")
@click.option("--en", default="", help="What it is about, in English.")
@click.option("--zh", default="", help="What it is about, in Chinese.")
@of_tenant
@with_appcontext
def enter(
    name: str,
    kind: str,
    held_on: datetime,
    ends_on: datetime | None,
    hours: str,
    address: str,
    en: str,
    zh: str,
    slug: str | None,
) -> None:
    """Enter the event called NAME."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        last_on = ends_on.date() if ends_on else None
        said = events.Details(
            name, kind, held_on.date(), last_on, hours, address, content={"en": en, "zh": zh}
        )
        made = events.enter(session, tenant, said, WHO)
        click.echo(f"Event {made.id} is entered.")
