from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.bulk import insert_new
from core.db import ALL_TENANTS, Database, ScopedSession
from core.draining import drain
from core.errors import Invalid
from core.models import AuditEntry
from core.spool import Spool
from customers import consent
from customers.models import ConsentEvent, CustomerNumber, Suppression
from customers.suppression import (
    SPOOLED,
    OptIn,
    opt_in,
    opt_out,
    register_do_not_call,
    scopes_of_customers,
    suppressed,
)
from tests.customers.conftest import levels_of

MOBILE, LANDLINE, SPOUSE, STRANGER = "+12125550101", "+12125550102", "+12125550103", "+12125550104"
AT = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
MakeCustomer = Callable[..., int]
PROOF = OptIn(MOBILE, AT, AT + timedelta(minutes=1), MOBILE, "sms:START")


def entries(session: ScopedSession) -> set[tuple[str, str, str]]:
    return {(row.address, row.scope, row.reason) for row in session.scalars(select(Suppression))}


def stop(
    session: ScopedSession,
    address: str = MOBILE,
    scope: str = "marketing",
    at: datetime = AT,
    reason: str = "sms_stop",
) -> None:
    opt_out(session, 1, address, scope, reason, f"sms:{address}", at)


@pytest.mark.storage
def test_an_opt_out_covers_every_address_of_every_holder(
    either_database: Database, customer: MakeCustomer
) -> None:
    with either_database.session(1) as session:
        ann = customer(session, MOBILE, LANDLINE)
        bob = customer(session, MOBILE, SPOUSE)
        customer(session, STRANGER)

        stop(session)

        assert entries(session) == {
            (MOBILE, "marketing", "sms_stop"),
            (LANDLINE, "marketing", "linked"),
            (SPOUSE, "marketing", "linked"),
        }
        assert scopes_of_customers(session, 1, [ann, bob]) == {
            ann: frozenset({"marketing"}),
            bob: frozenset({"marketing"}),
        }
        assert levels_of(session, ann, bob) == {
            (ann, "marketing"): {"": "none"},
            (bob, "marketing"): {"": "none"},
        }


@pytest.mark.storage
def test_an_opt_out_said_twice_changes_nothing_the_second_time(
    either_database: Database, customer: MakeCustomer
) -> None:
    with either_database.session(1) as session:
        customer(session, MOBILE, LANDLINE)
        stop(session)
        before = entries(session)

        stop(session)
        stop(session, at=AT + timedelta(hours=1))

        assert entries(session) == before
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 1
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_an_opt_out_from_everything_takes_back_service_too(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, MOBILE)

    stop(ours, scope="all")

    assert set(levels_of(ours, ann)) == {
        (ann, "marketing"),
        (ann, "service"),
    }
    assert suppressed(ours, 1, [MOBILE, STRANGER]) == {MOBILE: {"all"}}


def test_a_number_nobody_holds_can_opt_out(ours: ScopedSession) -> None:
    stop(ours, STRANGER)

    assert suppressed(ours, 1, [STRANGER]) == {STRANGER: {"marketing"}}


def test_a_linked_number_that_opts_out_itself_speaks_for_itself(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    customer(ours, MOBILE, LANDLINE)
    stop(ours)

    stop(ours, LANDLINE)

    assert (LANDLINE, "marketing", "sms_stop") in entries(ours)


def test_a_linked_number_does_not_speak_for_its_other_holders(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    customer(ours, MOBILE, LANDLINE)
    neighbour = customer(ours, LANDLINE, SPOUSE)

    stop(ours)

    assert scopes_of_customers(ours, 1, [neighbour]) == {}
    assert set(suppressed(ours, 1, [LANDLINE, SPOUSE])) == {LANDLINE}


def test_a_number_added_after_the_opt_out_is_covered(ours: ScopedSession, customer: MakeCustomer) -> None:
    ann = customer(ours, MOBILE)
    stop(ours)
    ours.add(CustomerNumber(tenant_id=1, customer_id=ann, address=LANDLINE, kind="landline"))
    ours.flush()

    assert scopes_of_customers(ours, 1, [ann]) == {ann: frozenset({"marketing"})}


def test_another_tenants_opt_outs_do_not_count_for_us(database: Database, customer: MakeCustomer) -> None:
    with database.session(ALL_TENANTS) as session:
        ann = customer(session, MOBILE, tenant_id=1)
        theirs = customer(session, MOBILE, LANDLINE, tenant_id=2)

        opt_out(session, 2, MOBILE, "all", "sms_stop", "sms", AT)

        assert suppressed(session, 1, [MOBILE, LANDLINE]) == {}
        assert scopes_of_customers(session, 1, [ann, theirs]) == {}
        assert levels_of(session, ann) == {}
        assert set(suppressed(session, 2, [MOBILE, LANDLINE])) == {MOBILE, LANDLINE}


def test_consent_given_after_an_opt_out_is_taken_back_by_the_next_one(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, MOBILE)
    stop(ours)
    consent.give(ours, 1, [ann], "marketing", "express", "form", AT + timedelta(days=1))

    stop(ours, at=AT + timedelta(days=2))

    assert levels_of(ours, ann) == {(ann, "marketing"): {"": "none"}}


def test_consent_for_one_channel_leaves_the_others_as_they_were(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, MOBILE)
    consent.give(ours, 1, [ann], "marketing", "express", "form", AT)
    consent.give(
        ours, 1, [ann], "marketing", "express_written", "form", AT + timedelta(days=1), channel="sms"
    )

    held = consent.levels(ours, 1, [ann], ["marketing"])[ann, "marketing"]

    assert (consent.level_for(held, "sms").level, consent.level_for(held, "voice").level) == (
        "express_written",
        "express",
    )
    assert consent.level_for({}, "voice").level == "relationship"


def test_a_double_opt_in_lifts_the_entry_and_what_it_linked(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    ann = customer(ours, MOBILE, LANDLINE)
    stop(ours, scope="all")

    opt_in(ours, 1, PROOF)

    assert entries(ours) == set()
    assert levels_of(ours, ann)[ann, "marketing"] == {"": "express_written"}


def test_a_double_opt_in_leaves_a_shared_number_whose_other_holder_opted_out(
    ours: ScopedSession, customer: MakeCustomer
) -> None:
    customer(ours, MOBILE, LANDLINE)
    customer(ours, SPOUSE, LANDLINE)
    stop(ours, MOBILE)
    stop(ours, SPOUSE)

    opt_in(ours, 1, PROOF)

    assert set(suppressed(ours, 1, [MOBILE, LANDLINE, SPOUSE])) == {LANDLINE, SPOUSE}


@pytest.mark.parametrize("reason", ["staff", "keypress", "sms_refusal"])
@pytest.mark.parametrize("texted", [pytest.param(True, id="after a STOP"), pytest.param(False, id="alone")])
def test_a_double_opt_in_lifts_only_what_was_texted(
    ours: ScopedSession, customer: MakeCustomer, reason: str, texted: bool
) -> None:
    ann = customer(ours, MOBILE, LANDLINE)
    if texted:
        stop(ours)
    stop(ours, reason=reason)

    assert opt_in(ours, 1, PROOF) is False

    assert (MOBILE, "marketing", reason) in entries(ours)
    assert levels_of(ours, ann).get((ann, "marketing")) in (None, {"": "none"})


@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(replace(PROOF, confirmed_from=STRANGER), id="confirmed from another number"),
        pytest.param(
            replace(PROOF, confirmed_at=AT - timedelta(minutes=1)), id="confirmed before it was asked for"
        ),
    ],
)
def test_an_opt_in_without_proof_is_refused(
    ours: ScopedSession, customer: MakeCustomer, proof: OptIn
) -> None:
    customer(ours, MOBILE)
    stop(ours)

    with pytest.raises(Invalid, match="same number"):
        opt_in(ours, 1, proof)

    assert suppressed(ours, 1, [MOBILE]) == {MOBILE: {"marketing"}}


def test_an_opt_in_leaves_the_public_register_alone(ours: ScopedSession, customer: MakeCustomer) -> None:
    customer(ours, MOBILE)
    register_do_not_call(ours, 1, [MOBILE], "register 2026-11", AT)
    stop(ours)

    opt_in(ours, 1, PROOF)

    assert suppressed(ours, 1, [MOBILE]) == {MOBILE: {"do_not_call"}}


def test_an_unknown_scope_is_refused(ours: ScopedSession) -> None:
    with pytest.raises(Invalid, match="enter one of all, marketing, not sms"):
        stop(ours, scope="sms")


def test_spooled_opt_outs_arrive_and_arrive_twice_without_harm(
    database: Database, tmp_path: Path, customer: MakeCustomer
) -> None:
    with database.session(1) as session:
        customer(session, MOBILE, LANDLINE)
    row = {"scope": "all", "reason": "sms_stop", "source": "call:CA1", "at": AT.isoformat(), "tenant_id": 1}
    spool = Spool(tmp_path / "spool", "web")
    for address in (MOBILE, STRANGER, MOBILE):
        spool.append("opt_out", {**row, "address": address})
    spool.close()

    drain(tmp_path / "spool", database, SPOOLED)

    with database.reading(1) as session:
        assert {address for address, _, _ in entries(session)} == {MOBILE, LANDLINE, STRANGER}
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 2


def test_asking_is_fast_among_fifty_thousand_entries(database: Database, customer: MakeCustomer) -> None:
    entry = {"tenant_id": 1, "scope": "marketing", "reason": "sms_stop", "source": "list", "at": AT}
    addresses = [f"+1212{number:07}" for number in range(50_000)]
    with database.session(1) as session:
        insert_new(session, Suppression, [{**entry, "address": address} for address in addresses])
        began = time.process_time()

        found = suppressed(session, 1, [*addresses[::100], STRANGER])
        stop(session, STRANGER)

        assert len(found) == 500
        assert time.process_time() - began < 1


@pytest.mark.storage
def test_opt_outs_at_the_same_moment_neither_fail_nor_double(
    either_database: Database, customer: MakeCustomer
) -> None:
    with either_database.session(1) as session:
        customer(session, MOBILE, LANDLINE)
        customer(session, LANDLINE, SPOUSE)

    def say(address: str) -> None:
        with either_database.session(1) as session:
            stop(session, address)

    with ThreadPoolExecutor(8) as callers:
        list(callers.map(say, [MOBILE, LANDLINE, SPOUSE, STRANGER] * 4))

    with either_database.reading(1) as session:
        assert entries(session) == {
            (address, "marketing", "sms_stop") for address in (MOBILE, LANDLINE, SPOUSE, STRANGER)
        }
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 4
