"""
Why (not) this customer? One answer for screens, commands and programs.

    answer = why(session, tenant, customer_id, "voice", "marketing", clock.now())
    answer.decision      # Allowed, Held(rule, value, until) or Blocked(rule, value)
    answer.checks        # every rule, in the order in which the policy asks
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.errors import Invalid
from core.models import Tenant
from customers.contact_policy import Blocked, Check, Decision, decide, explain, zones_of
from customers.facts import Request, facts_for
from customers.figures import Hours
from customers.models import CHANNELS, PURPOSES
from customers.numbers import addresses_for
from customers.profile import Profile, profiles_for

YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Answer:
    """
    The decision, the number it is about ("" if there is none), every rule's view, the zones the customer may be in and
    the profile gone by ("" without a number).
    """

    decision: Decision
    address: str
    checks: tuple[Check, ...]
    zones: tuple[str, ...] = ()
    profile: str = ""


def why(
    session: Session,
    tenant: Tenant,
    customer_id: int,
    channel: str,
    purpose: str,
    at: datetime,
    campaign: str = "",
    hours: Hours | None = None,
) -> Answer:
    """
    Why this customer may or may not be contacted at *at*, on the number outbound would choose.

    *campaign* (as touches name it, such as campaign:7) counts what was tried in it; *hours* are its own. Raises NotFound,
    and Invalid for an unknown channel or purpose, or a time no calendar of ours has.
    """
    if at.year not in YEARS:
        raise Invalid("bad_moment", "enter a time between {first} and {last}", first=YEARS[0], last=YEARS[-1])
    address = addresses_for(session, tenant.id, [customer_id], channel).get(customer_id, "")
    return _answers(session, tenant, [Request(customer_id, address, channel, purpose, campaign, hours)], at)[
        0
    ]


def why_each(
    session: Session, tenant: Tenant, customer_id: int, at: datetime
) -> Mapping[str, Mapping[str, Answer]]:
    """`why` by each channel for each purpose, asked together."""
    addresses = {
        channel: addresses_for(session, tenant.id, [customer_id], channel).get(customer_id, "")
        for channel in CHANNELS
    }
    asked = [(channel, purpose) for channel in CHANNELS for purpose in PURPOSES]
    requests = [Request(customer_id, addresses[channel], channel, purpose) for channel, purpose in asked]
    answers = dict(zip(asked, _answers(session, tenant, requests, at), strict=True))
    return {channel: {purpose: answers[channel, purpose] for purpose in PURPOSES} for channel in CHANNELS}


def _answers(session: Session, tenant: Tenant, requests: Sequence[Request], at: datetime) -> list[Answer]:
    profiles = profiles_for(tenant.policy)
    found = []
    for facts in facts_for(session, tenant, requests, at):
        if not facts.address:
            found.append(Answer(Blocked("number_type", ""), "", (Check("number_type", False, ""),)))
            continue
        profile: Profile = profiles(facts.region)
        checks = explain(facts, profile, at)
        found.append(
            Answer(decide(facts, profile, at), facts.address, checks, zones_of(facts, profile), profile.name)
        )
    return found
