"""What becomes of attempts nobody reports on: each branch, against a carrier whose lists the test writes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import select, update

from core import clock, holds
from core.carriers.base import Carrier, Listing, Order, Report, SendResult, Unknown
from core.config import Config
from core.db import Database
from core.errors import Unavailable
from core.models import Tenant
from core.runtime import Runtime
from core.spool import Spool
from customers.suppression import opt_out
from outbound import deliveries, receipts
from outbound.ending import release
from outbound.models import Attempt, Delivery, Source
from outbound.reconcile import NO_ANSWER, Answer, _settle, reconcile
from tests.outbound.desk import ADDRESS, NUMBERS, Desk, receipt

LONG_AGO = timedelta(hours=7)


@dataclass
class Lists:
    """A carrier outside: what it shows is what the test put into *reports*."""

    reports: list[Report] = field(default_factory=list)
    absence_proves_after_s: float | None = None
    is_complete: bool = True
    is_away: bool = False
    fax_media: Literal["application/pdf", "image/tiff"] = "image/tiff"
    name: str = "lists"
    answers_help: bool = False
    stopped: list[str] = field(default_factory=list)

    def send(self, order: Order, not_after: float = inf) -> SendResult:
        return Unknown("timeout")

    def fetch(self, channel: str, carrier_id: str) -> Report | None:
        self._answer()
        return next((one for one in self.reports if one.carrier_id == carrier_id), None)

    def find(self, channel: str, to: str, from_: str, since: datetime, until: datetime) -> Listing:
        self._answer()
        fitting = [one for one in self.reports if one.to == to and since <= one.created_at <= until]
        return Listing(fitting, self.is_complete)

    def received(self, channel: str, since: datetime) -> Listing:
        raise NotImplementedError

    def redirect(self, carrier_id: str, url: str) -> bool:
        return False

    def stop(self, channel: str, carrier_id: str) -> Report | None:
        self.stopped.append(carrier_id)
        return report("canceled", carrier_id)

    def verify(self, url: str, form: Mapping[str, Sequence[str]], headers: Mapping[str, str]) -> bool:
        return False

    def check(self) -> list[str]:
        return []

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("carrier_away")


def report(status: str, carrier_id: str = "SM1", code: str = "", to: str = ADDRESS) -> Report:
    return Report(carrier_id, to, NUMBERS["sms"], status, clock.now(), code)


@dataclass
class Office:
    desk: Desk
    carrier: Lists
    runtime: Runtime
    pool: ThreadPoolExecutor

    def reconcile(self) -> dict[str, int]:
        return {word: n for word, n in reconcile(self.runtime, self.pool).items() if n}

    def change(self, **values: object) -> None:
        with self.desk.session() as session:
            session.execute(update(Attempt).values(**values))


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    database, carrier = Database(database_url), Lists()
    carriers: dict[str, Carrier] = dict.fromkeys(("voice", "sms", "fax"), carrier)
    spool = Spool(tmp_path / "spool", "test")
    runtime = Runtime(Config(database_url=database_url, state_dir=tmp_path), database, carriers, spool)
    with ThreadPoolExecutor(2) as pool:
        yield Office(Desk(database), carrier, runtime, pool)
    database.close()


def past(**ago: float) -> datetime:
    return clock.real() - timedelta(**ago)


pytestmark = pytest.mark.storage


def test_an_expired_claim_is_due_again_and_does_not_count(office: Office) -> None:
    office.desk.attempt(state="claimed", lease_until=past(seconds=1))

    assert office.reconcile() == {"released": 1}
    assert office.desk.stands() == ("released", "pending")
    assert (office.desk.delivery().attempts, office.desk.touch()) == (0, "void")
    assert office.desk.one().code == "lease_expired"


@pytest.mark.parametrize("state", ["claimed", "submitting"])
def test_a_lease_that_holds_is_left_alone(office: Office, state: str) -> None:
    office.desk.attempt(state=state)

    assert office.reconcile() == {}
    assert office.desk.stands() == (state, "active")


def test_an_expired_submission_is_unknown_and_looked_for(office: Office) -> None:
    office.desk.attempt(state="submitting", lease_until=past(seconds=1))

    assert office.reconcile() == {"unknown": 1, "waiting": 1}
    assert office.desk.stands() == ("unknown", "active")


def test_a_delivery_past_its_time_expires(office: Office) -> None:
    office.desk.attempt(state="released", delivery="held")
    with office.desk.session() as session:
        session.execute(update(Delivery).values(expires_at=clock.now()))

    assert office.reconcile() == {"expired": 1}
    assert office.desk.stands() == ("released", "expired")


def test_an_overdue_attempt_is_fetched(office: Office) -> None:
    office.desk.attempt(expect_by=past(seconds=1))
    office.carrier.reports = [report("delivered")]

    assert office.reconcile() == {"found": 1}
    assert office.desk.stands() == ("ended:reached", "reached")


def test_an_attempt_that_goes_on_is_asked_about_later(office: Office) -> None:
    office.desk.attempt(expect_by=past(seconds=1), submitted_at=past(seconds=100))
    office.carrier.reports = [report("sent")]

    assert office.reconcile() == {"waiting": 1}
    attempt = office.desk.one()
    assert attempt.status == "sent"
    assert attempt.expect_by is not None
    assert past(seconds=-40) < attempt.expect_by < past(seconds=-60)
    assert office.reconcile() == {}


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param([report("sent")], id="sent is the last word of some networks"),
        pytest.param([], id="the carrier has forgotten it"),
    ],
)
def test_an_attempt_without_a_last_word_is_unknown_and_a_late_receipt_still_settles_it(
    office: Office, shown: list[Report]
) -> None:
    office.desk.attempt(
        "fax", carrier_id="SM1", expect_by=past(seconds=1), submitted_at=clock.real() - LONG_AGO
    )
    office.carrier.reports = shown

    assert office.reconcile() == {"given_up": 1}
    assert office.desk.stands() == ("unknown", "unknown:unknown")
    office.desk.attempt("fax", state="claimed", token="next")  # the address is free again

    with office.desk.session() as session:
        receipts.apply(session, [receipt("delivered", "fax", channel="fax")])
    assert office.desk.stands() == ("ended:reached", "reached")


def test_a_lost_attempt_is_found_in_the_lists(office: Office) -> None:
    office.desk.attempt(state="unknown", expect_by=past(seconds=1))
    office.carrier.reports = [report("undelivered", "SM7", "30005")]

    assert office.reconcile() == {"found": 1}
    assert office.desk.stands() == ("ended:undelivered", "failed:bad_number")
    assert (office.desk.one().carrier_id, office.desk.receipts()) == ("SM7", [])


def test_a_lost_attempt_found_on_its_way_is_waited_for(office: Office) -> None:
    office.desk.attempt(state="unknown", expect_by=past(seconds=1))
    office.carrier.reports = [report("sent")]

    assert office.reconcile() == {"waiting": 1}
    assert (office.desk.stands(), office.desk.touch()) == (("accepted", "active"), "made")


def test_what_belongs_to_another_attempt_proves_nothing(office: Office) -> None:
    office.desk.attempt(token="first", carrier_id="SM1", state="ended", delivery="reached")  # a name
    lost = office.desk.attempt(token="second", state="unknown", expect_by=past(seconds=1))  # a name
    office.carrier.reports = [report("delivered", "SM1")]

    assert office.reconcile() == {"waiting": 1}
    assert office.desk.one(lost).state == "unknown"


@pytest.fixture
def slept(office: Office) -> Iterator[None]:
    """A demo that was killed forty minutes ago; just now its clock went on from where it stood."""
    begun, stopped = past(minutes=45), past(minutes=40)
    morning = datetime(2026, 12, 1, 1, tzinfo=UTC)
    first = clock.Turn(begun, morning, 14.0)
    clock.turn(clock.Turn(clock.real(), first.at(stopped), 14.0, before=first))
    yield
    clock.turn(None)


@pytest.mark.parametrize("state", ["unknown", "submitting"])
def test_what_a_killed_demo_sent_is_looked_for_by_the_clock_of_then(
    office: Office, slept: None, state: str
) -> None:
    sent = past(minutes=40, seconds=10)
    office.desk.attempt(
        state=state,
        submitted_at=sent,
        lease_until=sent + timedelta(seconds=60),
        expect_by=past(seconds=1),
    )
    created = clock.business(sent + timedelta(seconds=1))
    assert created < clock.now() - timedelta(minutes=2)
    office.carrier.reports = [Report("SM1", ADDRESS, NUMBERS["sms"], "delivered", created)]
    office.carrier.absence_proves_after_s = 5.0

    assert office.reconcile()["found"] == 1
    assert office.desk.stands() == ("ended:reached", "reached")


def test_the_time_a_demo_was_stopped_is_no_silence_of_the_carrier(office: Office, slept: None) -> None:
    """Forty minutes would be nine hours at its speed, and a fax is waited for six."""
    office.desk.attempt(
        "fax", carrier_id="SM1", expect_by=past(seconds=1), submitted_at=past(minutes=40, seconds=10)
    )
    office.carrier.is_away = True

    assert office.reconcile() == {"waiting": 1}


def test_what_was_made_long_before_proves_nothing(office: Office) -> None:
    office.desk.attempt(state="unknown", expect_by=past(seconds=1))
    office.carrier.reports = [
        Report("SM0", ADDRESS, NUMBERS["sms"], "delivered", clock.now() - timedelta(minutes=5))
    ]

    assert office.reconcile() == {"waiting": 1}


def test_two_traces_of_one_attempt_alarm(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.desk.attempt(state="unknown", expect_by=past(seconds=1))
    office.carrier.reports = [report("delivered", "SM1"), report("delivered", "SM2")]

    with caplog.at_level(logging.ERROR):
        assert office.reconcile() == {"found": 1}
    assert "may have been sent twice: the carrier has 2" in caplog.text


@pytest.mark.parametrize(
    ("proof_s", "is_complete", "told"),
    [
        pytest.param(5.0, True, "proven_absent", id="proven absent"),
        pytest.param(600.0, True, "waiting", id="too early to be proof"),
        pytest.param(5.0, False, "waiting", id="a page is missing"),
        pytest.param(None, True, "waiting", id="lists that are only eventually right"),
    ],
)
def test_absence_is_proof_only_of_a_complete_list_in_time(
    office: Office, proof_s: float | None, is_complete: bool, told: str
) -> None:
    office.desk.attempt(state="unknown", expect_by=past(seconds=1), lease_until=past(seconds=20))
    office.carrier.absence_proves_after_s, office.carrier.is_complete = proof_s, is_complete

    assert office.reconcile() == {told: 1}
    if told == "proven_absent":
        assert office.desk.stands() == ("released", "pending")
        assert (office.desk.delivery().attempts, office.desk.touch()) == (0, "void")
    else:
        assert office.desk.stands() == ("unknown", "active")


def test_what_can_never_be_proven_is_given_up_and_a_late_receipt_settles_it(office: Office) -> None:
    office.desk.attempt(
        state="unknown",
        expect_by=past(seconds=1),
        submitted_at=past(minutes=40),
        lease_until=past(minutes=31),
    )

    assert office.reconcile() == {"given_up": 1}
    assert office.desk.stands() == ("unknown", "unknown:unknown")
    assert office.desk.one().settled_at is not None
    assert office.reconcile() == {}, "nobody asks again"

    with office.desk.session() as session:
        receipts.apply(session, [receipt("delivered")])
    assert office.desk.stands() == ("ended:reached", "reached")


def test_a_carrier_that_is_away_gives_no_reason_to_give_up(office: Office) -> None:
    office.desk.attempt(
        state="unknown",
        expect_by=past(seconds=1),
        submitted_at=past(minutes=40),
        lease_until=past(minutes=31),
    )
    office.carrier.is_away = True
    assert office.reconcile() == {"waiting": 1}

    office.change(submitted_at=clock.real() - LONG_AGO, expect_by=past(seconds=1))
    assert office.reconcile() == {"given_up": 1}


@pytest.mark.parametrize(
    ("word", "hours", "counts", "stands"),
    [
        pytest.param("sent", 23, {"waiting": 1}, ("accepted", "active"), id="a day is not over"),
        pytest.param("sent", 25, {"unconfirmed": 1}, ("unknown:unconfirmed", "failed:unconfirmed"), id="a day is over"),
        pytest.param("queued", 25, {"unconfirmed": 1}, ("unknown:unconfirmed", "failed:unconfirmed"), id="never sent on"),
        pytest.param("delivered", 25, {"found": 1}, ("ended:reached", "reached"), id="it had arrived"),
    ],
)  # fmt: skip
def test_a_text_that_is_never_confirmed_fails_and_is_not_tried_again(
    office: Office, word: str, hours: int, counts: dict[str, int], stands: tuple[str, str]
) -> None:
    office.desk.attempt(submitted_at=clock.real() - timedelta(hours=hours), expect_by=past(seconds=1))
    office.carrier.reports = [report(word)]

    assert office.reconcile() == counts
    assert office.desk.stands() == stands


@pytest.mark.parametrize(
    ("word", "code", "stands"),
    [
        pytest.param("delivered", "", ("ended:reached", "reached"), id="it had arrived"),
        pytest.param("undelivered", "30003", ("ended:undelivered", "failed:unconfirmed"), id="it had not"),
    ],
)
def test_a_late_receipt_settles_what_was_never_confirmed(
    office: Office, word: str, code: str, stands: tuple[str, str]
) -> None:
    office.desk.attempt(submitted_at=clock.real() - timedelta(hours=25), expect_by=past(seconds=1))
    office.carrier.is_away = True
    assert office.reconcile() == {"unconfirmed": 1}

    with office.desk.session() as session:
        receipts.apply(session, [receipt(word, code=code)])

    assert office.desk.stands() == stands


def test_the_tenant_says_how_long_a_confirmation_is_waited_for(office: Office) -> None:
    office.desk.attempt(submitted_at=clock.real() - timedelta(hours=7), expect_by=past(seconds=1))
    office.carrier.reports = [report("sent")]
    with office.desk.session() as session:
        session.execute(update(Tenant).values(settings={"texting": {"unconfirmed_after_h": 6}}))

    assert office.reconcile() == {"unconfirmed": 1}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(NO_ANSWER, id="the carrier is away"),
        pytest.param(Answer(), id="nothing found"),
        pytest.param(Answer(proves_absence=True), id="proven absent"),
        pytest.param(Answer((report("delivered"),)), id="found"),
    ],
)
def test_what_was_settled_while_the_carrier_was_asked_stays_settled(office: Office, answer: Answer) -> None:
    office.desk.attempt(state="unknown", submitted_at=clock.real() - LONG_AGO, lease_until=past(hours=7))
    with office.desk.session() as session:
        receipts.apply(session, [receipt("undelivered", code="30003")])
        session.execute(update(Delivery).values(state="active"))  # and is under way again

    with office.desk.session() as session:
        _settle(session, {1: answer})

    assert office.desk.stands() == ("ended:undelivered", "active:handset_off")


def test_releasing_an_old_attempt_leaves_the_delivery_to_the_newer_one(office: Office) -> None:
    old = office.desk.attempt(state="released")
    delivery = office.desk.delivery()
    with office.desk.session() as session:
        session.execute(update(Delivery).values(state="active", attempts=1))
        assert release(session, [(old, delivery.id, "sms")], clock.now(), code="stopped") == 0

    assert office.desk.stands() == ("released", "active")
    assert office.desk.delivery().attempts == 1


@pytest.mark.parametrize("change", ["pause", "stop", "hold", "opt out"])
def test_what_waits_in_the_carriers_queue_is_taken_back(office: Office, change: str) -> None:
    office.desk.attempt("voice", carrier_id="CA1")
    office.carrier.reports = [report("queued", "CA1")]
    assert office.reconcile() == {}

    with office.desk.session() as session:
        source = session.scalars(select(Source)).one()
        if change == "pause":
            deliveries.pause(session, source, "lunch")
        elif change == "stop":
            deliveries.stop(session, source, "over")
        elif change == "hold":
            holds.hold(session, None, "stopped", "test")
        else:
            opt_out(session, 1, ADDRESS, "all", "key", "test", clock.now())

    assert office.reconcile() == {"found": 1}
    assert office.carrier.stopped == ["CA1"]
    delivery = {"stop": "cancelled:over"}.get(change, "pending")
    assert office.desk.stands() == ("ended:cancelled", delivery)
    assert office.desk.touch() == "void"


def test_a_conversation_is_not_cut_by_a_pause(office: Office) -> None:
    office.desk.attempt("voice", carrier_id="CA1")
    office.carrier.reports = [report("in-progress", "CA1")]
    with office.desk.session() as session:
        deliveries.pause(session, session.scalars(select(Source)).one(), "lunch")

    assert office.reconcile() == {"waiting": 1}
    assert office.carrier.stopped == []
    assert office.desk.one().status == "in-progress"
    assert office.reconcile() == {}


def test_a_text_is_not_taken_back(office: Office) -> None:
    office.desk.attempt()
    with office.desk.session() as session:
        deliveries.pause(session, session.scalars(select(Source)).one(), "lunch")

    assert office.reconcile() == {}


@pytest.mark.parametrize(
    ("word", "counts", "stands"),
    [
        pytest.param("delivered", {"found": 1}, ("ended:reached", "reached"), id="it had arrived"),
        pytest.param("sent", {"waiting": 1}, ("unknown", "unknown"), id="it goes on"),
    ],
)
def test_what_proved_to_have_left_is_asked_for_until_its_last_word(
    office: Office, word: str, counts: dict[str, int], stands: tuple[str, str]
) -> None:
    left = {"carrier_id": "SM1", "settled_at": clock.real(), "expect_by": past(seconds=1)}
    office.desk.attempt(state="unknown", delivery="unknown", **left)
    office.carrier.reports = [report(word)]

    assert office.reconcile() == counts
    assert office.desk.stands() == stands
    assert office.reconcile() == {}
