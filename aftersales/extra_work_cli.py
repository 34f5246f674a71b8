"""`flask aftersales extra-work …`: ask a customer about work that was found on the way."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

import click
from flask.cli import with_appcontext

from aftersales import extra_work, settings, work_orders
from aftersales.workshop.cli import of_tenant
from core import tenants
from core.errors import Invalid
from core.runtime import runtime

WHO = "command line"


@click.group("extra-work")
def extra_work_group() -> None:
    """Work found on the way that the customer must agree to."""


@extra_work_group.command("ask")
@click.argument("number")
@click.argument("item")
@click.option("--price", required=True, help="What it costs, such as 1280.00.")
@click.option("--currency", default="", help="Such as CNY; the work order's, unless given.")
@click.option("--by", "by", required=True, metavar="TIME", help="Until when an answer counts, such as 2026-11-25T17:00, by the company's clocks.")  # fmt: skip
@of_tenant
@with_appcontext
def ask(number: str, item: str, price: str, currency: str, by: str, slug: str | None) -> None:
    """Have the customer of work order NUMBER asked about ITEM."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        order = work_orders.by_number(session, tenant.id, number)
        order = work_orders.get(session, order.id, for_update=True)
        answer_by = _time(by).replace(tzinfo=settings.days_of(tenant).clock)
        extra = extra_work.ask(
            session, tenant, order, extra_work.Found(item, _cents(price), answer_by, currency), WHO
        )
    click.echo(f"Extra work {extra.id}: the customer is being asked.")


@extra_work_group.command("list")
@click.argument("number")
@of_tenant
@with_appcontext
def list_(number: str, slug: str | None) -> None:
    """What was found in work order NUMBER, and what the customer said."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        order = work_orders.by_number(session, tenant.id, number)
        for extra in work_orders.extra_of(session, order.id):
            price = f"{Decimal(extra.price_cents) / 100:.2f} {extra.currency}"
            click.echo(f"{extra.id:5}  {extra.state:10} {price:>14}  {extra.item}")
            if extra.proof:
                click.echo(f"       {extra.proof}")


@extra_work_group.command("answer")
@click.argument("extra_id", metavar="ID", type=int)
@click.argument("said", type=click.Choice(["agreed", "refused"]))
@click.option("--proof", required=True, help="Who said so, when and how.")
@of_tenant
@with_appcontext
def answer(extra_id: int, said: str, proof: str, slug: str | None) -> None:
    """The customer AGREED to extra work ID in person, or REFUSED it."""
    with tenants.working(runtime().database, slug) as (session, _):
        extra = extra_work.get(session, extra_id)
        extra_work.answer(session, extra, said == "agreed", proof, WHO)
    click.echo(f"Extra work {extra_id} is {said}.")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Invalid("bad_time", "--by: enter a day and a time, such as 2026-11-25T17:00") from None


def _cents(text: str) -> int:
    try:
        price = Decimal(text) * 100
        if price != int(price):
            raise InvalidOperation
    except (InvalidOperation, ValueError, OverflowError):
        raise Invalid("bad_price", "--price: enter an amount with at most two decimals, such as 1280.00") from None  # fmt: skip
    return int(price)
