"""`flask aftersales slots …`: times customers can book."""

from __future__ import annotations

import json
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from aftersales import closing_slots, settings, slots
from aftersales.days import DAY
from aftersales.slots import Pattern
from aftersales.workshop.cli import WHO, of_tenant
from core import clock, tenants
from core.errors import Invalid
from core.runtime import runtime

ON = click.DateTime(["%Y-%m-%d"])
AT = click.DateTime(["%H:%M"])
LATEST = date.max - 31 * DAY
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.group("slots")
def slots_group() -> None:
    """Times at which customers can be received."""


@slots_group.command("open")
@click.argument("resource")
@click.option("--from", "first_on", type=ON, required=True, help="The first day.")
@click.option("--until", "last_on", type=ON, required=True, help="The last day.")
@click.option("--opens", type=AT, default="08:00", show_default=True)
@click.option("--closes", type=AT, default="16:00", show_default=True)
@click.option(
    "--every", "minutes", type=int, default=60, show_default=True, help="Minutes from one slot to the next."
)
@click.option("--places", type=int, default=1, show_default=True, help="Customers at a time.")
@click.option(
    "--days", "weekdays", default="mon-fri", show_default=True, help="Such as mon-fri or mon,wed,sat."
)
@click.option("--holidays", is_flag=True, help="On public holidays too.")
@of_tenant
@with_appcontext
def open_(
    resource: str, first_on: datetime, last_on: datetime, opens: datetime, closes: datetime, minutes: int, places: int,
    weekdays: str, holidays: bool, slug: str | None,
) -> None:  # fmt: skip
    """Open slots at RESOURCE (a bay, an adviser) by a week's pattern; those that are there stay as they are."""
    pattern = Pattern(
        resource, first_on.date(), last_on.date(), opens.time(), closes.time(), minutes, places, read_weekdays(weekdays),
        skips_holidays=not holidays,
    )  # fmt: skip
    with tenants.working(runtime().database, slug) as (session, tenant):
        done = slots.open_slots(session, tenant, pattern, WHO)
    click.echo(f"{done.opened} slots are opened, {done.there} were there already.")


@slots_group.command("list")
@click.option("--from", "first_on", type=ON, help="The first day; today if left out.")
@click.option("--until", "last_on", type=ON, help="The last day; two weeks later if left out.")
@click.option("--resource", default="", help="Only there.")
@click.option("--free", "is_free", is_flag=True, help="Only those with a free place.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@of_tenant
@with_appcontext
def list_(
    first_on: datetime | None,
    last_on: datetime | None,
    resource: str,
    is_free: bool,
    as_json: bool,
    slug: str | None,
) -> None:
    """Slots that are open, with how many places are free."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        days = settings.days_of(tenant)
        first = first_on.date() if first_on else days.on(clock.now())
        starts, ends = slots.window(days, first, last_on.date() if last_on else min(first, LATEST) + 13 * DAY)
        rows = slots.between(session, starts, ends, resource)
    rows = [row for row in rows if row.is_free or not is_free]
    if as_json:
        told = [
            {"id": row.slot.id, "resource": row.slot.resource, "starts_at": row.slot.starts_at.isoformat(), "ends_at": row.slot.ends_at.isoformat(), "places": row.slot.places, "free": row.places}
            for row in rows
        ]  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in rows:
        at, end = row.slot.starts_at.astimezone(days.clock), row.slot.ends_at.astimezone(days.clock)
        click.echo(
            f"{row.slot.id:6}  {at:%a %Y-%m-%d %H:%M}-{end:%H:%M}  {row.places} of {row.slot.places} free  {row.slot.resource}"
        )
    if not rows:
        click.echo("There are no slots.")


@slots_group.command("close")
@click.argument("resource")
@click.option("--from", "first_on", type=ON, required=True, help="The first day.")
@click.option("--until", "last_on", type=ON, required=True, help="The last day.")
@click.option(
    "--move", "moves", is_flag=True, help="Give whoever has a place the next free one, and have them called."
)
@of_tenant
@with_appcontext
def close(resource: str, first_on: datetime, last_on: datetime, moves: bool, slug: str | None) -> None:
    """Close RESOURCE for some days. Refused while a customer has a place there, unless they may be moved."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        done = closing_slots.close_days(
            session, tenant, resource, first_on.date(), last_on.date(), WHO, moves=moves
        )
    click.echo(
        f"{done.slots} slots are closed, {len(done.moved)} customers have another time and will be called."
    )


def read_weekdays(text: str) -> list[int]:
    """The days of the week in such as mon-fri or mon,wed,sat: 0 is Monday. Raises Invalid."""
    found: set[int] = set()
    for part in text.casefold().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise Invalid("bad_weekday", "--days: enter days such as mon-fri or mon,wed,sat")
        begins, ends = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found |= {day % 7 for day in range(begins, ends + 1 + 7 * (ends < begins))}
    return sorted(found)
