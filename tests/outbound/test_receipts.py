"""What the carrier tells us afterwards: in any order, doubled, early, late or about nobody."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core import clock
from core.carriers.base import Accepted, Refused
from core.db import ALL_TENANTS, Database, instant
from customers.models import Suppression
from outbound import receipts
from outbound.awaited import overdue
from outbound.reconcile import give_up
from outbound.record import Sent, record
from outbound.work import Work
from tests.outbound.desk import ADDRESS, NUMBERS, Desk, receipt

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


@pytest.fixture
def sqlite_desk(sqlite_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(sqlite_url)
    yield Desk(database)
    database.close()


def tell(desk: Desk, *entries: dict[str, Any]) -> None:
    with desk.session() as session:
        receipts.apply(session, entries)


@pytest.mark.storage
@pytest.mark.parametrize(
    ("told", "attempt", "delivery"),
    [
        pytest.param(["queued", "sent", "delivered"], "ended:reached", "reached", id="in order"),
        pytest.param(["delivered", "sent", "queued"], "ended:reached", "reached", id="backwards"),
        pytest.param(["delivered", "delivered"], "ended:reached", "reached", id="doubled"),
        pytest.param(["delivered", "undelivered"], "ended:reached", "reached", id="the first end stands"),
        pytest.param(["undelivered", "delivered"], "ended:undelivered", "failed:unknown_cause", id="either"),
        pytest.param(["sent"], "accepted", "active", id="not over"),
        pytest.param(["dancing"], "accepted", "active", id="a word nobody knows"),
        pytest.param([""], "accepted", "active", id="no word"),
        pytest.param(["canceled"], "ended:cancelled", "pending", id="cancelled at the carrier"),
    ],
)
def test_words_in_any_order(desk: Desk, told: list[str], attempt: str, delivery: str) -> None:
    desk.attempt(retries={"unknown_cause": {"times": 0, "after_s": 60}})

    for word in told:
        tell(desk, receipt(word))

    assert desk.stands() == (attempt, delivery)
    assert len(desk.receipts()) == len(set(told)), "each word is one row"


@pytest.mark.storage
def test_a_batch_of_receipts_is_carried_together(desk: Desk) -> None:
    words = {"a": "delivered", "b": "sent", "c": "undelivered"}
    for number, token in enumerate(words):
        desk.attempt(token=token, address=f"+1415555200{number}", carrier_id=f"SM-{token}")

    tell(desk, *(receipt(word, token, carrier_id=f"SM-{token}") for token, word in words.items()))

    assert [desk.stands(number)[1] for number in (1, 2, 3)] == ["reached", "active", "pending:unknown_cause"]


@pytest.mark.storage
def test_a_receipt_may_come_before_the_record_of_its_own_send(desk: Desk) -> None:
    desk.attempt(state="submitting")
    tell(desk, receipt("sent"))
    early = desk.one()
    assert (early.state, early.carrier_id, desk.touch()) == ("accepted", "SM1", "made")

    keep_record(desk)

    assert desk.one().state == "accepted"
    tell(desk, receipt("delivered"))
    assert desk.stands() == ("ended:reached", "reached")


def keep_record(desk: Desk) -> None:
    attempt = desk.one()
    work = Work(
        attempt.tenant_id, attempt.id, attempt.delivery_id, attempt.source_id, attempt.sender_id,
        attempt.token, "sms", ADDRESS, NUMBERS["sms"], "en", {}, {}, clock.real(),
    )  # fmt: skip
    with desk.session() as session:
        record(session, [Sent(work, Accepted("SM1", "queued"))], instant(session), clock.now())


@pytest.mark.storage
def test_an_early_receipt_alone_is_asked_about_later_and_holds_its_line_only_so_long(desk: Desk) -> None:
    desk.attempt("voice", state="submitting")
    tell(desk, receipt("ringing", "voice", channel="voice", carrier_id="CA1"))

    attempt = desk.one()
    assert attempt.state == "accepted"
    assert attempt.expect_by is not None
    assert attempt.line_until is not None
    clock.advance(timedelta(days=3650))  # PostgreSQL has its own clock
    with desk.session() as session:
        if desk.database.is_sqlite:
            assert [row[0].id for row in overdue(session)] == [attempt.id]


@pytest.mark.storage
def test_an_end_may_come_before_the_record_too(desk: Desk) -> None:
    desk.attempt(state="submitting")
    tell(desk, receipt("delivered"))
    keep_record(desk)

    assert desk.stands() == ("ended:reached", "reached")


@pytest.mark.storage
@pytest.mark.parametrize(
    ("word", "attempt", "delivery"),
    [
        pytest.param("delivered", "ended:reached", "reached", id="it had arrived"),
        pytest.param("undelivered", "ended:undelivered", "failed:unknown_cause", id="it had not"),
        pytest.param("sent", "unknown", "unknown:unknown", id="it had left, that is all"),
    ],
)
def test_a_late_word_settles_what_was_given_up(desk: Desk, word: str, attempt: str, delivery: str) -> None:
    desk.attempt(state="unknown", retries={"unknown_cause": {"times": 0, "after_s": 60}})
    with desk.session() as session:
        give_up(session, desk.one(), instant(session), clock.now())
    assert desk.stands() == ("unknown", "unknown:unknown")

    tell(desk, receipt(word))

    assert desk.stands() == (attempt, delivery)


@pytest.mark.storage
@pytest.mark.parametrize(
    ("code", "stops"),
    [
        pytest.param("21610", True, id="STOP was sent"),
        pytest.param("30640", True, id="a known litigator"),
        pytest.param("30004", False, id="blocked on the handset"),
        pytest.param("30005", False, id="no such number"),
    ],
)
@pytest.mark.parametrize(
    "at_create", [pytest.param(True, id="at the create"), pytest.param(False, id="later")]
)
def test_a_stop_only_the_carrier_knows_of_becomes_ours(
    desk: Desk, code: str, stops: bool, at_create: bool
) -> None:
    desk.attempt(state="submitting" if at_create else "accepted")
    if at_create:
        attempt = desk.one()
        work = Work(
            attempt.tenant_id, attempt.id, attempt.delivery_id, attempt.source_id, attempt.sender_id,
            attempt.token, "sms", ADDRESS, NUMBERS["sms"], "en", {}, {}, clock.real(),
        )  # fmt: skip
        with desk.session() as session:
            record(session, [Sent(work, Refused(code, "no"))], instant(session), clock.now())
    else:
        tell(desk, receipt("undelivered", code=code))
        tell(desk, receipt("undelivered", code=code))

    with desk.session() as session:
        found = [(row.address, row.scope, row.reason) for row in session.scalars(select(Suppression))]
    assert found == ([(ADDRESS, "sms", "carrier_stop")] if stops else [])


@pytest.mark.storage
def test_a_retry_after_the_time_is_over_is_none(desk: Desk) -> None:
    desk.attempt(retries={"handset_off": {"times": 3, "after_s": 3600}})
    clock.advance(timedelta(hours=23, minutes=30))

    tell(desk, receipt("undelivered", code="30003"))

    assert desk.stands() == ("ended:undelivered", "failed:handset_off")


@pytest.mark.storage
def test_a_second_id_under_one_token_is_kept_and_alarms_but_ends_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.attempt(carrier_id="SM1")
    with caplog.at_level(logging.ERROR):
        tell(desk, receipt("delivered", carrier_id="SM2"))

    assert "was sent twice" in caplog.text
    assert desk.receipts() == [("SM2", "delivered")]
    assert desk.stands() == ("accepted", "active")
    tell(desk, receipt("undelivered", code="30005"))
    assert desk.stands() == ("ended:undelivered", "failed:bad_number")


@pytest.mark.storage
@pytest.mark.parametrize("state", ["released", "refused"])
def test_a_word_about_what_was_taken_back_alarms_and_proves_that_it_left(
    desk: Desk, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    desk.attempt(state=state, delivery="pending")
    with caplog.at_level(logging.ERROR):
        tell(desk, receipt("delivered"))

    assert "was taken back, yet the carrier reports on it" in caplog.text
    assert desk.stands() == ("ended:reached", "reached")


@pytest.mark.storage
def test_who_is_not_ours_changes_nothing(desk: Desk) -> None:
    desk.attempt()
    tell(desk, receipt("delivered", token="somebody-elses"))
    tell(desk, receipt("delivered", channel="fax"))
    tell(desk, receipt("completed", channel="voice"))

    assert desk.stands() == ("accepted", "active")
    assert desk.receipts() == []


@pytest.mark.storage
@pytest.mark.parametrize(
    ("code", "touch"),
    [
        pytest.param("30003", "void", id="a phone that is off felt nothing"),
        pytest.param("30007", "void", id="filtered on the way"),
        pytest.param("30004", "made", id="declined by somebody"),
    ],
)
def test_a_touch_nobody_felt_does_not_count(desk: Desk, code: str, touch: str) -> None:
    desk.attempt(state="submitting")
    tell(desk, receipt("sent"), receipt("undelivered", code=code))

    assert desk.touch() == touch


ORDER = list(itertools.permutations(["queued", "sent", "delivered"]))


@given(order=st.sampled_from(ORDER), batches=st.lists(st.integers(1, 3), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_order_nor_batches_matter(
    sqlite_desk: Desk, order: tuple[str, ...], batches: list[int]
) -> None:
    token = clock.new_token()
    attempt_id = sqlite_desk.attempt(state="submitting", token=token, carrier_id=None)
    told = [receipt(word, token, carrier_id=f"SM{token}") for word in (*order, *order)]
    for size in itertools.cycle(batches):
        if not told:
            break
        tell(sqlite_desk, *told[:size])
        told = told[size:]

    assert sqlite_desk.stands(attempt_id) == ("ended:reached", "reached")


@pytest.mark.parametrize(
    ("channel", "form", "noted"),
    [
        pytest.param(
            "sms",
            {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"},
            {"carrier_id": "SM1", "status": "undelivered", "code": "30003"},
            id="sms",
        ),
        pytest.param(
            "voice",
            {"CallSid": "CA1", "CallStatus": "failed", "SipResponseCode": "404", "SequenceNumber": "3"},
            {"carrier_id": "CA1", "status": "failed", "code": "404", "sequence": 3},
            id="voice",
        ),
        pytest.param(
            "fax",
            {"FaxSid": "FX1", "FaxStatus": "failed", "ErrorCode": "2", "NumPages": "1"},
            {"carrier_id": "FX1", "status": "failed", "code": "2", "pages": 1},
            id="fax",
        ),
        pytest.param("sms", {}, {"carrier_id": "", "status": "", "code": "", "pages": 0}, id="empty"),
        pytest.param(
            "voice",
            {
                "CallSid": "C" * 500,
                "CallStatus": "s" * 500,
                "CallDuration": "9" * 5_000,
                "SequenceNumber": "-1",
            },
            {"carrier_id": "C" * 64, "status": "s" * 20, "duration_s": 10_000_000, "sequence": 0},
            id="too much of everything",
        ),
        pytest.param(
            "sms",
            {"MessageSid": "S\0M", "MessageStatus": "se\ud800nt", "ErrorCode": "\0", "NumPages": "٣"},
            {"carrier_id": "SM", "status": "se?nt", "code": "", "pages": 0},
            id="what no column takes",
        ),
    ],
)
def test_a_callback_is_noted_whatever_it_holds(
    channel: str, form: dict[str, str], noted: dict[str, Any]
) -> None:
    found = receipts.noted("token", channel, MultiDict(form))

    assert {name: found[name] for name in noted} == noted
    assert found["at"] == clock.now().isoformat()


@pytest.mark.storage
def test_hostile_values_can_be_stored(desk: Desk) -> None:
    desk.attempt()
    form = MultiDict({"MessageSid": "\0\ud800" * 100, "MessageStatus": "\0" * 30 + "x" * 30})
    tell(desk, receipts.noted("sms", "sms", form), receipts.noted("\0\ud800", "sms", form))

    with desk.database.reading(ALL_TENANTS):
        assert len(desk.receipts()) == 1
