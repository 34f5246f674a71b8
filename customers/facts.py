"""
Loads what the contact policy asks about people: ten queries at most for up to 5,000 requests.

    for facts in facts_for(session, tenant, requests, at):
        decide(facts, profile_for(tenant.policy, facts.region), at)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from customers.contact_policy import EMERGENCY, Contact, Facts
from customers.figures import Hours
from customers.lists import do_not_call, reassigned
from customers.models import CHANNELS, PURPOSES, Customer, CustomerNumber, Touch
from customers.profile import profiles_for
from customers.suppression import DO_NOT_CALL_LIST, scopes_of_addresses, scopes_of_customers

WINDOW = timedelta(days=30)
NOTHING: frozenset[str] = frozenset()
# touches that caps count
_COUNTS = (Touch.direction == "out", Touch.state.in_(("intended", "made")))


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
class _Person:
    zone: str
    state: str


def facts_for(session: Session, tenant: Tenant, requests: Sequence[Request], at: datetime) -> list[Facts]:
    """The facts for each request, in order. A customer who is gone (or another tenant's) raises NotFound."""
    found: list[Facts] = []
    for chunk in in_chunks(requests):
        _check_words(chunk)
        known = _known(session, tenant, chunk, at)
        found += [_facts(request, known) for request in chunk]
    return found


_Line = tuple[str, str, str]
"""A number, with the channel and purpose of what it gets."""


@dataclass(frozen=True)
class _Known:
    """What the database knows about everybody asked about."""

    people: Mapping[int, _Person]
    scopes_by_address: Mapping[str, frozenset[str]]
    scopes_by_customer: Mapping[int, frozenset[str]]
    consents: Mapping[tuple[int, str], consent.Levels]
    touches: Mapping[int, tuple[Contact, ...]]
    lists: Mapping[str, datetime]
    listed: Collection[str]
    reassigned: Mapping[str, reassigned.Answered]
    line_touches: Mapping[_Line, tuple[datetime, ...]]


def _known(session: Session, tenant: Tenant, requests: Sequence[Request], at: datetime) -> _Known:
    tenant_id = tenant.id
    ids = list({request.customer_id for request in requests})
    addresses = list({request.address for request in requests})
    lists = do_not_call.current(session, tenant_id)
    return _Known(
        people=_people(session, tenant_id, ids),
        scopes_by_address=scopes_of_addresses(session, tenant_id, addresses),
        scopes_by_customer=scopes_of_customers(session, tenant_id, ids),
        consents=consent.levels(session, tenant_id, ids, {request.purpose for request in requests}),
        touches=_touches(session, tenant_id, ids, {request.campaign for request in requests}, at),
        lists=dict(lists.values()),
        listed=do_not_call.listed(session, list(lists), addresses),
        reassigned=reassigned.answers(session, tenant_id, addresses),
        line_touches=_line_touches(session, tenant_id, _counted_lines(tenant, requests), at),
    )


def _facts(request: Request, known: _Known) -> Facts:
    person = known.people.get(request.customer_id)
    if person is None:
        raise NotFound("no_customer", "there is no customer {number}", number=request.customer_id)
    scopes = known.scopes_by_address.get(request.address, NOTHING) | known.scopes_by_customer.get(
        request.customer_id, NOTHING
    )
    given = consent.level_for(known.consents.get((request.customer_id, request.purpose), {}), request.channel)
    answer = known.reassigned.get(request.address)
    return Facts(
        customer_id=request.customer_id,
        address=request.address,
        channel=request.channel,
        purpose=request.purpose,
        number_kind=kind_of(request.address),
        region=region_of(request.address),
        zones=(person.zone,) if _is_zone(person.zone) else zones_of(request.address),
        zone_is_stored=_is_zone(person.zone),
        state=person.state,
        suppressed_scopes=tuple(sorted(scopes)),
        is_on_do_not_call_list=request.address in known.listed or DO_NOT_CALL_LIST in scopes,
        lists=known.lists,
        reassigned=answer.answer if answer else "",
        reassigned_on=answer.asked_on if answer else None,
        consent=given.level,
        consent_at=given.at,
        touches=known.touches.get(request.customer_id, ()),
        line_touches=known.line_touches.get((request.address, request.channel, request.purpose), ()),
        campaign=request.campaign,
        hours=request.hours,
    )


def _check_words(requests: Sequence[Request]) -> None:
    for request in requests:
        if request.channel not in CHANNELS:
            raise Invalid(
                "bad_channel",
                "enter one of {words}, not {word}",
                words=CHANNELS,
                word=request.channel,
            )
        if request.purpose not in PURPOSES and request.purpose != EMERGENCY:
            raise Invalid(
                "bad_purpose",
                "enter one of {words}, not {word}",
                words=PURPOSES,
                word=request.purpose,
            )


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
            *_COUNTS,
            or_(recent, ours) if campaigns - {""} else recent,
        )
        .order_by(Touch.at)
    )
    found: dict[int, list[Contact]] = {}
    for row in session.execute(statement):
        found.setdefault(row.customer_id, []).append(Contact(row.at, row.campaign))
    return {customer: tuple(touches) for customer, touches in found.items()}


def _counted_lines(tenant: Tenant, requests: Sequence[Request]) -> set[_Line]:
    """Those whose country limits how often one number is contacted like that."""
    profiles = profiles_for(tenant.policy)
    return {
        (request.address, request.channel, request.purpose)
        for request in requests
        if profiles(region_of(request.address)).line_caps_of(request.purpose, request.channel)
    }


def _line_touches(
    session: Session, tenant_id: int, lines: set[_Line], at: datetime
) -> dict[_Line, tuple[datetime, ...]]:
    """By way of a number's holders: touches are not found by number."""
    if not lines:
        return {}
    addresses = {address for address, _, _ in lines}
    holders = select(CustomerNumber.customer_id).where(
        CustomerNumber.tenant_id == tenant_id, CustomerNumber.address.in_(addresses)
    )
    found: dict[_Line, list[datetime]] = {}
    for ids in in_chunks(sorted(set(session.scalars(holders)))):
        made = select(Touch.address, Touch.channel, Touch.purpose, Touch.at).where(
            Touch.tenant_id == tenant_id, Touch.customer_id.in_(ids), *_COUNTS, Touch.at > at - WINDOW
        )
        for *line, made_at in session.execute(made):
            found.setdefault((line[0], line[1], line[2]), []).append(made_at)
    return {line: tuple(sorted(found[line])) for line in lines & found.keys()}
