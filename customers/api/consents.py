"""What customers agreed to, when they were contacted, and why they may or may not be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select

from core import audit, clock
from core.api import paging
from core.api.checks import Asked, Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, number, writing
from core.api.paging import Listed, Page
from core.models import READERS
from core.runtime import runtime
from customers import consent, editing, queries
from customers.api.customers import EDITORS
from customers.contact_policy import Allowed, Held
from customers.models import ConsentEvent, Touch
from customers.why import why

Channel = Literal["voice", "sms", "fax"]
Purpose = Literal["marketing", "service", "transactional"]
bp = Blueprint("consents_api", __name__, url_prefix=PREFIX)


class NewConsent(Sent):
    """A customer agreed to contact, or took it back (level none: on every channel). *proof* says where that is written."""

    purpose: Purpose
    level: Literal["express_written", "express", "none"]
    channel: Literal["", "voice", "sms", "fax"] = ""
    proof: Annotated[Text, Field(min_length=1, max_length=100)]


class ConsentTold(Told):
    """One event; the latest per purpose and channel counts, "" is every channel."""

    id: int
    purpose: str
    channel: str
    level: str
    is_given: bool
    source: str
    at: datetime


class TouchTold(Told):
    """One contact, in or out."""

    id: int
    channel: str
    direction: str
    purpose: str
    source: str
    campaign: str
    state: str
    at: datetime


class Question(Asked):
    """Contact by *channel* for *purpose*, *at* an instant (with an offset, or the company's local time); now if left out."""

    channel: Channel
    purpose: Purpose
    at: datetime | None = None


class CheckTold(Told):
    """How one rule answered; *passed* is null for rules that were not reached."""

    rule: str
    passed: bool | None
    value: str
    until: datetime | None


class WhyTold(Told):
    """The decision, the number it is about, and every rule in order."""

    decision: Literal["allowed", "held", "blocked"]
    rule: str = ""
    value: str = ""
    until: datetime | None = None
    address: str
    checks: list[CheckTold]


@bp.get("/customers/<int:customer_id>/consents")
@endpoint(*READERS, tag="customers", query=Page, answer=Listed[ConsentTold])
def list_consents(customer_id: int, query: Page) -> Listed[ConsentTold]:
    """What a customer agreed to and took back, newest first."""
    with runtime().database.reading(caller().tenant_id) as session:
        queries.get(session, customer_id)
        mine = select(ConsentEvent).where(ConsentEvent.customer_id == customer_id)
        found, next_ = paging.rows(session, mine, ConsentEvent.id, "consents", query, newest_first=True)
        return paging.listed(found, ConsentTold.model_validate, next_)


@bp.post("/customers/<int:customer_id>/consents")
@endpoint(*EDITORS, tag="customers", body=NewConsent, answer=Listed[ConsentTold], status=201)
def add_consent(customer_id: int, body: NewConsent) -> Listed[ConsentTold]:
    """Note consent, or its withdrawal; the answer lists the customer's events. An opt-out is lifted only by the person."""
    session, tenant_id, at = writing(), caller().tenant_id, clock.now()
    editing.get(session, customer_id)
    source = f"{caller().who}: {body.proof}"[:120]
    if body.level == "none":
        consent.withdraw(session, tenant_id, [customer_id], (body.purpose,), source, at)
    else:
        consent.give(session, tenant_id, [customer_id], body.purpose, body.level, source, at, body.channel)
    about = f"customer:{customer_id}"
    audit.record(session, tenant_id, caller().who, "consent", about, purpose=body.purpose, level=body.level)
    mine = select(ConsentEvent).where(ConsentEvent.customer_id == customer_id)
    found, next_ = paging.rows(session, mine, ConsentEvent.id, "consents", Page(), newest_first=True)
    return paging.listed(found, ConsentTold.model_validate, next_)


@bp.get("/customers/<int:customer_id>/touches")
@endpoint(*READERS, tag="customers", query=Page, answer=Listed[TouchTold])
def list_touches(customer_id: int, query: Page) -> Listed[TouchTold]:
    """Every contact with a customer, newest first."""
    with runtime().database.reading(caller().tenant_id) as session:
        queries.get(session, customer_id)
        mine = select(Touch).where(Touch.customer_id == customer_id)
        found, next_ = paging.rows(session, mine, Touch.id, "touches", query, newest_first=True)
        return paging.listed(found, TouchTold.model_validate, next_)


@bp.get("/customers/<int:customer_id>/why")
@endpoint(*READERS, tag="customers", query=Question, answer=WhyTold)
def why_customer(customer_id: int, query: Question) -> WhyTold:
    """Why a customer may or may not be contacted, on the number that would be chosen."""
    tenant, at = caller().tenant, query.at or clock.now()
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(tenant.zone))
    with runtime().database.reading(tenant.id) as session:
        answer = why(session, tenant, customer_id, query.channel, query.purpose, at)
    decision, checks = answer.decision, [CheckTold.model_validate(check) for check in answer.checks]
    address = number(answer.address) if answer.address else ""
    if isinstance(decision, Allowed):
        return WhyTold(decision="allowed", address=address, checks=checks)
    is_held = isinstance(decision, Held)
    return WhyTold(
        decision="held" if is_held else "blocked",
        rule=decision.rule,
        value=decision.value,
        until=decision.until if isinstance(decision, Held) else None,
        address=address,
        checks=checks,
    )
