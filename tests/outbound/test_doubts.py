"""What staff decide about attempts nobody knows the end of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.db import Database
from core.errors import CarillonError, Conflict, Invalid, NotFound
from core.models import AuditEntry
from outbound import doubts, receipts
from outbound.models import Attempt, Delivery, Source
from tests.outbound.desk import Desk, receipt

pytestmark = pytest.mark.storage
ANN = "ann@lakeside.example"


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    desk = Desk(database)
    desk.attempt(state="unknown", settled_at=clock.real(), delivery="unknown")
    with desk.session() as session:
        session.execute(update(Delivery).values(reason="unknown", ended_at=clock.now()))
        session.execute(update(Source).values(campaign="campaign:1"))
    yield desk
    database.close()


@pytest.mark.parametrize(
    ("decision", "stands", "touch", "listed"),
    [
        pytest.param("sent", ("ended:reached", "reached"), "intended", 0, id="it was sent"),
        pytest.param("not_sent", ("released", "pending"), "void", 0, id="it was not: again"),
    ],
)
def test_a_decision_settles_it_and_is_remembered(
    desk: Desk, decision: str, stands: tuple[str, str], touch: str, listed: int
) -> None:
    with desk.session() as session:
        assert [one.id for one in doubts.unsettled(session, "campaign:1")] == [1]
        assert doubts.unsettled(session, "campaign:2") == []
        doubts.decide(session, 1, decision, ANN)

    assert (desk.stands(), desk.touch()) == (stands, touch)
    with desk.session() as session:
        assert len(doubts.unsettled(session, "campaign:1")) == listed
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.who, entry.action, entry.about) == (ANN, f"decided_{decision}", "attempt:1")
        with pytest.raises(Conflict):
            doubts.decide(session, 1, decision, ANN)


def test_a_late_receipt_that_was_faster_stands(desk: Desk) -> None:
    with desk.session() as session:
        receipts.apply(session, [receipt("undelivered", code="30005")])
    with desk.session() as session, pytest.raises(Conflict):
        doubts.decide(session, 1, "not_sent", ANN)

    assert desk.stands() == ("ended:undelivered", "failed:bad_number")


def test_a_late_receipt_wins_over_the_decision_as_long_as_nothing_has_left_again(desk: Desk) -> None:
    with desk.session() as session:
        doubts.decide(session, 1, "not_sent", ANN)
    with desk.session() as session:
        receipts.apply(session, [receipt("delivered")])

    assert desk.stands() == ("ended:reached", "reached")


@pytest.mark.parametrize(
    ("attempt_id", "decision", "error"),
    [
        pytest.param(1, "perhaps", Invalid, id="no decision"),
        pytest.param(2, "sent", NotFound, id="no such attempt"),
        pytest.param(2**70, "sent", NotFound, id="no number of a row"),
    ],
)
def test_nonsense_changes_nothing(
    desk: Desk, attempt_id: int, decision: str, error: type[CarillonError]
) -> None:
    with desk.session() as session, pytest.raises(error):
        doubts.decide(session, attempt_id, decision, ANN)

    assert desk.stands() == ("unknown", "unknown:unknown")


@pytest.mark.parametrize("change", ["over", "late", "looked for"])
def test_what_cannot_be_sent_again_is_not_promised(desk: Desk, change: str) -> None:
    with desk.session() as session:
        if change == "over":
            session.execute(update(Source).values(state="done"))
        elif change == "late":
            session.execute(update(Delivery).values(expires_at=clock.now() - timedelta(seconds=1)))
        else:
            session.execute(update(Attempt).values(settled_at=None))
    with desk.session() as session, pytest.raises(Conflict):
        doubts.decide(session, 1, "not_sent", ANN)

    assert desk.stands() == ("unknown", "unknown:unknown")
