"""How deliveries end is how recipients end, and when all have, the campaign has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from broadcast.models import Campaign
from broadcast.news import ending
from core import clock
from outbound.models import Delivery, Source
from tests.broadcast.conftest import House

ENDINGS = [
    pytest.param({"state": "reached"}, "reached", id="reached"),
    pytest.param({"state": "failed", "cause": "busy"}, "failed:busy", id="failed for its cause"),
    pytest.param({"state": "blocked", "reason": "consent"}, "blocked:consent", id="blocked by a rule"),
    pytest.param({"state": "unknown", "reason": "unknown"}, "unknown:unknown", id="unknown"),
    pytest.param({"state": "expired"}, "blocked:expired", id="out of time, never tried"),
    pytest.param({"state": "cancelled", "reason": "cancelled"}, "blocked:cancelled", id="cancelled"),
    pytest.param({"state": "expired", "cause": "busy"}, "failed:busy", id="tried in vain, then out of time"),
    pytest.param({"state": "blocked", "reason": "frequency", "cause": "busy"}, "failed:busy", id="tried, then refused"),
    pytest.param({"state": "cancelled", "cause": "busy"}, "failed:busy", id="tried, then cancelled"),
]  # fmt: skip


@pytest.mark.parametrize(("delivery", "recipient"), ENDINGS)
def test_what_an_end_means(delivery: dict[str, str], recipient: str) -> None:
    found = ending(delivery["state"], delivery.get("reason", ""), delivery.get("cause", ""))

    assert ":".join(found).strip(":") == recipient


@pytest.mark.storage
@pytest.mark.parametrize(("delivery", "recipient"), ENDINGS)
def test_an_end_is_carried_over_and_the_campaign_finishes(
    both: House, delivery: dict[str, str], recipient: str
) -> None:
    [customer] = both.crowd(1)
    both.running()
    assert both.settle() == {}
    both.change(customer, **delivery)

    assert both.settle() == {"settled": 1}
    assert both.recipients() == [recipient]
    assert both.settle() == {"finished": 1}
    assert both.settle() == {}
    assert both.campaign(1).state == "finished"


@pytest.mark.storage
@pytest.mark.parametrize("state", ["pending", "held", "active"])
def test_while_anything_is_open_it_goes_on(both: House, state: str) -> None:
    first, second = both.crowd(2)
    both.running()
    both.change(first, state="reached")
    both.change(second, state=state)

    assert both.settle() == {"settled": 1}
    assert both.settle() == {}
    assert both.campaign(1).state == "running"


@pytest.mark.storage
@pytest.mark.parametrize(
    ("late", "recipient"),
    [({"state": "reached"}, "reached"), ({"state": "failed", "cause": "bad_number"}, "failed:bad_number")],
)
def test_a_late_word_reaches_a_finished_campaign(both: House, late: dict[str, str], recipient: str) -> None:
    [customer] = both.crowd(1)
    both.running()
    both.change(customer, state="unknown")
    both.settle()
    both.settle()
    assert both.campaign(1).state == "finished"
    assert both.certificate(1)["unknown"] == 1

    both.change(customer, **late)
    assert both.settle() == {"settled": 1}
    assert both.recipients() == [recipient]
    assert both.campaign(1).state == "finished"


@pytest.mark.storage
def test_a_paused_campaign_in_which_all_have_ended_finishes(both: House) -> None:
    [customer] = both.crowd(1)
    both.running()
    both.said("pause", "1")
    both.change(customer, state="reached")
    both.settle()

    assert both.settle() == {"finished": 1}


@pytest.mark.storage
def test_what_is_under_way_when_it_is_cancelled_still_counts(both: House) -> None:
    first, second = both.crowd(2)
    both.running()
    both.change(first, state="active")
    both.said("cancel", "1")
    both.settle()
    assert both.recipients() == ["open", "blocked:cancelled"]

    both.change(first, state="reached")
    assert both.settle() == {"settled": 1}
    assert both.recipients() == ["reached", "blocked:cancelled"]
    assert both.campaign(1).state == "cancelled"
    assert second


@pytest.mark.storage
def test_a_campaign_the_carrier_refuses_is_shown_as_paused_and_can_go_on(both: House) -> None:
    both.crowd(1)
    both.running()
    with both.session() as session:
        session.execute(update(Source).values(state="paused", reason="21617: the body is too long"))

    assert both.settle() == {"halted": 1}
    assert both.campaign(1).state == "paused"
    assert both.progress(1).reason == "21617: the body is too long"
    both.said("resume", "1")
    assert (both.campaign(1).state, both.progress(1).reason) == ("running", "")
    assert both.settle() == {}


def test_a_source_paused_by_the_carrier_can_be_paused_by_staff(house: House) -> None:
    house.crowd(1)
    house.running()
    with house.session() as session:
        session.execute(update(Source).values(state="paused", reason="refused"))

    assert house.said("pause", "1")["state"] == "paused"
    assert house.said("resume", "1")["state"] == "running"


@pytest.mark.storage
def test_each_campaign_settles_its_own(both: House) -> None:
    both.crowd(2)
    both.running(name="First")
    both.running(name="Second")
    with both.session() as session:
        session.execute(update(Delivery).where(Delivery.source_id == 1).values(state="reached"))

    assert both.settle() == {"settled": 2}
    assert both.recipients() == ["reached", "reached", "open", "open"]


def test_a_campaign_nobody_can_read_keeps_no_other_waiting(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.crowd(1)
    house.running(name="First")
    house.running(name="Second")
    with house.session() as session:
        session.execute(update(Delivery).values(state="reached"))
        session.get_one(Campaign, 1).definition = {"name": "of another time"}

    assert house.settle() == {"settled": 1}
    assert house.recipients() == ["open", "reached"]
    assert "campaign 1 cannot be dealt with" in caplog.text


def test_when_it_ended_is_written_down(house: House) -> None:
    [customer] = house.crowd(1)
    house.running()
    clock.advance(timedelta(hours=1))
    house.change(customer, state="reached")
    house.settle()
    house.settle()

    assert house.campaign(1).ended_at == clock.now()
