"""What calls ask of the rest of the house, with real rows: who is told what, what is opened, what is sent, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from aftersales.models import Case, Event, WorkOrder
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber, Vehicle
from customers.suppression import opt_out
from flows.language.engine import start
from flows.language.load import load
from flows.language.lookups import EXAMPLES
from flows.language.turn import Facts, Refused, Told, Turn
from ivr import asks
from ivr.asks import READING, WRITING, Desk
from ivr.leg import Asking, Leg
from outbound.models import Delivery, Sender, Source
from tests.flows.samples import document
from tests.ivr.conftest import NOON
from tests.ivr.phone import ACCOUNT, CALLER, HOTLINE
from tests.outage import busy

Rows = Callable[[type[Any]], list[Any]]
STRANGER, ANN, BOB = "+14155559999", CALLER, "+14155550124"
LEG = Leg("CA" + "a" * 32, ACCOUNT, ANN, HOTLINE, "in")


@dataclass
class Caller:
    """Somebody who asks."""

    runtime: Runtime
    leg: Leg = LEG
    person: int = 0
    language: str = "en"
    key: str = "call:CAa:1:1"
    tenant_id: int = 1

    def ask(self, what: str, **given: str) -> Told | Refused:
        asking = Asking(self.leg, self.key, "hotline", "it", self.language, self.person, given)
        return Desk(self.runtime)._ask(what, self.tenant_id, asking)


@pytest.fixture
def books(runtime: Runtime) -> Runtime:
    """Ann with a car in the workshop, Bob with another, and one of the other tenant."""
    with runtime.database.session(1) as session:
        for number, (name, address) in enumerate((("Ann", ANN), ("Bob", BOB)), 1):
            session.add(Customer(id=number, tenant_id=1, name=name, reference=f"70{number}", created_at=NOON))
            session.flush()
            session.add(CustomerNumber(tenant_id=1, customer_id=number, address=address, kind="mobile"))
            session.add(
                Vehicle(
                    id=number, tenant_id=1, customer_id=number, plate=f"AB-123{number}", model="Lake 3",
                    serial=f"LK98765{number}", warranty_until=date(2026, 12, 1), next_service_on=date(2027, 3, 1),
                )
            )  # fmt: skip
            session.flush()
            session.add(
                WorkOrder(
                    tenant_id=1, number=f"W-471{number}", customer_id=number, vehicle_id=number, state="workshop",
                    promised_at=NOON - timedelta(hours=1), received_at=NOON, origin="staff", created_at=NOON,
                )
            )  # fmt: skip
        session.add(
            WorkOrder(
                tenant_id=1, number="5000", customer_id=1, state="ready", received_at=NOON, origin="staff", created_at=NOON
            )
        )  # fmt: skip
        for channel, address in (("sms", "+18005550101"), ("fax", "+18005550102")):
            session.add(
                Sender(
                    tenant_id=1, channel=channel, address=address, rate_per_s=1.0, lines=0 if channel == "sms" else 1,
                    state="open", next_at=NOON,
                )
            )  # fmt: skip
        session.add(
            Event(
                tenant_id=1, name="Winter check", kind="free_service", content={"en": "Free inspection", "zh": "免费检测"},
                held_on=date(2026, 12, 5), ends_on=date(2026, 12, 6), hours="9 to 5", address="12 Lake Road",
                created_by="t", created_at=NOON,
            )
        )  # fmt: skip
        session.get_one(Tenant, 1).after_sales = {"repair_days": {"brakes": 3}}
    return runtime


def test_everything_a_flow_may_ask_is_answered() -> None:
    assert {*READING, *WRITING} == {*EXAMPLES, "sms", "fax"}


@pytest.mark.parametrize(
    ("address", "facts", "who"),
    [
        pytest.param(ANN, {"order": "5000"}, "1", id="an order, from a telephone we know"),
        pytest.param(ANN, {"plate": "1231"}, "1", id="the digits of a plate, from a telephone we know"),
        pytest.param(ANN, {"plate": "231"}, "1", id="its last three"),
        pytest.param(ANN, {"plate": "31"}, "", id="two are too few"),
        pytest.param(ANN, {"plate": "1232"}, "", id="somebody else's plate"),
        pytest.param(ANN, {"serial": "7651"}, "1", id="the end of a serial number"),
        pytest.param(ANN, {"reference": "701"}, "1", id="the customer's number"),
        pytest.param(STRANGER, {"order": "5000"}, "", id="one fact from a strange telephone"),
        pytest.param(
            STRANGER, {"order": "5000", "plate": "1231"}, "1", id="two facts from a strange telephone"
        ),
        pytest.param(STRANGER, {"order": "5000", "plate": "1232"}, "", id="of two people"),
        pytest.param(
            STRANGER, {"reference": "702", "plate": "1232"}, "2", id="a customer's number and a plate"
        ),
        pytest.param(BOB, {"order": "5000", "plate": "1231"}, "1", id="Ann on Bob's telephone"),
        pytest.param(BOB, {"order": "5000"}, "", id="Bob with Ann's order"),
        pytest.param("anonymous", {"order": "5000", "plate": "1231"}, "1", id="a withheld number is no fact"),
        pytest.param("anonymous", {"order": "5000"}, "", id="nor does it make one"),
        pytest.param(ANN, {"order": ""}, "", id="nothing keyed in"),
        pytest.param(ANN, {"order": "' OR 1=1 --", "plate": "%"}, "", id="SQL instead of digits"),
        pytest.param(ANN, {"plate": "٢٣١"}, "", id="digits of another script"),
        pytest.param(ANN, {"plate": "9" * 300}, "", id="three hundred digits"),
    ],
)
def test_two_facts_about_one_customer_prove_a_caller(
    books: Runtime, address: str, facts: dict[str, str], who: str
) -> None:
    told = Caller(books, replace(LEG, caller=address)).ask("verify", **facts)

    assert told == (Told({"customer": who}) if who else Refused("not_proved"))


@pytest.mark.parametrize(
    ("guesser", "then"),
    [
        pytest.param([ANN] * 5, ANN, id="five guesses from one telephone"),
        pytest.param(
            [ANN, "anonymous", STRANGER, "+14155551111", "+14155552222"],
            "+14155553333",
            id="five about one customer",
        ),
    ],
)
def test_who_guesses_is_locked_out_even_with_the_right_answer_for_an_hour(
    books: Runtime, guesser: list[str], then: str
) -> None:
    for address in guesser:
        assert Caller(books, replace(LEG, caller=address)).ask(
            "verify", order="5000", plate="999"
        ) == Refused("not_proved")
    right = Caller(books, replace(LEG, caller=then))

    assert right.ask("verify", order="5000", plate="1231") == Refused("locked")
    clock.advance(timedelta(hours=1))
    assert right.ask("verify", order="5000", plate="1231") == Told({"customer": "1"})


def test_the_lock_grows_twelve_guesses_are_enough_for_a_day(books: Runtime) -> None:
    caller = Caller(books)
    for hour in range(3):
        for _ in range(4):
            assert caller.ask("verify", plate="999") == Refused("not_proved"), hour
        clock.advance(timedelta(hours=1))

    assert caller.ask("verify", plate="1231") == Refused("locked")
    clock.advance(timedelta(days=1))
    assert caller.ask("verify", plate="1231") == Told({"customer": "1"})


# fmt: off
KNOWN = {
    "one's own order": ("work_order", 1, {"number": "4711"}, {"state": "workshop", "promised_on": "2026-11-18", "is_late": "yes", "model": "Lake 3"}),
    "one that is ready and promised nothing": ("work_order", 1, {"number": "5000"}, {"state": "ready", "promised_on": "", "is_late": "", "model": ""}),
    "somebody else's order": ("work_order", 1, {"number": "4712"}, None),
    "an order by nobody": ("work_order", 0, {"number": "4711"}, None),
    "an order by nothing": ("work_order", 1, {"number": ""}, None),
    "one's own warranty": ("warranty", 1, {"serial": "7651"}, {"until": "2026-12-01", "days_left": "13", "model": "Lake 3"}),
    "somebody else's warranty": ("warranty", 1, {"serial": "7652"}, None),
    "a warranty by three digits": ("warranty", 1, {"serial": "651"}, None),
    "oneself": ("customer", 1, {}, {"name": "Ann", "next_service_on": "2027-03-01"}),
    "nobody": ("customer", 0, {}, None),
    "how long brakes take": ("repair_promise", 0, {"kind": "brakes"}, {"days": "3"}),
    "how long anything else takes": ("repair_promise", 0, {"kind": "paint"}, None),
    "what is on": ("event", 0, {}, {"name": "Winter check", "content": "Free inspection", "held_on": "2026-12-05", "hours": "9 to 5", "address": "12 Lake Road"}),
}
# fmt: on


@pytest.mark.parametrize("label", KNOWN)
def test_what_is_looked_up(books: Runtime, label: str) -> None:
    what, person, by, told = KNOWN[label]

    assert Caller(books, person=person).ask(f"lookup:{what}", **by) == (
        Told(told) if told else Refused("not_found")
    )


def test_nothing_of_another_tenant_is_told(books: Runtime) -> None:
    other = Caller(books, person=1, tenant_id=2)

    assert {
        other.ask(f"lookup:{what}", **by)
        for what, by in (
            ("customer", {}),
            ("work_order", {"number": "4711"}),
            ("warranty", {"serial": "7651"}),
            ("event", {}),
        )
    } == {Refused("not_found")}
    assert other.ask("verify", order="5000", plate="1231") == Refused("not_proved")


def test_a_case_is_opened_once_and_its_number_read_back(books: Runtime, rows: Rows) -> None:
    caller = Caller(books)
    wish = {"kind": "complaint", "urgency": "urgent", "job": "4711"}

    first, again = caller.ask("case", **wish), caller.ask("case", **wish)

    (case,) = rows(Case)
    assert first == again == Told({"number": case.number, "due_on": "2026-11-20"})
    assert (case.kind, case.is_urgent, case.text, case.customer_id, case.origin) == (
        "complaint",
        True,
        "work order 4711",
        1,
        caller.key,
    )
    state = {"state": "open", "due_on": "2026-11-20", "department": "business"}
    assert caller.ask("lookup:case", number=case.number) == Told(state)


def test_who_guesses_numbers_of_cases_is_stopped(books: Runtime, rows: Rows) -> None:
    Caller(books).ask("case", kind="complaint", urgency="normal")
    (case,) = rows(Case)
    for _ in range(5):
        assert Caller(books).ask("lookup:case", number="12345678") == Refused("not_found")

    assert Caller(books).ask("lookup:case", number=case.number) == Refused("locked")


def test_a_text_is_brought_to_whoever_asks_but_not_for_ever(books: Runtime, rows: Rows) -> None:
    caller = Caller(books)
    for key in ("1", "1", "2"):
        assert replace(caller, key=key).ask("sms", number=ANN, text="12 Lake Road") == Told()

    assert [(one.address, one.variables["body"], one.state) for one in rows(Delivery)] == [
        (ANN, "12 Lake Road", "pending")
    ] * 2
    assert replace(caller, key="3").ask("sms", number=ANN, text="again") == Refused("enough_today"), (
        "two in a call"
    )
    another = replace(caller, leg=replace(LEG, call_sid="CA" + "b" * 32))
    assert replace(another, key="4").ask("sms", number=ANN, text="again") == Told()
    assert replace(another, key="5").ask("sms", number=ANN, text="again") == Refused("enough_today"), (
        "three in a day"
    )
    clock.advance(timedelta(days=1))
    assert replace(another, key="6").ask("sms", number=ANN, text="again") == Told()
    assert {source.channel for source in rows(Source)} == {"sms"}


def test_a_new_day_of_the_company_within_one_day_of_utc_brings_a_text_of_its_own(
    books: Runtime, rows: Rows
) -> None:
    clock.freeze(datetime(2026, 11, 19, 4, 30, tzinfo=UTC))  # half past eleven at night in New York
    assert Caller(books, key="1").ask("sms", number=ANN, text="tonight") == Told()
    clock.advance(timedelta(hours=1))

    assert Caller(books, key="2").ask("sms", number=ANN, text="tomorrow") == Told()

    assert [one.variables["body"] for one in rows(Delivery)] == ["tonight", "tomorrow"]


@pytest.mark.parametrize(
    ("what", "number", "code"),
    [
        pytest.param("sms", "+12135550123", "", id="a number that may be a mobile"),
        pytest.param("sms", "(415) 555-0123", "", id="as it is keyed in at home"),
        pytest.param("sms", "+18005550199", "kind_not_allowed", id="a toll-free number"),
        pytest.param("sms", "+19005550199", "kind_not_allowed", id="a premium number"),
        pytest.param("sms", "+447911123456", "country_not_allowed", id="another country"),
        pytest.param("sms", "+18005550101", "kind_not_allowed", id="our own number"),
        pytest.param("sms", "911", "number_emergency", id="an emergency number"),
        pytest.param("sms", "", "number_missing", id="nobody's: the number is withheld"),
        pytest.param("fax", "+12135550123", "", id="a fax"),
        pytest.param("fax", "2135550123", "", id="a fax as it is keyed in"),
        pytest.param("fax", "+882345678901", "number_invalid", id="a satellite"),
    ],
)
def test_things_go_only_where_they_may(books: Runtime, rows: Rows, what: str, number: str, code: str) -> None:
    content = {"text": "hello"} if what == "sms" else {"subject": "Prices", "paragraphs": "One.\n\nTwo."}

    told = Caller(books).ask(what, number=number, **content)

    assert told == (Refused(code) if code else Told())
    assert len(rows(Delivery)) == (0 if code else 1)


def test_whoever_wants_no_contact_is_sent_nothing_by_others(books: Runtime) -> None:
    with books.database.session(1) as session:
        opt_out(session, 1, BOB, "all", "keypress", "t", clock.now())

    assert Caller(books).ask("sms", number=BOB, text="hello") == Refused("suppressed")
    assert Caller(books, replace(LEG, caller=BOB)).ask("sms", number=BOB, text="hello") == Told(), (
        "but by themselves"
    )


def test_a_letter_too_long_to_fax_is_refused(books: Runtime) -> None:
    told = Caller(books).ask(
        "fax", number="+12135550123", subject="All", paragraphs="\n\n".join(["word " * 390] * 20)
    )

    assert isinstance(told, Refused)


LOOKING = """
  it:
    kind: lookup
    what: event
    store: {name: event}
    next: tell
    not_found: bye
    unavailable: away
  tell: {kind: hangup, text: {en: "{{ event }}", zh: "{{ event }}"}}
  away: {kind: hangup, reason: refused}
"""


def completed(runtime: Runtime, desk: Desk | None = None) -> Turn:
    flow = load(document(LOOKING, "variables: {event: {}}"))
    facts = Facts(clock.now(), ANN, HOTLINE)
    return (desk or Desk(runtime)).complete(flow, LEG, 1, start(flow, facts), facts)


def test_a_call_hears_what_is_known(books: Runtime) -> None:
    turn = completed(books)

    assert turn.asks is None
    assert turn.steps[-1].says == ("Winter check",)


def test_a_call_does_not_wait_for_a_slow_database(books: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "PATIENCE_S", 0.05)
    stuck, desk = threading.Event(), Desk(books)
    for _ in range(asks.THREADS):
        desk._pool.submit(stuck.wait)

    assert completed(books, desk).ended == "refused"
    stuck.set()


COMPLAINING = """
  it: {kind: case, case: complaint, store: {number: number}, text: {en: "{{ number }}"}, next: bye, unavailable: away}
  away: {kind: hangup, reason: refused}
"""


@pytest.mark.storage
def test_what_a_caller_no_longer_waits_for_is_not_done(
    books: Runtime, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have been told that it is not, and were led elsewhere."""
    monkeypatch.setattr(asks, "PATIENCE_S", 0.2)
    flow, desk = load(document(COMPLAINING, "variables: {number: {type: digits}}")), Desk(books)
    facts = Facts(clock.now(), ANN, HOTLINE)

    with busy(books.database, "case_"):
        turn = desk.complete(flow, LEG, 1, start(flow, facts), facts)
    desk._pool.shutdown()

    assert turn.ended == "refused"
    assert rows(Case) == []


def test_after_a_look_up_that_took_too_long_calls_do_without_for_a_while(
    books: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asks, "PATIENCE_S", 0.05)
    stuck, desk = threading.Event(), Desk(books)
    assert desk.look_up(1, lambda session: stuck.wait()) is None
    stuck.set()
    asked = list[int]()

    assert desk.look_up(1, lambda session: asked.append(1)) is None
    assert asked == []
    desk._look_ups_from = 0.0
    assert desk.look_up(1, lambda session: "found") == "found"


def test_a_call_goes_on_without_the_database(books: Runtime) -> None:
    with books.database.session(1) as session:
        session.execute(text("ALTER TABLE event RENAME TO gone"))

    assert completed(books).ended == "refused"
