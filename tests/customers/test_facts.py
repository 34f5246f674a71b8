from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from core.db import ALL_TENANTS, Database, ScopedSession
from core.errors import Invalid, NotFound
from core.models import Tenant
from customers import consent
from customers.contact_policy import Contact, Facts
from customers.facts import Request, facts_for
from customers.models import CustomerNumber, Touch
from customers.suppression import opt_out
from tests.customers.conftest import list_numbers

NEW_YORK, LONDON = "+12125550101", "+442079460018"
AT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
MakeCustomer = Callable[..., int]


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*arguments: object) -> None:
        said.append(str(arguments[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def tenant(session: ScopedSession, number: int = 1) -> Tenant:
    found = session.get(Tenant, number)
    assert found
    return found


def facts_of(session: ScopedSession, customer_id: int, address: str = NEW_YORK, **request: str) -> Facts:
    asked = {"channel": "sms", "purpose": "marketing", **request}
    [facts] = facts_for(session, tenant(session), [Request(customer_id, address, **asked)], AT)
    return facts


def touch(
    session: ScopedSession, customer_id: int, hours_ago: float, tenant_id: int = 1, **values: object
) -> None:
    row = {"direction": "out", "channel": "sms", "purpose": "marketing", "state": "made", **values}
    at = AT - timedelta(hours=hours_ago)
    source = f"attempt:{customer_id}-{hours_ago}-{row}"[:80]
    session.add(
        Touch(
            tenant_id=tenant_id, customer_id=customer_id, source=source, at=at, **{"address": NEW_YORK, **row}
        )
    )
    session.flush()


@pytest.mark.storage
def test_facts_of_a_person(either_database: Database, customer: MakeCustomer) -> None:
    with either_database.session(1) as session:
        ann = customer(session, NEW_YORK, state="FL")
        consent.give(session, 1, [ann], "marketing", "express_written", "form", AT)
        touch(session, ann, 5, campaign="spring")
        touch(session, ann, 29 * 24, state="intended")

        assert facts_of(session, ann, campaign="spring") == Facts(
            customer_id=ann,
            address=NEW_YORK,
            channel="sms",
            purpose="marketing",
            number_kind="either",
            region="US",
            zones=("America/New_York",),
            state="FL",
            consent="express_written",
            consent_at=AT,
            touches=(Contact(AT - timedelta(days=29)), Contact(AT - timedelta(hours=5), "spring")),
            campaign="spring",
        )


@pytest.mark.storage
def test_the_number_of_queries_does_not_grow_with_the_number_of_requests(
    either_database: Database, customer: MakeCustomer
) -> None:
    with either_database.session(1) as session:
        ids = [customer(session, f"+1212555{number:04}") for number in range(300)]
        requests = [
            Request(each, f"+1212555{n:04}", "sms", "marketing", "spring") for n, each in enumerate(ids)
        ]
        here = tenant(session)

        with counted(either_database) as one:
            facts_for(session, here, requests[:1], AT)
        with counted(either_database) as many:
            assert [facts.customer_id for facts in facts_for(session, here, requests, AT)] == ids

    assert len(one) == len(many) == 8


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        pytest.param({}, True, id="made"),
        pytest.param({"state": "intended"}, True, id="about to be made"),
        pytest.param({"state": "void"}, False, id="surely not sent"),
        pytest.param({"direction": "in"}, False, id="the customer called us"),
        pytest.param({"channel": "voice", "purpose": "service"}, True, id="another channel and purpose"),
    ],
)
def test_caps_count_what_went_out(
    ours: ScopedSession, customer: MakeCustomer, values: dict[str, str], counts: bool
) -> None:
    ann = customer(ours, NEW_YORK)
    touch(ours, ann, 5, **values)

    assert bool(facts_of(ours, ann).touches) is counts


@pytest.mark.storage
def test_the_calls_to_a_number_count_whichever_of_its_holders_they_were_for(
    either_database: Database, customer: MakeCustomer
) -> None:
    with either_database.session(1) as session:
        ann, bob = customer(session, NEW_YORK), customer(session, NEW_YORK, LONDON)
        call = {"channel": "voice", "purpose": "service"}
        touch(session, ann, 5, **call)
        touch(session, bob, 9, **call)
        touch(session, bob, 10, **call, address=LONDON)
        touch(session, bob, 11, **call, direction="in")
        touch(session, bob, 24 * 31, **call)
        touch(session, ann, 6, channel="sms", purpose="service")
        touch(session, ann, 7, channel="voice", purpose="marketing")

        counted_for_ann = facts_of(session, ann, **call).line_touches

        assert counted_for_ann == (AT - timedelta(hours=9), AT - timedelta(hours=5))
        assert facts_of(session, ann, channel="sms", purpose="service").line_touches == ()
        assert facts_of(session, bob, LONDON, **call).line_touches == ()


def test_only_thirty_days_count_but_all_of_the_campaign(ours: ScopedSession, customer: MakeCustomer) -> None:
    ann = customer(ours, NEW_YORK)
    touch(ours, ann, 24 * 31, campaign="winter")
    touch(ours, ann, 24 * 40, campaign="spring")

    assert [contact.campaign for contact in facts_of(ours, ann, campaign="spring").touches] == ["spring"]
    assert facts_of(ours, ann).touches == ()


def test_the_customers_own_zone_goes_before_those_of_the_number(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    moved = customer(ours, LONDON, zone="America/Denver")
    broken = customer(ours, LONDON, zone="Mars/Olympus")

    assert facts_of(ours, moved, LONDON).zones == ("America/Denver",)
    assert facts_of(ours, moved, LONDON).zone_is_stored
    assert facts_of(ours, broken, LONDON).zones == ("Europe/London",)
    assert facts_of(ours, moved, "+18005550123").region == "US"


def test_an_opt_out_of_another_number_counts_and_the_register_only_for_its_own(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, NEW_YORK, LONDON)
    list_numbers(ours, "GB", LONDON)
    opt_out(ours, 1, LONDON, "marketing", "asked", "call", AT)
    ours.add(CustomerNumber(tenant_id=1, customer_id=ann, address="+12125550109", kind="mobile", position=2))
    ours.flush()

    new = facts_of(ours, ann, "+12125550109")

    assert (new.suppressed_scopes, new.is_on_do_not_call_list) == (("marketing",), False)
    assert facts_of(ours, ann, LONDON).is_on_do_not_call_list


def test_what_another_tenant_knows_stays_there(database: Database, customer: MakeCustomer) -> None:
    with database.session(ALL_TENANTS) as session:
        ann = customer(session, NEW_YORK)
        theirs = customer(session, NEW_YORK, tenant_id=2)
        opt_out(session, 2, NEW_YORK, "all", "asked", "call", AT)
        touch(session, ann, 1, tenant_id=2)

        facts = facts_of(session, ann)

        assert (facts.suppressed_scopes, facts.touches, facts.consent) == ((), (), "relationship")
        with pytest.raises(NotFound, match=f"there is no customer {theirs}"):
            facts_of(session, theirs)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param({"channel": "telex"}, "enter one of voice, sms, fax, not telex", id="channel"),
        pytest.param(
            {"purpose": "fun"}, "enter one of marketing, service, transactional, not fun", id="purpose"
        ),
    ],
)
def test_an_unknown_word_is_refused(
    ours: ScopedSession, customer: MakeCustomer, words: dict[str, str], message: str
) -> None:
    ann = customer(ours, NEW_YORK)

    with pytest.raises(Invalid, match=message):
        facts_of(ours, ann, **words)
