"""Do-not-contact entries: list them, add one, take one of the register's off."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select

from core import clock
from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint, number, writing
from core.api.paging import Listed, Page
from core.errors import Fault, Invalid, WrongFields
from core.phone import to_e164
from core.runtime import runtime
from customers import suppression
from customers.api.customers import EDITORS, Dialled
from customers.models import Suppression

bp = Blueprint("suppressions_api", __name__, url_prefix=PREFIX)


class SuppressionPage(Page):
    """*address*: only entries about this number."""

    address: Annotated[Text, Field(max_length=60)] = ""


class NewSuppression(Sent):
    """*scope*: all, marketing, or do_not_call for a number in a public register."""

    address: Dialled
    scope: Literal["all", "marketing", "do_not_call"]
    reason: Annotated[Text, Field(min_length=1, max_length=40)] = "api"


class SuppressionTold(Told):
    """An address that is not to be contacted, in which scope, and who said so."""

    id: int
    address: str
    scope: str
    reason: str
    source: str
    at: datetime


def _told(entry: Suppression) -> SuppressionTold:
    told = SuppressionTold.model_validate(entry)
    return told.model_copy(update={"address": number(entry.address)})


def _address(written: str) -> str:
    try:
        return to_e164(written, caller().tenant.region)
    except Invalid as error:
        raise WrongFields([Fault("address", error.code, error.message)]) from None


@bp.get("/suppressions")
@endpoint(*EVERYONE, tag="suppressions", query=SuppressionPage, answer=Listed[SuppressionTold])
def list_suppressions(query: SuppressionPage) -> Listed[SuppressionTold]:
    """Every entry, newest first."""
    wanted = select(Suppression)
    if query.address:
        wanted = wanted.where(Suppression.address == _address(query.address))
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Suppression.id, "suppressions", query, newest_first=True)
        return paging.listed(found, _told, next_)


@bp.post("/suppressions")
@endpoint(*EDITORS, tag="suppressions", body=NewSuppression, answer=Listed[SuppressionTold], status=201)
def add_suppression(body: NewSuppression) -> Listed[SuppressionTold]:
    """Stop contact, at once, with a number and whoever holds it; the answer lists the number's entries."""
    session, tenant_id, address = writing(), caller().tenant_id, _address(body.address)
    source, at = caller().who[:120], clock.now()
    if body.scope == suppression.DO_NOT_CALL_LIST:
        suppression.register_do_not_call(session, tenant_id, [address], source, at)
    else:
        suppression.opt_out(session, tenant_id, address, body.scope, body.reason, source, at)
    entries = select(Suppression).where(Suppression.address == address).order_by(Suppression.id)
    return paging.listed(session.scalars(entries).all(), _told, None)


@bp.delete("/suppressions/<int:entry_id>")
@endpoint(*EDITORS, tag="suppressions", status=204)
def lift_suppression(entry_id: int) -> None:
    """Take a number out of the do-not-call register. What a person asked for only the person lifts, by START: 409."""
    suppression.strike_off(writing(), caller().tenant_id, entry_id, caller().who)
