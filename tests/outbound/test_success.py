"""Who was reached is brought nothing more by the same campaign, from the very moment it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.carriers.words import REACHED, End
from core.db import Database
from outbound import deliveries
from outbound.ending import Ended, settle_ends
from outbound.models import Attempt, Delivery, Source
from tests.outbound.desk import Desk

pytestmark = pytest.mark.storage
SECOND = "+14155552002"


@pytest.fixture
def desk(database_url: str, frozen: object) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


def further(desk: Desk, campaign: str) -> None:
    """A second delivery to the person of the first attempt, in *campaign*."""
    with desk.session() as session:
        first = session.scalars(select(Delivery)).one()
        source = deliveries.open_source(
            session,
            1,
            "second",
            channel="sms",
            purpose="service",
            content={"texts": {"en": {"text": "Hello"}}},
            campaign=campaign,
        )
        wanted = deliveries.Wanted(first.customer_id, SECOND, "en", {})
        deliveries.add(session, source, [wanted], clock.now(), clock.now() + timedelta(days=1))


def end_of_first(desk: Desk, end: End) -> None:
    with desk.session() as session:
        attempt = session.scalars(select(Attempt)).one()
        settle_ends(session, [Ended(attempt.id, attempt.delivery_id, end, "", clock.now())])


@pytest.mark.parametrize(
    ("campaign", "end", "state"),
    [
        pytest.param("same", REACHED, "cancelled", id="reached by the same campaign"),
        pytest.param("other", REACHED, "pending", id="reached by another campaign"),
        pytest.param("same", End("failed", "bad_number"), "pending", id="not reached"),
    ],
)
def test_a_success_gives_up_the_rest_of_its_campaign(desk: Desk, campaign: str, end: End, state: str) -> None:
    desk.attempt("voice")
    with desk.session() as session:
        session.execute(update(Source).values(campaign="same"))
    further(desk, campaign)

    end_of_first(desk, end)

    with desk.session() as session:
        assert session.scalars(select(Delivery.state).where(Delivery.address == SECOND)).one() == state


def test_what_is_for_nobody_in_the_file_gives_up_nothing(desk: Desk) -> None:
    desk.attempt("voice")
    further(desk, "same")
    with desk.session() as session:
        session.execute(update(Source).values(campaign="same"))
        session.execute(update(Delivery).values(customer_id=None))

    end_of_first(desk, REACHED)

    with desk.session() as session:
        assert session.scalars(select(Delivery.state).where(Delivery.address == SECOND)).one() == "pending"
