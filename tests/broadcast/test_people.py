"""What became of single people, in a fixed number of queries."""

from __future__ import annotations

from sqlalchemy import event

from broadcast import campaigns
from broadcast.people import stories
from tests.broadcast.conftest import House

PEOPLE = 6


def test_everybody_found_has_their_own_deliveries_and_attempts(house: House) -> None:
    house.crowd(PEOPLE)
    house.customer("Nobody")
    house.running()
    said: list[str] = []
    event.listen(
        house.runtime.database.engine,
        "before_cursor_execute",
        lambda *arguments: said.append(str(arguments[2])),
    )

    with house.session() as session:
        campaign = campaigns.get(session, 1)
        said.clear()
        everybody = stories(session, campaign, "")
        asked = [statement for statement in said if statement.startswith("SELECT")]
        [nobody] = stories(session, campaign, "Nobody")
        assert stories(session, campaign, "Stranger") == []

    assert len(everybody) == PEOPLE + 1
    assert all(
        delivery.customer_id == story.customer.id for story in everybody for delivery, _ in story.deliveries
    )
    assert (nobody.recipient.reason, nobody.deliveries) == ("no_number", [])
    assert len(asked) <= 6
