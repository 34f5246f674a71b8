"""`flask aftersales letters …`: letters that went by post."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import with_appcontext

from aftersales import letters
from aftersales.models.documents import LETTER_KINDS, POST_CAUSES
from aftersales.workshop.cli import WHO, of_tenant
from core import tenants
from core.runtime import runtime


@click.group("letters")
def letters_group() -> None:
    """Letters that went by post; faxes enter the register by themselves."""


@letters_group.command("post")
@click.argument("customer_id", type=int)
@click.argument("sent_on", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--kind", type=click.Choice(LETTER_KINDS), required=True)
@click.option("--subject", required=True)
@click.option("--sender", required=True)
@click.option("--proof", required=True, help="Such as the number of the registered letter.")
@click.option("--address", default="", help="Where it went, if not to the customer's own address.")
@of_tenant
@with_appcontext
def post(
    customer_id: int,
    sent_on: datetime,
    kind: str,
    subject: str,
    sender: str,
    proof: str,
    address: str,
    slug: str | None,
) -> None:
    """Enter a letter that was posted to CUSTOMER_ID on the day SENT_ON."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        made = letters.post(
            session, tenant, customer_id=customer_id, kind=kind, subject=subject, sent_on=sent_on.date(),
            sender=sender, proof=proof, address=address, who=WHO,
        )  # fmt: skip
        click.echo(f"Letter {made.id} is in the register.")


@letters_group.command("arrived")
@click.argument("letter_id", type=int)
@of_tenant
@with_appcontext
def arrived(letter_id: int, slug: str | None) -> None:
    """It was handed over."""
    with tenants.working(runtime().database, slug) as (session, _):
        letters.arrived(session, letters.get(session, letter_id), WHO)
    click.echo(f"Letter {letter_id} was handed over.")


@letters_group.command("came-back")
@click.argument("letter_id", type=int)
@click.argument("cause", type=click.Choice(POST_CAUSES))
@of_tenant
@with_appcontext
def came_back(letter_id: int, cause: str, slug: str | None) -> None:
    """It did not arrive, because of CAUSE."""
    with tenants.working(runtime().database, slug) as (session, _):
        letters.came_back(session, letters.get(session, letter_id), cause, WHO)
    click.echo(f"Letter {letter_id} came back.")
