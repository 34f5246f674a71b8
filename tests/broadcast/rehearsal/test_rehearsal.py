"""A launch rehearsed in a process of its own: what it foretells, what it leaves alone, what it refuses."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from broadcast.models import Rehearsal
from broadcast.rehearsal import jobs as rehearsals
from broadcast.rehearsal import running
from core import clock
from core.models import Tenant
from customers import suppression
from customers.models import ConsentEvent, Touch
from flows import publish
from flows.language.lint import Rules
from outbound.models import Attempt, Delivery, Sender
from tests.broadcast.conftest import House

pytestmark = pytest.mark.long
PRICES = {"prices": {"currency": "USD", "sms": {"+": "0.01"}}}


def crowd(house: House, count: int) -> None:
    """So many customers who agreed to hear from us."""
    ids = house.crowd(count)
    with house.session() as session:
        for customer_id in ids:
            session.add(
                ConsentEvent(
                    tenant_id=1,
                    customer_id=customer_id,
                    purpose="service",
                    level="express_written",
                    source="test",
                    at=clock.now(),
                )
            )


def draft(house: House, **document: str) -> int:
    return int(house.said("create", str(house.write(**document)))["id"])


def foretold(house: House, campaign_id: int) -> dict[str, Any]:
    return house.said("forecast", str(campaign_id))


@pytest.mark.storage
def test_everybody_is_foretold_an_end_and_nothing_is_touched(both: House) -> None:
    crowd(both, 30)
    both.customer("No number")
    with both.session() as session:
        session.execute(update(Tenant).values(settings=PRICES))
        suppression.opt_out(session, 1, "+14155552000", "all", "asked", "test", clock.now())
    campaign_id = draft(both)
    before = clock.now()

    found = foretold(both, campaign_id)

    assert found["now"]["targeted"] == 31
    assert found["now"]["allowed_now"] == 29
    assert found["now"]["blocked"] == {"suppressed": 1, "no_number": 1}
    assert found["end"]["blocked"] == {"suppressed": 1, "no_number": 1}
    assert found["end"]["reached"] + sum(found["end"]["failed"].values()) == 29
    assert found["is_over"]
    assert sum(sends for _, sends in found["hours"]) == found["sends"]["sms"] >= 29
    assert found["cost"]["low"] == 29 * 10_000 <= found["cost"]["expected"] <= found["cost"]["high"]
    assert found["zones"][0]["zone"] == "America/Los_Angeles"
    assert found["rates"]["sms"]["attempts"] == 0, "assumed, and said to be"
    assert clock.now() == before
    with both.session() as session:
        assert both.campaign(campaign_id).state == "draft"
        for model in (Attempt, Delivery, Touch):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_who_is_asleep_is_held_until_morning(house: House) -> None:
    crowd(house, 3)
    clock.advance(timedelta(hours=13))  # 22:00 in Los Angeles

    found = foretold(house, draft(house))

    assert found["now"]["held"] == {"quiet_hours": 3}
    assert found["now"]["held_until"][0] == found["first_at"]
    assert found["first_at"] > clock.now().isoformat()
    assert found["finished_at"] >= found["first_at"]


def test_who_cannot_be_brought_in_time_is_left_over(house: House) -> None:
    crowd(house, 3)
    with house.session() as session:
        session.execute(update(Sender).values(rate_per_s=0.0004))  # one in 42 minutes

    found = foretold(house, draft(house, ends_after_h="1"))

    assert found["end"]["blocked"] == {"expired": 1}
    assert found["sends"] == {"sms": 2}


def test_calls_wait_for_a_free_line(house: House) -> None:
    crowd(house, 30)
    with house.session() as session:
        publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())
        session.execute(update(Sender).values(lines=1))
    campaign_id = draft(house, channel="voice", message="{flow: survey}", variables="{company: Ours}")

    one_line = foretold(house, campaign_id)
    with house.session() as session:
        session.execute(update(Sender).values(lines=20))
    many = foretold(house, campaign_id)

    assert length_s(one_line) > 30 * 25
    assert length_s(many) < 5 * 60


def length_s(found: dict[str, Any]) -> float:
    """From the first send to the last first try: retries wait for hours."""
    minutes = [datetime.fromisoformat(found[name]) for name in ("first_at", "last_first_at")]
    return (minutes[1] - minutes[0]).total_seconds()


def test_other_campaigns_take_their_share(house: House) -> None:
    crowd(house, 60)
    with house.session() as session:
        session.execute(update(Sender).values(rate_per_s=0.1))
    alone = foretold(house, draft(house, name="Alone"))
    house.running(name="First")

    beside = foretold(house, draft(house, name="Beside"))

    assert length_s(beside) > 1.5 * length_s(alone)


def test_what_keeps_a_campaign_from_its_launch_is_told(house: House) -> None:
    crowd(house, 1)
    campaign_id = draft(house, message='{en: {text: "Hello {{ plate }}"}}')

    result = house.run("forecast", str(campaign_id), "--json")

    assert result.exit_code == 1
    assert "no value for plate" in result.stderr
    assert result.stdout == ""


def test_a_forecast_tells_on_stderr_how_far_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcast.cli.TELL_EVERY_S", 0.0)
    crowd(house, 60)

    result = house.run("forecast", str(draft(house)), "--json")

    told = result.stderr.splitlines()
    assert told[0] == "Rehearsing on a copy; nothing is sent."
    percents = [int(line.removesuffix(" % rehearsed")) for line in told[1:]]
    assert percents
    assert percents == sorted(set(percents))
    assert json.loads(result.stdout)["now"]["targeted"] == 60


def test_the_worker_plays_what_was_asked_for(house: House) -> None:
    crowd(house, 2)
    campaign_id = draft(house)
    with house.session() as session:
        running.ask(session, house.campaign(campaign_id), "ann@ours.example")
        running.ask(session, house.campaign(campaign_id), "ann@ours.example")

    assert rehearsals.rehearse(house.runtime, None) == {"rehearsed": 1, "refused": 0}  # type: ignore[arg-type]  # it needs no pool

    with house.session() as session:
        kept = session.scalars(select(Rehearsal)).one()
    assert (kept.state, kept.percent) == ("done", 100)
    assert running.is_fresh(kept, kept.fingerprint)
    assert not running.is_fresh(kept, "another")
    clock.advance(running.FRESH)
    assert not running.is_fresh(kept, kept.fingerprint)


def test_what_a_killed_worker_left_is_taken_up_again(house: House) -> None:
    crowd(house, 1)
    campaign_id = draft(house)
    with house.session() as session:
        asked = running.ask(session, house.campaign(campaign_id), "ann@ours.example")
        assert running.take(session, Rehearsal.id == asked.id)
        running.take_back(session)
        session.refresh(asked)
        assert asked.state == "running"
        clock.advance(running.SILENT * 2)
        running.take_back(session)
        session.refresh(asked)
        assert asked.state == "waiting"
