"""
How much of a campaign may leave, from where and when; all of it optional.

    budget: {amount: 3500, currency: USD}    # at the tenant's prices; the campaign pauses when it is used up
    per_day: 5000                            # sends; goes on the next day
    senders: ["+18005550101"]                # only these numbers
    hours: "10:00-17:00"                     # narrower than the law's, where the customer is; or by weekday
    canary: {percent: 1, hold_min: 30}       # a random sample goes first: see broadcast/canary.py
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.errors import Conflict, Fault, Invalid, WrongFields
from core.fields import Strict, said
from core.models import Tenant
from core.sentences import Sentence
from core.states import terminal
from customers.profile import Hours
from outbound import deliveries
from outbound.granting import grant
from outbound.models import Sender, Source, SourceSender
from outbound.prices import Currency, Money, micros
from outbound.settings import of as settings_of

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Budget(Strict):
    """What the campaign may cost."""

    amount: Annotated[Money, Field(gt=0), PlainSerializer(str)]
    currency: Currency


class Canary(Strict):
    """How large the sample is, how long it is watched, and what share of it may go wrong."""

    percent: float = Field(1.0, gt=0, le=50, allow_inf_nan=False)
    hold_min: int = Field(30, ge=1, le=1440)
    most_opt_outs_percent: Percent = 1.0
    most_hang_ups_percent: Percent = 25.0
    most_refusals_percent: Percent = 5.0
    most_errors_percent: Percent = 10.0


class Limits(Strict):
    """The fields of a campaign's document that this file is about."""

    budget: Budget | None = None
    per_day: int | None = Field(None, ge=1, le=10_000_000)
    senders: list[str] = Field(default_factory=list, max_length=50)
    hours: Hours | None = None
    canary: Canary | None = None


def check(session: Session, tenant: Tenant, limits: Limits, channels: set[str]) -> None:
    """Raises WrongFields where no such sender is open, or the price table cannot tell what the budget pays for."""
    for channel in sorted(channels) if limits.senders else ():
        named = (Sender.address.in_(limits.senders), Sender.channel == channel, Sender.state == "open")
        if not session.scalar(select(Sender.id).where(*named).limit(1)):
            raise _wrong(
                "senders",
                "no_sender",
                Sentence("none of these numbers is an open sender for {channel}", channel=channel),
            )
    known = set(session.scalars(select(Sender.address).where(Sender.address.in_(limits.senders))))
    if unknown := [address for address in limits.senders if address not in known]:
        raise _wrong("senders", "no_sender", Sentence("there is no sender {unknown}", unknown=unknown))
    if limits.budget is None:
        return
    prices = settings_of(tenant).prices
    if prices is None or prices.currency != limits.budget.currency:
        raise _wrong("budget", "no_prices", _no_prices(prices.currency if prices else ""))
    if unpriced := sorted(channel for channel in channels if not prices.of(channel)):
        raise _wrong(
            "budget",
            "no_prices",
            Sentence("the price table has no prices for {unpriced}", unpriced=unpriced),
        )


def _no_prices(currency: str) -> Sentence:
    if not currency:
        return Sentence("there is no price table yet; see: flask outbound settings")
    return Sentence("the price table is in {currency}; see: flask outbound settings", currency=currency)


def _wrong(field: str, code: str, said: Sentence) -> WrongFields:
    return WrongFields([Fault(field, code, said)], code)


def apply(session: Session, source: Source, limits: Limits) -> None:
    """Have *source*, which is new and of a campaign, keep to *limits*."""
    source.hours = limits.hours.model_dump(mode="json") if limits.hours else {}
    named = select(Sender.id).where(Sender.address.in_(limits.senders), Sender.channel == source.channel)
    for sender_id in session.scalars(named):
        session.add(SourceSender(tenant_id=source.tenant_id, source_id=source.id, sender_id=sender_id))
    whose = (session, source.tenant_id, "source", source.campaign)
    if limits.budget:
        grant(*whose, unit="money", period="total", most=micros(limits.budget.amount))
    if limits.per_day:
        grant(*whose, unit="sends", period="day", most=limits.per_day)


def set_hours(session: Session, campaign: Any, hours: str | Mapping[str, str], who: str) -> None:
    """
    Change the hours of *campaign* while it runs: "10:00-17:00", a span for each kind of day, or "" for the law's alone.
    Those who wait for their hour are asked about anew. Raises Conflict once it is over, Invalid saying what to enter:
    WrongFields where it is a kind of day.
    """
    if campaign.state in terminal(type(campaign).STATES):
        raise Conflict(
            "bad_transition",
            "campaign {id} is {state}; its hours matter no more",
            id=campaign.id,
            state=campaign.state,
        )
    to = _read(hours)
    before = campaign.definition.get("hours")
    campaign.definition = {**campaign.definition, "hours": to or None}
    mine = Source.campaign == f"campaign:{campaign.id}"
    for source in session.scalars(select(Source).where(mine)):
        source.hours = to
        deliveries.ask_again(session, source, ("campaign_hours", "quiet_hours"))
    audit.record(
        session, campaign.tenant_id, who, "hours", f"campaign:{campaign.id}", before=before, after=to or None
    )


def _read(hours: str | Mapping[str, str]) -> dict[str, Any]:
    if not hours:
        return {}
    try:
        return Hours.model_validate(hours).model_dump(mode="json")
    except ValidationError as error:
        if isinstance(hours, str):
            raise Invalid(
                "bad_hours", 'enter hours such as "09:00-17:00", or nothing for those of the law'
            ) from None
        wrong = {str(fault["loc"][0]): said(fault) for fault in error.errors()}
        raise WrongFields([Fault(day, "bad_hours", told) for day, told in wrong.items()]) from None


def set_budget(session: Session, campaign: Any, amount: str | Decimal, who: str) -> Decimal:
    """
    Raise or lower the budget of *campaign* to *amount*; what is spent stays spent.

    Raises Conflict if it never had one, Invalid for an amount that no document would be taken with.
    """
    budget = campaign.definition.get("budget")
    if not budget:
        raise Conflict("no_budget", "campaign {id} has no budget", id=campaign.id)
    try:
        to = Budget.model_validate({**budget, "amount": amount})
    except ValidationError as error:
        raise Invalid("bad_amount", "amount: {said}", said=said(error.errors()[0])) from None
    subject = f"campaign:{campaign.id}"
    grant(
        session, campaign.tenant_id, "source", subject, unit="money", period="total", most=micros(to.amount)
    )
    campaign.definition = {**campaign.definition, "budget": to.model_dump()}
    audit.record(
        session, campaign.tenant_id, who, "budget", subject, before=budget["amount"], after=str(to.amount)
    )
    return to.amount
