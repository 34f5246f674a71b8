"""Asks the contact policy about everybody who is due, now, and writes down who may not be contacted, with rule and figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.models import Tenant
from core.phone import region_of
from core.states import move_each
from customers.contact_policy import Allowed, Blocked, Decision, Held, decide
from customers.facts import Request, facts_for
from customers.models import Suppression
from customers.profile import profiles_for
from customers.suppression import suppressed
from outbound.due import Due
from outbound.hours import hours_of
from outbound.models import ASKED, REPLY, TRIAL, Delivery


def sort_out(
    session: Session, tenant: Tenant, due: Sequence[Due], now: datetime, lead_s: float
) -> tuple[list[Due], Counter[str]]:
    """Write down the refusals; return those who may be contacted, and how many of what there were."""
    asked = [pair for pair in due if pair[0].customer_id is not None and not _is_reply(pair)]
    requests = [
        Request(
            delivery.customer_id or 0,
            delivery.address,
            delivery.channel,
            source.purpose,
            source.campaign,
            hours_of(source),
        )
        for delivery, source in asked
    ]
    held = []
    allowed, blocked = _unasked(session, tenant, due, now)
    moments, profiles = _moments(now, lead_s), profiles_for(tenant.policy)
    for (delivery, source), facts in zip(asked, facts_for(session, tenant, requests, now), strict=True):
        profile = profiles(region_of(delivery.address))
        match _first_no(decide(facts, profile, moment) for moment in moments):
            case Allowed():
                allowed.append((delivery, source))
            case Held(rule, value, until):
                held.append({"id": delivery.id, "reason": rule, "value": value[:80], "due_at": until})
            case Blocked(rule, value):
                blocked.append(_blocked(delivery, rule, value, now))
    move_each(session, Delivery, held, "held")
    move_each(session, Delivery, blocked, "blocked")
    return allowed, Counter(allowed=len(allowed), held=len(held), blocked=len(blocked))


def _unasked(
    session: Session, tenant: Tenant, due: Sequence[Due], now: datetime
) -> tuple[list[Due], list[dict[str, Any]]]:
    """
    What the policy is not asked about. Allowed are replies, once each, to whoever has just texted us: who wants no contact is
    told what HELP and START ask, too (SM-2); what was asked for on the telephone only who has not opted out since. So are tests to numbers of our own staff, unless such a number wants none; whoever
    ordered one waits for it, at any hour. The rest has lost its customer.
    """
    asked = [pair for pair in due if _is_reply(pair)]
    ended = _ended_since(session, tenant, asked)
    replies = [pair for pair in asked if pair[0].id not in ended]
    lost = [pair for pair in due if pair[0].customer_id is None and not _is_reply(pair)]
    trials = [(delivery, source) for delivery, source in lost if source.name.startswith(TRIAL)]
    stopped = suppressed(session, tenant.id, [delivery.address for delivery, _ in trials]) if trials else {}
    allowed = [(d, s) for d, s in trials if not {"all", s.purpose, s.channel} & stopped.get(d.address, set())]
    kept = {delivery.id for delivery, _ in allowed}
    refused = [_blocked(d, "suppressed", "", now) for d, _ in asked if d.id in ended]
    return replies + allowed, refused + [
        _blocked(d, "suppressed" if s.name.startswith(TRIAL) else "no_customer", "", now)
        for d, s in lost
        if d.id not in kept
    ]


def _ended_since(session: Session, tenant: Tenant, replies: Sequence[Due]) -> set[int]:
    """What somebody asked for on the telephone whose number has opted out since: neither is it brought any more."""
    asked = [(delivery, source) for delivery, source in replies if source.name.startswith(ASKED)]
    if not asked:
        return set()
    stops = select(Suppression).where(
        Suppression.tenant_id == tenant.id, Suppression.address.in_({d.address for d, _ in asked})
    )
    latest = {(one.address, one.scope): one.at for one in session.scalars(stops)}
    return {
        delivery.id
        for delivery, source in asked
        for scope in ("all", source.purpose, source.channel)
        if (at := latest.get((delivery.address, scope))) and at >= delivery.created_at
    }


def _is_reply(pair: Due) -> bool:
    return pair[1].name.startswith(REPLY)


def _blocked(delivery: Delivery, rule: str, value: str, now: datetime) -> dict[str, Any]:
    return {"id": delivery.id, "reason": rule, "value": value[:80], "ended_at": now}


def _moments(now: datetime, lead_s: float) -> tuple[datetime, ...]:
    """When the policy is asked about: now, and when the last may leave. Windows open and close at whole minutes."""
    last = now + timedelta(seconds=lead_s * clock.speed())
    return (now,) if last.replace(second=0, microsecond=0) <= now else (now, last)


def _first_no(decisions: Iterable[Decision]) -> Decision:
    decision: Decision = Allowed()
    for decision in decisions:
        if not isinstance(decision, Allowed):
            break
    return decision
