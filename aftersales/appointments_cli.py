"""`flask aftersales appointments …`: who comes when."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext

from aftersales import appointment_lists, appointments, settings, slots
from aftersales.appointment_lists import Row
from aftersales.appointments import Wanted
from aftersales.days import DAY, Days
from aftersales.slots_cli import LATEST, ON
from aftersales.workshop.cli import WHO, of_tenant
from core import clock, tenants
from core.runtime import runtime


@click.group("appointments")
def appointments_group() -> None:
    """Customers who have a place in a slot."""


@appointments_group.command("list")
@click.option("--from", "first_on", type=ON, help="The first day; today if left out.")
@click.option("--until", "last_on", type=ON, help="The last day; a week later if left out.")
@click.option("--customer", type=int, help="All of one customer's, by id, whenever.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@of_tenant
@with_appcontext
def list_(
    first_on: datetime | None, last_on: datetime | None, customer: int | None, as_json: bool, slug: str | None
) -> None:
    """Who comes on which day."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        days = settings.days_of(tenant)
        if customer is not None:
            rows = appointment_lists.of_customer(session, customer)
        else:
            first = first_on.date() if first_on else days.on(clock.now())
            last = last_on.date() if last_on else min(first, LATEST) + 6 * DAY
            rows = appointment_lists.between(session, *slots.window(days, first, last))
    if as_json:
        click.echo(json.dumps([_told(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        click.echo(_line(row, days))
    if not rows:
        click.echo("There are no appointments.")


@appointments_group.command("book")
@click.argument("slot_id", metavar="SLOT", type=int)
@click.argument("customer_id", metavar="CUSTOMER", type=int)
@click.option("--vehicle", type=int, help="Its id.")
@click.option("--kind", default="", help="What for, such as service.")
@click.option("--wish", default="", help="What the customer said.")
@of_tenant
@with_appcontext
def book(slot_id: int, customer_id: int, vehicle: int | None, kind: str, wish: str, slug: str | None) -> None:
    """Give CUSTOMER a place in SLOT; the numbers are those of `slots list` and of the customer's page."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        wanted = Wanted(customer_id, f"cli:{clock.new_token()}", kind, wish, vehicle)
        made = appointments.book(session, tenant, slot_id, wanted, WHO)
        row, days = appointment_lists.one(session, made.id), settings.days_of(tenant)
    click.echo(_line(row, days))


@appointments_group.command("move")
@click.argument("appointment_id", metavar="ID", type=int)
@click.argument("slot_id", metavar="SLOT", type=int)
@click.option("--reason", default="")
@of_tenant
@with_appcontext
def move(appointment_id: int, slot_id: int, reason: str, slug: str | None) -> None:
    """The customer of appointment ID comes at SLOT instead."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        old = appointments.get(session, appointment_id)
        new = appointments.reschedule(session, tenant, old, slot_id, WHO, reason)
        row, days = appointment_lists.one(session, new.id), settings.days_of(tenant)
    click.echo(_line(row, days))


@appointments_group.command("cancel")
@click.argument("appointment_id", metavar="ID", type=int)
@click.option("--reason", default="")
@of_tenant
@with_appcontext
def cancel(appointment_id: int, reason: str, slug: str | None) -> None:
    """The customer of appointment ID does not come; others may have the place."""
    _mark(appointment_id, slug, lambda session, _, found: appointments.cancel(session, found, WHO, reason))


@appointments_group.command("confirm")
@click.argument("appointment_id", metavar="ID", type=int)
@of_tenant
@with_appcontext
def confirm(appointment_id: int, slug: str | None) -> None:
    """The customer of appointment ID says that they will come."""
    _mark(appointment_id, slug, lambda session, _, found: appointments.confirm(session, found, WHO))


@appointments_group.command("mark")
@click.argument("appointment_id", metavar="ID", type=int)
@click.argument("what", type=click.Choice(["kept", "missed"]))
@of_tenant
@with_appcontext
def mark(appointment_id: int, what: str, slug: str | None) -> None:
    """The customer of appointment ID came (kept), or did not (missed)."""
    _mark(
        appointment_id, slug, lambda session, tenant, found: appointments.close(session, tenant, found, what == "kept", WHO)
    )  # fmt: skip


def _mark(appointment_id: int, slug: str | None, act: Callable[[Any, Any, Any], None]) -> None:
    with tenants.working(runtime().database, slug) as (session, tenant):
        act(session, tenant, appointments.get(session, appointment_id))
        row, days = appointment_lists.one(session, appointment_id), settings.days_of(tenant)
    click.echo(_line(row, days))


def _line(row: Row, days: Days) -> str:
    at, found = row.slot.starts_at.astimezone(days.clock), row.appointment
    what = "  ".join(filter(None, (row.customer_name, row.plate, found.kind, row.slot.resource)))
    return f"{found.id:6}  {at:%a %Y-%m-%d %H:%M}  {found.state:9}  {what}"


def _told(row: Row) -> dict[str, Any]:
    found, slot = row.appointment, row.slot
    return {
        "id": found.id, "slot_id": slot.id, "resource": slot.resource, "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(), "state": found.state, "customer_id": found.customer_id, "customer": row.customer_name,
        "plate": row.plate, "kind": found.kind, "wish": found.wish, "reason": found.reason,
    }  # fmt: skip
