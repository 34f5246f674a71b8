"""People miss a campaign's call and ring back: they hear who rang and why, and are rung no more. The exchange's ledger is the witness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import campaigns
from broadcast.certificate import certificate
from broadcast.jobs import prepare, settle_all
from core import clock
from core.models import Tenant
from customers.models import Suppression
from flows import publish
from flows.language.lint import Rules
from ivr import numbers, snapshot
from ivr.models import Call
from outbound import deliveries
from outbound.models import Delivery, Source
from tests import plant as plants
from tests.outage import away
from tests.plant import VOICE, Plant

pytestmark = pytest.mark.long

NUMBER = "+1415555{}".format
HEARS, KNOWS, STOPS, ELSEWHERE, SILENT, NEVER = (NUMBER(2000 + number) for number in range(6))
# who rings back, what they press, and one thing they hear
RING_BACK = {
    HEARS: ("11", "Wonderful, we have noted that you are coming."),
    KNOWS: ("2", "We will not call you about it again."),
    STOPS: ("9", "We will not call you about offers again."),
    ELSEWHERE: ("02", "Welcome to Ours."),
    SILENT: ("", "We tried to call you on Wednesday, November 18."),
}
DOCUMENT = """
name: Open day
purpose: marketing
channel: voice
audience: {segment: {}}
message: {flow: promotion}
retries: {no_answer: {times: 1, after_s: 86400}}
variables:
  company: Lakeside
  offer: Come and see us
  event_date: 2026-12-24
  venue: 18 Lake Street
  optout_number: "+18005550199"
"""


@pytest.fixture
def plant(fresh_url: str, tmp_path: Path) -> Iterator[Plant]:
    silent = {number: {"voice": ["no_answer", "human"]} for number in (*RING_BACK, NEVER)}
    found, stop = plants.start(fresh_url, tmp_path, plants.population({"numbers": silent}))
    yield found
    stop()


def launch(plant: Plant) -> int:
    plant.customers(*RING_BACK, NEVER)
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        for name in ("promotion", "hotline"):
            publish.publish(session, 1, publish.library(name), Rules(), clock.now())
        numbers.answer(session, tenant, "+18005550177", "hotline", variables={})
        campaign = campaigns.create(session, tenant, DOCUMENT, "test")
        campaigns.launch(session, campaign, campaigns.ready(session, campaign), "test")
        campaign_id = int(campaign.id)
    prepare(plant.runtime, plant.pool)
    with plant.session() as session:
        session.execute(update(Source).values(ceiling=None))  # as if agents stood by
    snapshot.refresh(plant.runtime.database, plant.runtime.config.state_dir)
    return campaign_id


def ring(plant: Plant, from_: str, keys: str) -> str:
    """What somebody hears who rings the number that had rung them."""
    sid = plant.exchange.call(from_, VOICE, ",".join(keys), HangUpAfter=60 if keys else 20)
    plant.exchange.wait_idle(20)
    return " ".join(step["said"] for step in plant.exchange.transcript(sid)["steps"] if "said" in step)


def tried_once(plant: Plant) -> bool:
    return all(state == "pending:no_answer" for state in plant.states().values())


@pytest.mark.storage
def test_who_rings_back_hears_why_and_is_rung_no_more(plant: Plant) -> None:
    campaign_id = launch(plant)
    plant.run_until(lambda: tried_once(plant), timeout_s=60)

    heard = {number: ring(plant, number, keys) for number, (keys, _) in RING_BACK.items()}

    for number, (_, words) in RING_BACK.items():
        first = heard[number].partition("press 1")[0]
        assert words in heard[number]
        assert "Lakeside" in heard[number] or "Ours" in heard[number]
        assert "Come and see us" not in first, "nobody has pressed a key yet"
    plant.step()
    with plant.session() as session:
        waiting = session.scalars(select(Delivery.id).where(Delivery.state == "pending")).all()
        deliveries.bring_forward(session, waiting, clock.now() - timedelta(seconds=1))
    for _ in range(3):
        plant.step()
    for _ in range(2):
        settle_all(plant.runtime, plant.pool)
    assert Counter(row["to"] for row in plant.contacts()) == dict.fromkeys((*RING_BACK, NEVER), 1)
    # whoever did not listen is rung again, when a further call is allowed
    waits = {
        number: plant.states()[number].split(":")[0] in ("held", "pending") for number in (*RING_BACK, NEVER)
    }
    assert [number for number, is_waiting in waits.items() if is_waiting] == [SILENT, NEVER]
    with plant.session() as session:
        found: dict[str, Any] = certificate(session, campaigns.get(session, campaign_id))
        assert [one.address for one in session.scalars(select(Suppression))] == [STOPS]
        calls = {call.caller: call for call in session.scalars(select(Call).where(Call.direction == "in"))}
        assert {number: call.flow_name for number, call in calls.items()} == {
            HEARS: "promotion", ELSEWHERE: "hotline", **dict.fromkeys((KNOWS, STOPS, SILENT), "returned_call"),
        }  # fmt: skip
        assert [number for number, call in calls.items() if call.delivery_id] == [HEARS, KNOWS, STOPS]
    assert (found["reached"], found["contacted_twice"], found["unknown"]) == (4, 0, 0)


def test_without_the_database_they_are_in_the_ordinary_menu(plant: Plant) -> None:
    launch(plant)
    plant.run_until(lambda: tried_once(plant), timeout_s=60)

    with away(plant.runtime.database):
        heard = ring(plant, HEARS, "2")

    assert heard.startswith("您好，中文请按1。")
    assert "Welcome to Ours." in heard
