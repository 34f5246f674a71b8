"""SMS that come in: opt-outs by word, everything else kept with whom it is from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from werkzeug.datastructures import MultiDict

from core import clock
from core.carriers.base import Carrier, Report
from core.carriers.exchange import Exchange
from core.carriers.twilio import Twilio
from core.db import Database
from core.models import AuditEntry, Tenant
from customers.models import Customer, CustomerNumber, Suppression, Touch
from customers.suppression import opt_out
from outbound import inbound
from outbound.models import Attempt, Delivery, InboundText, Sender, Source
from outbound.texts import render
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
        pytest.param(" \t\u3000退訂！", "stop", id="traditional Chinese"),
        pytest.param("sToP", "stop", id="mixed case"),
        pytest.param("\u202eSTOP\u202c", "stop", id="turned round"),
        pytest.param("S\u00adT\u200bO\ufeffP", "stop", id="unseen in between"),
        pytest.param("\U0001f6d1 STOP \U0001f6d1", "stop", id="signs around"),
        pytest.param("> STOP", "stop", id="quoted by the telephone"),
        pytest.param("\u24c8\u24c9\u24c4\u24c5", "stop", id="letters in circles"),
        pytest.param("please stop calling me", "answer", id="a request in words"),
        pytest.param("don't stop", "answer", id="the opposite"),
        pytest.param("STOP\n> Reply STOP to end", "answer", id="our own words quoted below"),
        pytest.param("\u0405\u0422\u041e\u0420", "answer", id="letters of another alphabet"),
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
    "to",
    [
        pytest.param(NUMBERS["voice"], id="to our number for calls"),
        pytest.param(NUMBERS["fax"], id="to our number for faxes"),
        pytest.param("+18005559999", id="to a number nobody knows, where there is one company"),
        pytest.param("", id="to nobody, where there is one company"),
    ],
)
def test_a_stop_is_one_whichever_number_it_comes_to(desk: Desk, to: str) -> None:
    receive(desk, text("STOP", To=to))

    assert suppressed(desk) == [(ADDRESS, "marketing", "sms_stop")]
    assert kept(desk)[0].to_address == to


@pytest.mark.storage
@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param({"To": "+18005559999"}, "to no number of ours", id="to a number nobody knows"),
        pytest.param({"To": ""}, "to no number of ours", id="to nobody"),
        pytest.param({"MessageSid": ""}, "without the carrier's id", id="without an id"),
    ],
)
def test_what_came_to_no_company_of_several_is_told_in_the_log(
    desk: Desk, more: dict[str, str], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.session() as session:
        session.add(Tenant(id=2, slug="theirs", name="Theirs", zone="UTC", created_at=clock.now()))
    receive(desk, text("STOP", **more))

    assert (kept(desk), suppressed(desk)) == ([], [])
    assert told in caplog.text
    assert ADDRESS not in caplog.text


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


def marketing(desk: Desk) -> None:
    """The source whose text is answered, with the words it expects."""
    with desk.session() as session:
        session.execute(
            update(Source).values(
                purpose="marketing",
                content={"texts": {}, "answers": {"1": "yes", "YES": "yes", "不去": "no"}},
            )
        )


def replies(desk: Desk) -> list[tuple[str, str, str, str]]:
    """What is to be texted back: kind, sender, language, text."""
    with desk.session() as session:
        rows = session.execute(
            select(Source, Delivery)
            .join(Delivery)
            .where(Source.name.startswith("reply:"))
            .order_by(Delivery.id)
        )
        return [
            (
                source.name.split(":")[1],
                session.get_one(Sender, source.sender_id).address,
                delivery.language,
                render(source.content["texts"][delivery.language]["text"], delivery.variables),
            )
            for source, delivery in rows
        ]


def stands(desk: Desk) -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in kept(desk)]


@pytest.mark.storage
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        pytest.param("1", "yes", id="a figure"),
        pytest.param(" Yes! ", "yes", id="a word, as people write it"),
        pytest.param("不去", "no", id="Chinese"),
        pytest.param("perhaps", "", id="something else"),
    ],
)
def test_a_text_soon_after_ours_answers_its_campaign(desk: Desk, body: str, answer: str) -> None:
    desk.attempt()
    marketing(desk)
    clock.advance(timedelta(hours=71))
    receive(desk, text(body))

    [row] = kept(desk)
    assert (row.kind, row.answer, row.delivery_id, row.state) == ("answer", answer, 1, "kept")


@pytest.mark.storage
@pytest.mark.parametrize(
    ("change", "later_h", "to"),
    [
        pytest.param({}, 73, NUMBERS["sms"], id="too late"),
        pytest.param({}, 1, "+18005550109", id="to another number of ours"),
        pytest.param({"state": "released"}, 1, NUMBERS["sms"], id="to what never left"),
    ],
)
def test_what_answers_nothing_of_ours_is_kept_alone(
    desk: Desk, change: dict[str, str], later_h: int, to: str
) -> None:
    desk.attempt()
    marketing(desk)
    with desk.session() as session:
        session.add(
            Sender(tenant_id=1, channel="sms", address="+18005550109", rate_per_s=1, next_at=clock.real())
        )
        if change:
            session.execute(update(Attempt).values(**change))
    clock.advance(timedelta(hours=later_h))
    receive(desk, text("1", To=to))

    [row] = kept(desk)
    assert (row.delivery_id, row.answer) == (None, "")


@pytest.mark.storage
def test_help_is_answered_from_the_number_that_was_texted_once_a_day(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("HELP", MessageSid="SM1"), text("帮助", MessageSid="SM2"))
    expected = (
        "Ours: service notices and offers. Message frequency varies. Msg & data rates may apply. "
        "Help: +1 800-555-0100. Reply STOP to end."
    )
    assert replies(desk) == [("help", NUMBERS["sms"], "en", expected)]

    clock.advance(timedelta(days=1))
    receive(desk, text("HELP", MessageSid="SM3"))
    assert len(replies(desk)) == 2


@pytest.mark.storage
@pytest.mark.parametrize(
    ("form", "carrier", "own", "is_answered"),
    [
        pytest.param({}, Exchange, None, True, id="the exchange leaves it to us"),
        pytest.param({}, Twilio, None, False, id="Twilio answers itself"),
        pytest.param({}, Twilio, False, True, id="unless it was told not to"),
        pytest.param({}, Exchange, True, False, id="another carrier that answers"),
        pytest.param({"OptOutType": "HELP"}, Twilio, False, False, id="it says that it has answered"),
    ],
)
def test_help_is_left_to_a_carrier_that_answers_itself(
    desk: Desk, form: dict[str, str], carrier: type[Carrier], own: bool | None, is_answered: bool
) -> None:
    if own is not None:
        with desk.session() as session:
            session.execute(update(Tenant).values(settings={"texting": {"carrier_answers": own}}))
    entry = inbound.noted(
        MultiDict({"MessageSid": "SM9", "From": ADDRESS, "To": NUMBERS["sms"], "Body": "info", **form}),
        carrier.answers_help,
    )
    receive(desk, entry)

    assert bool(replies(desk)) is is_answered


@pytest.mark.storage
@pytest.mark.parametrize("body", ["HELP", "START"])
def test_what_is_taken_in_again_from_the_carriers_list_was_answered_when_it_came(
    desk: Desk, body: str
) -> None:
    receive(desk, text("STOP"))
    clock.advance(timedelta(minutes=1))
    receive(desk, inbound.listed(Report("SM2", NUMBERS["sms"], ADDRESS, "received", clock.now(), body=body)))

    assert replies(desk) == []
    receive(desk, text(body, MessageSid="SM3"))
    assert len(replies(desk)) == 1, "but not what comes now"


@pytest.mark.parametrize("from_", ["262966", "Bank", "", "+1"])
def test_nobody_without_a_number_is_texted_back(desk: Desk, from_: str) -> None:
    receive(desk, text("HELP", From=from_))

    assert replies(desk) == []


def test_a_stranger_is_answered_in_the_companys_language(desk: Desk) -> None:
    with desk.session() as session:
        session.execute(update(Tenant).values(language="zh"))
    receive(desk, text("HELP", From="+14155557777"))

    [(_, _, language, said)] = replies(desk)
    assert (language, said[:6]) == ("zh", "【Ours】")


@pytest.mark.storage
def test_start_lifts_a_stop_only_after_a_second_word(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("STOP", MessageSid="SM1"))
    receive(desk, text("START", MessageSid="SM2"))
    assert suppressed(desk) == [(ADDRESS, "marketing", "sms_stop")]
    assert [(kind, said.partition(":")[2]) for kind, _, _, said in replies(desk)] == [
        ("ask", " you asked to get our messages again. Reply YES to confirm. Otherwise nothing changes.")
    ]

    clock.advance(timedelta(hours=23))
    receive(desk, text("yes", MessageSid="SM3"))

    assert suppressed(desk) == []
    assert stands(desk) == [("stop", "kept"), ("start", "confirmed"), ("confirm", "kept")]
    assert [kind for kind, *_ in replies(desk)] == ["ask", "welcome"]
    with desk.session() as session:
        assert list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == [
            "opt_out",
            "opt_in",
        ]


@pytest.mark.storage
@pytest.mark.parametrize(
    ("then", "later_h", "more"),
    [
        pytest.param("yes", 25, {}, id="a day too late"),
        pytest.param("yes", 1, {"From": "+14155557777"}, id="from another number"),
        pytest.param("no", 1, {}, id="no"),
        pytest.param("START", 1, {}, id="START again is no confirmation"),
        pytest.param("yes I do want them please", 1, {}, id="not the word alone"),
    ],
)
def test_what_does_not_confirm_lifts_nothing(
    desk: Desk, then: str, later_h: int, more: dict[str, str]
) -> None:
    desk.attempt()
    receive(desk, text("STOP", MessageSid="SM1"), text("START", MessageSid="SM2"))
    clock.advance(timedelta(hours=later_h))
    receive(desk, text(then, MessageSid="SM3", **more))

    assert (ADDRESS, "marketing", "sms_stop") in suppressed(desk)


@pytest.mark.storage
def test_yes_without_a_question_lifts_nothing(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("STOP", MessageSid="SM1"), text("YES", MessageSid="SM2"))

    assert suppressed(desk) == [(ADDRESS, "marketing", "sms_stop")]
    assert stands(desk)[-1] == ("answer", "kept")


@pytest.mark.storage
def test_a_stop_in_between_takes_the_start_back(desk: Desk) -> None:
    desk.attempt()
    for number, body in enumerate(("STOP", "START", "STOP", "YES")):
        receive(desk, text(body, MessageSid=f"SM{number}"))

    assert suppressed(desk) == [(ADDRESS, "marketing", "sms_stop")]


@pytest.mark.storage
@pytest.mark.parametrize(
    ("arriving", "is_stopped", "asked"),
    [
        pytest.param([("STOP", 1), ("START", 2), ("YES", 3)], False, True, id="as they were written"),
        pytest.param(
            [("STOP", 1), ("STOP", 3), ("START", 2)], True, False, id="START behind the STOP after it"
        ),
        pytest.param(
            [("STOP", 1), ("STOP", 3), ("START", 2), ("YES", 4)],
            True,
            False,
            id="a yes to a question never asked",
        ),
        pytest.param(
            [("STOP", 1), ("START", 3), ("STOP", 2), ("YES", 4)],
            True,
            True,
            id="a STOP that comes late takes START back",
        ),
        pytest.param([("START", 1), ("STOP", 2), ("YES", 3)], True, False, id="START before any STOP"),
        pytest.param(
            [("STOP", 1), ("START", 4), ("YES", 2)], True, True, id="a yes that is older than the question"
        ),
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_the_time_of_writing_counts_and_not_that_of_arrival(
    desk: Desk, arriving: list[tuple[str, int]], is_stopped: bool, asked: bool, times: int
) -> None:
    """Each also doubled, as carriers do."""
    desk.attempt()
    began = clock.now()
    for number, (body, minute) in enumerate(arriving):
        at = (began + timedelta(minutes=minute)).isoformat()
        for _ in range(times):
            receive(desk, {**text(body, MessageSid=f"SM{number}"), "at": at})

    assert bool(suppressed(desk)) == is_stopped
    assert [kind for kind, *_ in replies(desk)].count("ask") == int(asked)
    assert len(kept(desk)) == len(arriving)


@pytest.mark.storage
@pytest.mark.parametrize("reason", ["staff", "keypress", "sms_refusal"])
def test_what_staff_or_a_key_entered_no_text_lifts(desk: Desk, reason: str) -> None:
    desk.attempt()
    with desk.session() as session:
        opt_out(session, 1, ADDRESS, "marketing", reason, "test", clock.now())
    receive(desk, text("START", MessageSid="SM1"), text("YES", MessageSid="SM2"))

    assert suppressed(desk) == [(ADDRESS, "marketing", reason)]
    assert [kind for kind, *_ in replies(desk)] == ["call"]


def test_start_from_somebody_who_never_stopped_does_nothing(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("START"))

    assert (stands(desk), replies(desk)) == ([("start", "kept")], [])


@pytest.mark.storage
def test_what_may_be_a_refusal_waits_for_a_person_and_marketing_with_it(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("please stop texting me"))

    [row] = kept(desk)
    assert (row.kind, row.state) == ("refusal", "review")
    assert row.due_at is not None
    assert clock.now() < row.due_at <= clock.now() + timedelta(days=4)
    assert suppressed(desk) == [(ADDRESS, "review", "sms_refusal")]


def test_a_word_the_campaign_expects_is_no_refusal(desk: Desk) -> None:
    desk.attempt()
    with desk.session() as session:
        session.execute(update(Source).values(content={"texts": {}, "answers": {"NOTINTERESTED": "no"}}))
    receive(desk, text("not interested"))

    [row] = kept(desk)
    assert (row.kind, row.answer, row.state) == ("answer", "no", "kept")


def test_a_text_of_a_known_customer_is_a_touch_of_theirs(desk: Desk) -> None:
    desk.attempt()
    receive(desk, text("hello"), text("hello"))

    with desk.session() as session:
        found = session.execute(
            select(Touch.direction, Touch.channel, Touch.source).where(Touch.direction == "in")
        )
        assert [tuple(row) for row in found] == [("in", "sms", "text:SM9")]


def test_a_message_is_noted_when_it_came(frozen: datetime) -> None:
    assert text("STOP")["at"] == clock.now().isoformat()
    assert inbound.noted(MultiDict({"SmsSid": "SM7"}))["carrier_id"] == "SM7"
