"""SMS that come in: opt-outs by word, everything else kept with whom it is from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from core import clock
from core.db import Database
from customers.models import Customer, CustomerNumber, Suppression
from outbound import inbound
from outbound.models import InboundText
from outbound.words import KINDS, kind_of
from tests.outbound.desk import ADDRESS, NUMBERS, Desk


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


def text(body: str, **more: str) -> dict[str, Any]:
    """A spooled message to our SMS sender."""
    form = {"MessageSid": "SM9", "From": ADDRESS, "To": NUMBERS["sms"], "Body": body, **more}
    return inbound.noted(MultiDict(form))


def receive(desk: Desk, *entries: dict[str, Any]) -> None:
    with desk.session() as session:
        inbound.apply(session, entries)


def kept(desk: Desk) -> list[InboundText]:
    with desk.session() as session:
        return list(session.scalars(select(InboundText).order_by(InboundText.id)))


def suppressed(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.session() as session:
        rows = session.execute(select(Suppression.address, Suppression.scope, Suppression.reason))
        return sorted(tuple(row) for row in rows)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        *(pytest.param(word, kind, id=word) for word, kind in KINDS.items()),
        pytest.param("stop", "stop", id="small letters"),
        pytest.param("Stop.", "stop", id="a full stop"),
        pytest.param("  STOP!!\r\n", "stop", id="spaces and marks"),
        pytest.param('"Stop"', "stop", id="quoted"),
        pytest.param("ＳＴＯＰ", "stop", id="full width"),
        pytest.param("ｔｄ", "stop", id="full width, small"),
        pytest.param("Opt-out", "stop", id="a hyphen"),
        pytest.param("opt out", "stop", id="two words of one"),
        pytest.param("STOP ALL", "stop", id="stop all"),
        pytest.param("退订。", "stop", id="Chinese with its full stop"),
        pytest.param("【退订】", "stop", id="Chinese in brackets"),
        pytest.param("退订\u200b", "stop", id="something unseen behind it"),
        pytest.param("取消订阅", "stop", id="Chinese, the long way"),
        pytest.param("cancel my appointment", "answer", id="cancel my appointment"),
        pytest.param("Please cancel my appointment on Tuesday", "answer", id="in a sentence"),
        pytest.param("stop by tomorrow", "answer", id="stop by tomorrow"),
        pytest.param("我想退订明天的预约吗", "answer", id="Chinese in a sentence"),
        pytest.param("stopp", "answer", id="nearly"),
        pytest.param("", "answer", id="nothing"),
        pytest.param("👍", "answer", id="a sign"),
        pytest.param("!" * 1600, "answer", id="only marks"),
        pytest.param("STOP" + " " * 1000 + "it is not that", "answer", id="more comes far behind"),
    ],
)
def test_a_word_counts_only_as_the_whole_message(body: str, kind: str) -> None:
    assert kind_of(body) == kind


@given(st.text(alphabet=st.characters(), max_size=50))
def test_any_text_has_a_kind(body: str) -> None:
    assert kind_of(body) in {"stop", "start", "help", "answer"}


@pytest.mark.storage
def test_stop_is_an_opt_out_of_marketing_at_once(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("Stop"))

    assert suppressed(desk) == [(ADDRESS, "marketing", "sms_stop")]
    [row] = kept(desk)
    assert (row.kind, row.from_address, row.customer_id, row.delivery_id) == ("stop", ADDRESS, 1, 1)


@pytest.mark.storage
def test_an_answer_is_kept_with_the_customer_and_the_delivery_it_answers(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("cancel my appointment"))

    [row] = kept(desk)
    assert (row.kind, row.body, row.customer_id, row.delivery_id) == ("answer", "cancel my appointment", 1, 1)
    assert suppressed(desk) == []


@pytest.mark.storage
def test_the_same_message_again_is_one_message(desk: Desk) -> None:
    receive(desk, text("STOP"), text("STOP"))
    receive(desk, text("STOP"))

    assert len(kept(desk)) == 1
    assert len(suppressed(desk)) == 1


@pytest.mark.storage
def test_a_number_several_customers_share_names_nobody_but_stops_all(desk: Desk) -> None:
    desk.attempt(token="a")  # a name
    desk.attempt("fax", token="b")  # a name
    receive(desk, text("TD"))

    assert kept(desk)[0].customer_id is None
    assert suppressed(desk) == [(ADDRESS, "marketing", "sms_stop")]


@pytest.mark.storage
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"To": "+18005559999"}, id="to a number that is not ours"),
        pytest.param({"To": NUMBERS["voice"]}, id="to our number for calls"),
        pytest.param({"MessageSid": ""}, id="without an id"),
        pytest.param({"To": ""}, id="to nobody"),
    ],
)
def test_what_did_not_come_to_a_sender_of_ours_is_left_out(desk: Desk, more: dict[str, str]) -> None:
    receive(desk, text("STOP", **more))

    assert (kept(desk), suppressed(desk)) == ([], [])


@pytest.mark.storage
@pytest.mark.parametrize(
    ("from_", "address"),
    [
        pytest.param("+14155550000", "+14155550000", id="nobody in the file"),
        pytest.param("262966", "262966", id="a short code"),
        pytest.param("VeryLongSenderNameOfSomebody", "VeryLongSenderNa", id="a name"),
        pytest.param("", "", id="nothing"),
        pytest.param("+1\0\ud800", "+1?", id="no text"),
    ],
)
def test_who_writes_may_be_unknown(desk: Desk, from_: str, address: str) -> None:
    receive(desk, text("STOP", From=from_))

    [row] = kept(desk)
    assert (row.from_address, row.customer_id, row.delivery_id) == (address, None, None)
    assert suppressed(desk) == ([(address, "marketing", "sms_stop")] if address else [])


@pytest.mark.storage
@pytest.mark.parametrize(
    ("body", "stored"),
    [
        pytest.param("a\0b", "ab", id="NUL"),
        pytest.param("a\ud800b", "a?b", id="half a character"),
        pytest.param("x" * 5_000, "x" * 1_600, id="too long"),
        pytest.param("😀" * 1_600, "😀" * 1_600, id="signs"),
        pytest.param("'; DROP TABLE inbound_text; --", "'; DROP TABLE inbound_text; --", id="SQL"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="markup"),
    ],
)
def test_any_body_is_kept_as_text(desk: Desk, body: str, stored: str) -> None:
    receive(desk, text(body))

    assert [row.body for row in kept(desk)] == [stored]


@pytest.mark.storage
def test_a_stop_holds_for_the_customers_other_numbers(desk: Desk) -> None:
    desk.attempt()
    with desk.session() as session:
        customer_id = session.scalars(select(Customer.id)).one()
        session.add(CustomerNumber(tenant_id=1, customer_id=customer_id, address="+14155552999", kind="fax"))

    receive(desk, text("STOP"))

    assert [row[:2] for row in suppressed(desk)] == [(ADDRESS, "marketing"), ("+14155552999", "marketing")]


@pytest.mark.storage
def test_many_messages_in_one_batch(desk: Desk) -> None:
    entries = [
        text("STOP" if n % 2 else "hello", MessageSid=f"SM{n}", From=f"+1415555{2000 + n}") for n in range(40)
    ]
    receive(desk, *entries)

    with desk.session() as session:
        assert session.scalar(select(func.count(InboundText.id))) == 40
        assert session.scalar(select(func.count(Suppression.id))) == 20


def test_a_message_is_noted_when_it_came(frozen: datetime) -> None:
    assert text("STOP")["at"] == clock.now().isoformat()
    assert inbound.noted(MultiDict({"SmsSid": "SM7"}))["carrier_id"] == "SM7"
