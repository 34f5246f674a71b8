"""
A STOP that only the carrier knows of: Twilio refuses a text with 21610 to whoever texted STOP to that sender, or to another
number of its messaging service, and says no more than that (twilio.com/docs/messaging/tutorials/advanced-opt-out).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from customers import suppression
from customers.contact_policy import Allowed, decide
from customers.facts import Request, facts_for
from customers.models import ConsentEvent, CustomerNumber, Suppression
from customers.profile import profile_for
from outbound import inbound, receipts
from outbound.models import InboundText
from tests.outbound.desk import ADDRESS, NUMBERS, Desk, receipt

pytestmark = pytest.mark.storage
BRITON, OTHER = "+447400123456", "+14155552002"
LATER = datetime(2027, 2, 1, 17, 0, tzinfo=UTC)


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


def refuse(desk: Desk, address: str = ADDRESS) -> None:
    desk.attempt(address=address)
    with desk.session() as session:
        receipts.apply(session, [receipt("undelivered", code="21610")])


def scopes(desk: Desk, address: str = ADDRESS) -> set[str]:
    with desk.database.reading(ALL_TENANTS) as session:
        return suppression.suppressed(session, 1, [address]).get(address, set())


@pytest.mark.parametrize(
    ("address", "at", "stopped"),
    [
        pytest.param(ADDRESS, None, {"sms"}, id="United States: texts"),
        pytest.param(ADDRESS, LATER, {"sms", "all"}, id="from the day one revocation is one of all (US-10)"),
        pytest.param("+16135550123", None, {"sms"}, id="Canada: texts"),
        pytest.param(BRITON, None, {"sms", "marketing"}, id="an objection to marketing is one to all of it"),
        pytest.param("+8613911110001", None, {"sms", "marketing"}, id="China"),
    ],
)
def test_what_it_ends_is_the_countrys_law(
    desk: Desk, address: str, at: datetime | None, stopped: set[str]
) -> None:
    clock.freeze(at or clock.now())
    refuse(desk, address)

    assert scopes(desk, address) == stopped


def test_neither_another_number_of_the_same_person_nor_their_consent_is_touched(desk: Desk) -> None:
    desk.attempt()
    with desk.session() as session:
        session.add(CustomerNumber(tenant_id=1, customer_id=1, address=OTHER, kind="mobile"))
    with desk.session() as session:
        receipts.apply(session, [receipt("undelivered", code="21610")])

    assert (scopes(desk), scopes(desk, OTHER)) == ({"sms"}, set())
    with desk.session() as session:
        assert all(event.is_given for event in session.scalars(select(ConsentEvent)))


@pytest.mark.parametrize(
    ("channel", "purpose", "rule"),
    [
        ("sms", "service", ("opted_out", "sms")),
        ("sms", "transactional", ("opted_out", "sms")),
        ("voice", "service", None),
    ],
)
def test_texts_are_refused_and_calls_are_not(
    desk: Desk, channel: str, purpose: str, rule: tuple[str, str] | None
) -> None:
    refuse(desk)
    clock.advance(timedelta(days=2))

    with desk.database.reading(1) as session:
        found = decided(session, channel, purpose)
    assert (found if found and found[0] in ("opted_out", "suppressed") else None) == rule


def decided(session: Session, channel: str, purpose: str) -> tuple[str, str] | None:
    tenant = session.get_one(Tenant, 1)
    [facts] = facts_for(session, tenant, [Request(1, ADDRESS, channel, purpose)], clock.now())
    decision = decide(facts, profile_for(tenant.policy, "US"), clock.now())
    return None if isinstance(decision, Allowed) else (decision.rule, decision.value)


def test_start_lifts_just_that_and_a_yes_to_it_is_no_new_consent(desk: Desk) -> None:
    refuse(desk)
    with desk.session() as session:
        consents = len(session.scalars(select(ConsentEvent)).all())
    for number, body in enumerate(("START", "YES")):
        clock.advance(timedelta(minutes=1))
        form = {"MessageSid": f"IN{number}", "From": ADDRESS, "To": NUMBERS["sms"], "Body": body}
        with desk.session() as session:
            inbound.apply(session, [inbound.noted(form)])

    assert scopes(desk) == set()
    with desk.session() as session:
        assert session.scalars(select(InboundText.state).order_by(InboundText.id)).first() == "confirmed"
        assert len(session.scalars(select(ConsentEvent)).all()) == consents


def test_start_lifts_nothing_that_was_asked_for_otherwise(desk: Desk) -> None:
    refuse(desk)
    with desk.session() as session:
        suppression.opt_out(session, 1, ADDRESS, "marketing", "key", "call:1", clock.now())
    form = {"MessageSid": "IN1", "From": ADDRESS, "To": NUMBERS["sms"], "Body": "START"}
    with desk.session() as session:
        inbound.apply(session, [inbound.noted(form)])

    assert scopes(desk) == {"sms", "marketing"}
    with desk.session() as session:
        reasons = session.execute(select(Suppression.scope, Suppression.reason)).all()
    assert sorted(map(tuple, reasons)) == [("marketing", "key"), ("sms", "carrier_stop")]
