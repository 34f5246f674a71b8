"""Who can be neither called nor faxed gets a letter by post: within two days, once, and not against their wish."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pypdfium2
import pytest
from sqlalchemy import select, update

from aftersales import fax_letters, letters
from aftersales.models import Letter
from broadcast import jobs, posting
from core import clock
from core.errors import CarillonError, NotFound
from core.models import Tenant
from customers import suppression
from customers.models import Customer
from tests.broadcast.conftest import House
from tests.broadcast.test_notices import at, draft, invited
from tests.broadcast.test_waves import ANN, ANN_FAX, BOB, FAILED, end, fax, person, sms

pytestmark = pytest.mark.storage


def post(house: House) -> int:
    """What the worker does."""
    return jobs.post(house.runtime, None).get("to_post", 0)  # type: ignore[arg-type]  # it needs no pool


def found(house: House) -> list[Letter]:
    with house.session() as session:
        return list(session.scalars(select(Letter).order_by(Letter.id)))


@pytest.fixture
def called(both: House) -> House:
    """
    Ann, Bob and Cid live somewhere; only Cid has a fax. A campaign about an event called Ann and Bob in vain on the 5th of May.
    """
    at(both, "2026-05-04T09:00")
    person(both, "Ann", (ANN,))
    person(both, "Bob", (BOB,))
    person(both, "Cid", ("+14155552021",), ("+14155552023",))
    with both.session() as session:
        session.execute(update(Customer).values(address="1 Quay Road"))
    campaign_id = draft(both, invited(both))
    both.said("launch", str(campaign_id))
    both.prepare()
    at(both, "2026-05-05T15:00")
    for number in (ANN, BOB):
        end(both, number, "sms", **FAILED, ended_at=clock.now())
    return both


def test_who_was_called_in_vain_on_5_may_is_written_to_by_7_may_once(called: House) -> None:
    called.settle()

    assert (post(called), post(called)) == (2, 0)

    letter = found(called)[0]
    assert (letter.kind, letter.means, letter.state, letter.event_id) == ("invitation", "post", "made", 1)
    assert (letter.subject, letter.address, letter.due_on) == ("Open day", "1 Quay Road", date(2026, 5, 7))


@pytest.mark.parametrize("what", ["reached", "refused"])
def test_who_is_reached_or_refuses_later_is_written_to_no_more(called: House, what: str) -> None:
    called.settle()
    post(called)

    if what == "reached":
        end(called, ANN, "sms", state="reached", cause="", ended_at=clock.now())
        called.settle()
    else:
        with called.session() as session:
            suppression.opt_out(session, 1, ANN, "all", "sms_stop", "x", clock.now())
    post(called)

    ann, bob = found(called)
    assert ((ann.state, ann.cause), bob.state) == (("failed", "not_posted"), "made")


def test_those_who_refused_keep_nobody_waiting(called: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SLICE", 1)
    with called.session() as session:
        suppression.opt_out(session, 1, ANN, "all", "sms_stop", "x", clock.now())
    called.settle()

    assert post(called) == 1


@pytest.mark.parametrize("scope", ["all", "marketing"])
def test_who_wants_nothing_gets_nothing(called: House, scope: str) -> None:
    with called.session() as session:
        suppression.opt_out(session, 1, ANN, scope, "sms_stop", "x", clock.now())
    called.settle()

    assert post(called) == 1
    assert [letter.customer_id for letter in found(called)] == [2]


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param({"state": "reached"}, id="reached"),
        pytest.param({"state": "blocked", "reason": "opted_out"}, id="opted out"),
        pytest.param({"state": "blocked", "reason": "consent"}, id="no consent"),
        pytest.param({"state": "unknown", "reason": "unknown"}, id="perhaps reached"),
    ],
)
def test_only_who_was_not_reached_is_written_to(called: House, ended: dict[str, str]) -> None:
    end(called, ANN, "sms", **{"cause": "", **ended}, ended_at=clock.now())
    called.settle()

    assert post(called) == 1
    assert [letter.customer_id for letter in found(called)] == [2]


def test_nobody_is_written_to_without_an_address_or_while_a_fax_may_still_reach_them(both: House) -> None:
    at(both, "2026-05-04T09:00")
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,))
    campaign_id = draft(both, invited(both), sms(), fax())
    both.said("launch", str(campaign_id))
    both.prepare()
    for number in (ANN, BOB):
        end(both, number, "sms", **FAILED, ended_at=clock.now())
    both.settle()

    assert post(both) == 0


def test_nobody_is_written_to_once_the_event_has_begun(called: House) -> None:
    called.settle()
    at(called, "2026-05-20T00:00")

    assert post(called) == 0


def test_what_is_printed_is_what_the_fax_would_have_said_and_is_kept(called: House) -> None:
    called.settle()
    post(called)
    with called.session() as session:
        tenant, letter = session.get_one(Tenant, 1), session.scalars(select(Letter)).first()
        assert letter
        pdf = posting.printed(session, tenant, letter)
        with pypdfium2.PdfDocument(pdf) as document:
            assert "Dear Ann" in document[0].get_textpage().get_text_range()
        said = {"sender": "Sue", "pdf": pdf, "who": "sue"}
        for wrong in (
            {"proof": "", "sent_on": date(2026, 5, 5)},
            {"proof": "RR1", "sent_on": date(2026, 5, 6)},
        ):
            with pytest.raises(CarillonError):
                letters.posted(session, tenant, letter, **said, **wrong)  # type: ignore[arg-type]  # a table
        with pytest.raises(CarillonError):
            letters.arrived(session, letter, "sue")
        letters.posted(session, tenant, letter, **said, proof="RR1", sent_on=date(2026, 5, 5))  # type: ignore[arg-type]  # as above
        assert (letter.state, letter.proof, letter.sent_at) == (
            "sent",
            "RR1",
            datetime(2026, 5, 5, 19, tzinfo=UTC),
        )
        assert fax_letters.content(session, letter) == pdf
        letters.arrived(session, letter, "sue")
        with pytest.raises(CarillonError):
            letters.not_posted(session, letter, "sue")
        other = session.scalars(select(Letter).where(Letter.state == "made")).one()
        letters.not_posted(session, other, "sue")
        assert (other.state, other.cause) == ("failed", "not_posted")


def test_a_letter_about_nothing_we_fax_is_written_by_hand(called: House) -> None:
    with called.session() as session:
        letter = Letter(
            tenant_id=1, kind="invitation", means="post", state="made", customer_id=1, address="x", subject="x", sender="",
            made_at=clock.now(),
        )  # fmt: skip
        session.add(letter)
        session.flush()
        with pytest.raises(NotFound):
            posting.printed(session, session.get_one(Tenant, 1), letter)
