"""
Loads what the contact policy asks about people: five queries for up to 5,000 requests.

    for facts in facts_for(session, tenant, requests, at):
        decide(facts, profile_for(tenant.policy, facts.region), at)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from core.errors import Invalid, NotFound
from core.models import Tenant
from core.phone import kind_of, region_of, zones_of
from customers import consent
from customers.contact_policy import EMERGENCY, Blocked, Check, Contact, Decision, Facts, decide, explain
from customers.models import CHANNELS, PURPOSES, Customer, Touch
from customers.numbers import addresses_for
from customers.profile import Hours, profile_for
from customers.suppression import DO_NOT_CALL_LIST, scopes_of_addresses, scopes_of_customers

WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Request:
    """A wish to contact a customer. *campaign* is the campaign's name in its touches, "" outside one; *hours* are its own."""

    customer_id: int
    address: str
    channel: str
    purpose: str
    campaign: str = ""
    hours: Hours | None = None


@dataclass(frozen=True)
class Answer:
    """Why, or why not: the decision, the number it is about ("" if there is none), and every rule's view."""

    decision: Decision
    address: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class _Person:
    zone: str
    state: str


def facts_for(session: Session, tenant: Tenant, requests: Sequence[Request], at: datetime) -> list[Facts]:
    """The facts for each request, in order. A customer who is gone (or another tenant's) raises NotFound."""
    found: list[Facts] = []
    for chunk in in_chunks(requests):
        found += _facts_for_chunk(session, tenant.id, chunk, at)
    return found


def _facts_for_chunk(
    session: Session, tenant_id: int, requests: Sequence[Request], at: datetime
) -> list[Facts]:
    _check_words(requests)
    ids = list({request.customer_id for request in requests})
    people = _people(session, tenant_id, ids)
    by_address = scopes_of_addresses(session, tenant_id, list({request.address for request in requests}))
    by_customer = scopes_of_customers(session, tenant_id, ids)
    consents = consent.levels(session, tenant_id, ids, {request.purpose for request in requests})
    touches = _touches(session, tenant_id, ids, {request.campaign for request in requests}, at)
    found = []
    for request in requests:
        person = people.get(request.customer_id)
        if person is None:
            raise NotFound("no_customer", f"there is no customer {request.customer_id}")
        at_address = by_address.get(request.address, frozenset())
        found.append(
            Facts(
                customer_id=request.customer_id,
                address=request.address,
                channel=request.channel,
                purpose=request.purpose,
                number_kind=kind_of(request.address),
                region=region_of(request.address),
                zones=(person.zone,) if _is_zone(person.zone) else zones_of(request.address),
                zone_is_stored=_is_zone(person.zone),
                state=person.state,
                suppressed_scopes=tuple(
                    sorted(at_address | by_customer.get(request.customer_id, frozenset()))
                ),
                is_on_do_not_call_list=DO_NOT_CALL_LIST in at_address,
                consent=consent.level_for(
                    consents.get((request.customer_id, request.purpose), {}), request.channel
                ),
                touches=touches.get(request.customer_id, ()),
                campaign=request.campaign,
                hours=request.hours,
            )
        )
    return found


def _check_words(requests: Sequence[Request]) -> None:
    for request in requests:
        if request.channel not in CHANNELS:
            raise Invalid("bad_channel", f"enter one of {', '.join(CHANNELS)}, not {request.channel}")
        if request.purpose not in PURPOSES and request.purpose != EMERGENCY:
            raise Invalid("bad_purpose", f"enter one of {', '.join(PURPOSES)}, not {request.purpose}")


@lru_cache(1024)
def _is_zone(name: str) -> bool:
    if not name:
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _people(session: Session, tenant_id: int, ids: list[int]) -> dict[int, _Person]:
    statement = select(Customer.id, Customer.zone, Customer.state).where(
        Customer.tenant_id == tenant_id, Customer.id.in_(ids)
    )
    return {row.id: _Person(row.zone, row.state) for row in session.execute(statement)}


def _touches(
    session: Session, tenant_id: int, ids: list[int], campaigns: set[str], at: datetime
) -> dict[int, tuple[Contact, ...]]:
    recent, ours = Touch.at > at - WINDOW, Touch.campaign.in_(campaigns - {""})
    statement = (
        select(Touch.customer_id, Touch.at, Touch.campaign)
        .where(
            Touch.tenant_id == tenant_id,
            Touch.customer_id.in_(ids),
            Touch.direction == "out",
            Touch.state.in_(("intended", "made")),
            or_(recent, ours) if campaigns - {""} else recent,
        )
        .order_by(Touch.at)
    )
    found: dict[int, list[Contact]] = {}
    for row in session.execute(statement):
        found.setdefault(row.customer_id, []).append(Contact(row.at, row.campaign))
    return {customer: tuple(touches) for customer, touches in found.items()}


def why(
    session: Session, tenant: Tenant, customer_id: int, channel: str, purpose: str, at: datetime
) -> Answer:
    """Why this customer may or may not be contacted at *at*, on the number outbound would choose."""
    address = addresses_for(session, tenant.id, [customer_id], channel).get(customer_id, "")
    [facts] = facts_for(session, tenant, [Request(customer_id, address, channel, purpose)], at)
    if not address:
        nothing = Blocked("number_type", "")
        return Answer(nothing, "", (Check("number_type", False, ""),))
    profile = profile_for(tenant.policy, facts.region)
    return Answer(decide(facts, profile, at), address, explain(facts, profile, at))
