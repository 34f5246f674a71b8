"""Every letter is in the register: faxes by themselves, whoever asked for them, those by post by whoever posted them."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from aftersales import fax_letters, jobs, letters
from aftersales.models import Letter
from core import clock
from core.errors import CarillonError, NotFound, WrongFields
from core.models import Tenant
from core.runtime import Runtime
from core.states import move
from customers.models import Customer
from outbound import composing
from outbound.models import Attempt, Delivery, Sender, Source

pytestmark = pytest.mark.storage
SENT = datetime(2026, 3, 2, 18, tzinfo=UTC)
VARIABLES = {
    "company": "Lakeside Motors",
    "company_phone": "+18005550100",
    "opt_out_phone": "+18005550101",
    "opt_out_fax": "+18005550102",
}
TEXTS = {"en": {"subject": "Open day for {{ name }}", "paragraphs": ["Come and see us."]}}


@pytest.fixture
def sent(runtime: Runtime) -> dict[str, int]:
    """Faxes that ended each in its own way, by how; tests to staff and to nobody in the file are among them."""
    clock.freeze(SENT)
    ids: dict[str, int] = {}
    with runtime.database.session(1) as session:
        session.add(Customer(id=1, tenant_id=1, name="Li Lei", address="1 Quay Road", created_at=SENT))
        sender = Sender(tenant_id=1, channel="fax", address="+14155550100", rate_per_s=1.0, next_at=SENT)
        session.add(sender)
        session.flush()
        for name, source_name, state, cause, attempt, customer_id, about in (
            ("reached", "wave:1", "reached", "", "ended", 1, {}),
            ("failed", "wave:2", "failed", "busy", "ended", 1, {}),
            ("unknown", "case:3", "unknown", "", "unknown", 1, {"case": None}),
            ("late", "wave:3", "expired", "no_answer", "ended", 1, {}),
            ("blocked", "wave:4", "blocked", "", "", 1, {}),
            ("released", "wave:5", "cancelled", "", "released", 1, {}),
            ("trial", "test:1", "reached", "", "ended", 1, {}),
            ("stranger", "document:1", "reached", "", "ended", None, {}),
            ("under way", "wave:6", "active", "", "accepted", 1, {}),
        ):
            source = Source(
                tenant_id=1, name=source_name, channel="fax", purpose="service", priority=2, created_at=SENT,
                content={"texts": TEXTS, "variables": VARIABLES, "about": about},
            )  # fmt: skip
            session.add(source)
            session.flush()
            delivery = Delivery(
                tenant_id=1, source_id=source.id, customer_id=customer_id, channel="fax", address=f"+1415555{len(ids):04}",
                language="en", variables={"name": "Li Lei"}, state=state, cause=cause, due_at=SENT,
                expires_at=SENT + timedelta(days=2), ended_at=SENT + timedelta(minutes=3), created_at=SENT,
            )  # fmt: skip
            session.add(delivery)
            session.flush()
            ids[name] = delivery.id
            if attempt:
                session.add(
                    Attempt(
                        tenant_id=1, delivery_id=delivery.id, source_id=source.id, sender_id=sender.id, channel="fax",
                        address=delivery.address, token=f"token-{len(ids):016}", state=attempt, started_at=SENT,
                        carrier_id=f"FX{len(ids)}", settled_at=SENT,
                    )
                )  # fmt: skip
    return ids


def register(runtime: Runtime) -> int:
    with ThreadPoolExecutor(1) as pool:
        return jobs.register(runtime, pool).get("registered", 0)


def found(runtime: Runtime, delivery_id: int) -> Letter | None:
    with runtime.database.reading(1) as session:
        return session.scalar(select(Letter).where(Letter.delivery_id == delivery_id))


@pytest.mark.parametrize(
    ("name", "state", "cause"),
    [
        pytest.param("reached", "delivered", "", id="delivered"),
        pytest.param("failed", "failed", "busy", id="not delivered, with its cause"),
        pytest.param("late", "failed", "no_answer", id="given up after a try"),
        pytest.param("unknown", "sent", "", id="perhaps delivered"),
    ],
)
def test_a_fax_that_was_sent_is_registered_as_it_ended(
    runtime: Runtime, sent: dict[str, int], name: str, state: str, cause: str
) -> None:
    register(runtime)

    letter = found(runtime, sent[name])
    assert letter
    assert (letter.state, letter.cause, letter.means, letter.customer_id) == (state, cause, "fax", 1)
    assert (letter.subject, letter.sender) == ("Open day for Li Lei", "Lakeside Motors, +14155550100")
    assert (letter.sent_at, letter.delivered_at is not None) == (SENT, state == "delivered")


def test_what_never_left_was_a_test_or_is_on_its_way_is_not(runtime: Runtime, sent: dict[str, int]) -> None:
    assert register(runtime) == 4

    assert not [
        name
        for name in ("blocked", "released", "trial", "stranger", "under way")
        if found(runtime, sent[name])
    ]
    assert register(runtime) == 0, "each is heard of once"


def test_the_hash_is_that_of_the_letter_and_shows_it_again(runtime: Runtime, sent: dict[str, int]) -> None:
    register(runtime)
    letter = found(runtime, sent["reached"])
    assert letter
    with runtime.database.session(1) as session:
        pdf = composing.document(session, f"token-{1:016}", "pdf").content
        assert letter.sha256 == hashlib.sha256(pdf).hexdigest()
        assert fax_letters.content(session, letter) == pdf
        session.get_one(Delivery, sent["reached"]).variables = {"name": "Somebody else"}
        session.flush()
        with pytest.raises(NotFound):
            fax_letters.content(session, letter)


def test_a_late_receipt_changes_the_letter_and_makes_no_second(
    runtime: Runtime, sent: dict[str, int]
) -> None:
    register(runtime)
    with runtime.database.session(1) as session:
        for name in ("unknown", "failed"):
            move(
                session,
                session.get_one(Delivery, sent[name]),
                "reached",
                cause="",
                ended_at=SENT + timedelta(hours=1),
            )

    assert register(runtime) == 2

    for name in ("unknown", "failed"):
        letter = found(runtime, sent[name])
        assert letter
        assert (letter.state, letter.cause, letter.delivered_at) == (
            "delivered",
            "",
            SENT + timedelta(hours=1),
        )


def test_what_was_read_and_not_written_is_read_again(runtime: Runtime, sent: dict[str, int]) -> None:
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        first, second = fax_letters.read(session, tenant), fax_letters.read(session, tenant)
        assert fax_letters.write(session, first) == 4
        assert fax_letters.write(session, second) == 0, "another worker was faster"
        assert fax_letters.read(session, tenant) == []


POSTED = {
    "customer_id": 1,
    "kind": "invitation",
    "subject": "Open day",
    "sent_on": date(2026, 2, 27),
    "sender": "Sue",
    "proof": "RR123456785CN",
    "who": "sue",
}


def test_a_letter_by_post_is_entered_under_its_day_and_what_became_of_it(
    runtime: Runtime, sent: dict[str, int]
) -> None:
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        arrives, returns = (letters.post(session, tenant, **POSTED) for _ in range(2))  # type: ignore[arg-type]  # a table
        assert (arrives.state, arrives.address, arrives.made_at) == (
            "sent",
            "1 Quay Road",
            datetime(2026, 2, 27, 20, tzinfo=UTC),
        )

        letters.arrived(session, arrives, "sue")
        letters.came_back(session, returns, "moved", "sue")
        assert (arrives.state, arrives.delivered_at) == ("delivered", SENT)
        assert (returns.state, returns.cause) == ("failed", "moved")
        for again in (
            lambda: letters.arrived(session, arrives, "sue"),
            lambda: letters.came_back(session, returns, "fire", "sue"),
        ):
            with pytest.raises(CarillonError):
                again()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"customer_id": 9}, ["address", "customer_id"], id="nobody we know"),
        pytest.param({"kind": "bill"}, ["kind"], id="no such kind"),
        pytest.param({"subject": " "}, ["subject"], id="about nothing"),
        pytest.param({"proof": ""}, ["proof"], id="without a proof"),
        pytest.param({"proof": "x" * 201}, ["proof"], id="a proof too long"),
        pytest.param({"sent_on": None}, ["sent_on"], id="no day"),
        pytest.param({"sent_on": date(2026, 3, 3)}, ["sent_on"], id="tomorrow"),
        pytest.param({"event_id": 7, "case_id": 7}, ["event_id", "case_id"], id="about what is not there"),
    ],
)
def test_a_letter_that_makes_no_sense_is_refused(
    runtime: Runtime, sent: dict[str, int], wrong: dict[str, object], field: list[str]
) -> None:
    with runtime.database.session(1) as session:
        with pytest.raises(WrongFields) as refused:
            letters.post(session, session.get_one(Tenant, 1), **{**POSTED, **wrong})  # type: ignore[arg-type]  # a table

        assert [fault.field for fault in refused.value.faults] == field
        assert session.scalars(select(Letter)).all() == []


def test_nobody_says_of_a_fax_that_it_arrived(runtime: Runtime, sent: dict[str, int]) -> None:
    register(runtime)
    with runtime.database.session(1) as session:
        letter = session.scalars(select(Letter).where(Letter.delivery_id == sent["failed"])).one()
        with pytest.raises(CarillonError, match="by fax"):
            letters.arrived(session, letter, "sue")
