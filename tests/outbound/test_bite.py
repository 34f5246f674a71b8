"""One opt-out, however it came, bites in everything that could leave; who writes to us is answered all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict

from core import clock
from core.db import Database
from customers import consent, suppression
from customers.models import Suppression
from outbound import deliveries, dispatch, inbound, reviewing
from outbound.claim import claim
from outbound.models import Attempt, Delivery, InboundText, Sender, Source
from tests.outbound.desk import ADDRESS, NUMBERS, Desk

# Tuesdays, 12:00 in New York, before and after a STOP in the United States ends everything (US-10)
BEFORE, AFTER = datetime(2026, 12, 15, 17, 0, tzinfo=UTC), datetime(2027, 2, 2, 17, 0, tzinfo=UTC)
Wish = Callable[[Desk], None]


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


def write(desk: Desk, body: str, number: str = "1") -> None:
    form = {"MessageSid": f"SM{number}", "From": ADDRESS, "To": NUMBERS["sms"], "Body": body}
    with desk.session() as session:
        inbound.apply(session, [inbound.noted(MultiDict(form))])


def by_text(desk: Desk) -> None:
    write(desk, "STOP")


def by_words(desk: Desk) -> None:
    write(desk, "please stop texting me")
    with desk.session() as session:
        [found] = session.scalars(select(InboundText.id)).all()
        reviewing.decide(session, found, "opt_out", "ann@ours.example")


def entered(scope: str, reason: str) -> Wish:
    """As the console, the API (POST /suppressions) and a key during a call enter it."""

    def wish(desk: Desk) -> None:
        with desk.session() as session:
            suppression.opt_out(session, 1, ADDRESS, scope, reason, "test", clock.now())

    return wish


def wanted(desk: Desk) -> None:
    """Something of every kind for the same person, and a test to the same number."""
    with desk.session() as session:
        customer = desk._customer(session, ADDRESS)
        for purpose in ("marketing", "service"):
            consent.give(session, 1, [customer.id], purpose, "express_written", "form", clock.now())
        now = clock.now()
        for name, channel, purpose, is_test in (
            ("wave:1", "sms", "marketing", False),
            ("wave:2", "voice", "marketing", False),
            ("wave:3", "fax", "marketing", False),
            ("follow_up:1", "sms", "service", False),
            ("test:1", "sms", "transactional", True),
        ):
            text: dict[str, Any] = {"text": "Hello"}
            source = deliveries.open_source(
                session, 1, name, channel=channel, purpose=purpose, content={"texts": {"en": text}}
            )
            one = deliveries.Wanted(None if is_test else customer.id, ADDRESS, "en", {})
            deliveries.add(session, source, [one], now, now + timedelta(days=1))


def blocked(desk: Desk) -> dict[str, str]:
    """The rule that blocked each source once every sender has claimed; "" where none did."""
    with desk.session() as session:
        senders = session.scalars(select(Sender.id).order_by(Sender.id)).all()
    for sender in senders * 3:  # nobody is decided about twice in one claim
        with desk.session() as session:
            claim(session, sender, 60)
            session.execute(update(Attempt).values(state="ended"))  # the address is free for the next
    with desk.session() as session:
        rows = session.execute(select(Source.name, Delivery.state, Delivery.reason).join(Delivery))
        return {row.name: row.reason if row.state == "blocked" else "" for row in rows}


ALL, MARKETING = "suppressed", "opted_out"


@pytest.mark.storage
@pytest.mark.parametrize(
    ("wish", "at", "marketing", "others"),
    [
        pytest.param(by_text, BEFORE, MARKETING, "", id="STOP"),
        pytest.param(by_text, AFTER, ALL, ALL, id="STOP since it ends everything"),
        pytest.param(by_words, BEFORE, MARKETING, "", id="words that a person read"),
        pytest.param(by_words, AFTER, ALL, ALL, id="words since they end everything"),
        pytest.param(entered("marketing", "staff"), BEFORE, MARKETING, "", id="the console, marketing"),
        pytest.param(entered("all", "staff"), BEFORE, ALL, ALL, id="the console, everything"),
        pytest.param(entered("marketing", "asked"), BEFORE, MARKETING, "", id="the API, marketing"),
        pytest.param(entered("all", "asked"), BEFORE, ALL, ALL, id="the API, everything"),
        pytest.param(entered("all", "keypress"), BEFORE, ALL, ALL, id="a key in a call"),
    ],
)
def test_an_opt_out_bites_in_all_that_could_leave(
    desk: Desk, wish: Wish, at: datetime, marketing: str, others: str
) -> None:
    """Calls, texts and faxes of a campaign; a follow-up; a test to that very number."""
    clock.freeze(at)
    wanted(desk)
    wish(desk)

    assert blocked(desk) == {
        "wave:1": marketing,
        "wave:2": marketing,
        "wave:3": marketing,
        "follow_up:1": others,
        "test:1": others,
    }


@pytest.mark.storage
@pytest.mark.parametrize("at", [BEFORE, AFTER], ids=["before", "since a STOP ends everything"])
@pytest.mark.parametrize(
    "wish", [by_text, entered("all", "staff"), entered("all", "keypress")], ids=["STOP", "staff", "a key"]
)
@pytest.mark.parametrize("is_known", [True, False], ids=["a customer", "a stranger"])
def test_who_asks_for_help_is_answered_whatever_they_ended(
    desk: Desk, wish: Wish, at: datetime, is_known: bool
) -> None:
    clock.freeze(at)
    if is_known:
        with desk.session() as session:
            desk._customer(session, ADDRESS)
    wish(desk)
    write(desk, "HELP", "2")
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
        work = claim(session, sender, 60).work

    assert [one.address for one in work] == [ADDRESS]
    with desk.session() as session:  # the last look before it leaves
        span = {"tenant": 1, "first": work[0].attempt_id, "last": work[0].attempt_id}
        assert session.connection().execute(dispatch.STOPPED, span).all() == []
        session.get_one(Source, work[0].source_id).state = "paused"
        session.flush()
        assert len(session.connection().execute(dispatch.STOPPED, span).all()) == 1


@pytest.mark.storage
def test_a_stop_of_everything_is_taken_back_by_start(desk: Desk) -> None:
    clock.freeze(AFTER)
    for number, body in enumerate(("STOP", "START", "YES")):
        write(desk, body, str(number))

    with desk.session() as session:
        assert session.scalars(select(Suppression.scope)).all() == []
