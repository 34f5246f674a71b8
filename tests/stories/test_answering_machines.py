"""A call campaign meets machines, people taken for machines and people who opt out; the exchange's transcripts are the witness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import campaigns
from broadcast.certificate import certificate
from broadcast.jobs import prepare, settle_all
from core import clock, db
from core.models import Tenant
from customers.models import Suppression
from flows import publish
from flows.language.lint import Rules
from outbound.models import Attempt, Source
from tests import plant as plants
from tests.plant import Plant

pytestmark = pytest.mark.long

NUMBER = "+1415555{}".format
PEOPLE: dict[str, dict[str, Any]] = {
    NUMBER(2001): {"keys": ["1"]},
    NUMBER(2002): {"keys": ["9", "1"]},
    NUMBER(2003): {"voice": "machine", "greeting_s": 6},
    NUMBER(2004): {"voice": "machine", "greeting_s": 10, "beeps": "no"},
    NUMBER(2005): {"keys": ["1"], "heard_as": "machine"},
    NUMBER(2006): {"keys": ["1"], "heard_as": "nobody"},
    NUMBER(2007): {"voice": "machine", "heard_as": "human"},
    NUMBER(2008): {"voice": "fax"},
}
DOCUMENT = """
name: Open day
purpose: marketing
channel: voice
audience: {segment: {}}
message: {flow: promotion}
machine: %s
retries: {machine: {times: 0, after_s: 60}}
variables:
  company: Lakeside
  offer: Come and see us
  event_date: 2026-12-24
  venue: 18 Lake Street
  optout_number: "+18005550199"
"""


@pytest.fixture
def plant(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    monkeypatch.setattr(
        db, "HURRY_MS", db.BUSY_TIMEOUT_MS
    )  # what a busy database keeps for later is another story
    people = plants.population({"mobile": {"talk_s": 5}, "numbers": PEOPLE})
    found, stop = plants.start(fresh_url, tmp_path, people)
    yield found
    stop()


def run(plant: Plant, counts: str = "does_not_count", rule: str = "message") -> dict[str, Any]:
    """The certificate of a campaign to all of PEOPLE, where the policy wants *rule* of machines."""
    plant.customers(*PEOPLE)
    with plant.session() as session:
        figures = {"figures": {"us": {"voice": {"machine": rule}}}}
        session.execute(update(Tenant).values(policy=figures))
        publish.publish(session, 1, publish.library("promotion"), Rules(), clock.now())
    with plant.session() as session:
        campaign = campaigns.create(session, session.get_one(Tenant, 1), DOCUMENT % counts, "test")
        campaigns.launch(session, campaign, campaigns.ready(session, campaign), "test")
        campaign_id = campaign.id
    prepare(plant.runtime, plant.pool)
    with plant.session() as session:
        session.execute(update(Source).values(ceiling=None))  # as if agents stood by
    plant.run_until(plant.is_over, timeout_s=60)
    settle_all(plant.runtime, plant.pool)
    settle_all(plant.runtime, plant.pool)
    with plant.runtime.database.reading(1) as session:
        return certificate(session, campaigns.get(session, campaign_id))


def heard(plant: Plant) -> dict[str, str]:
    """What each number heard, all in one."""
    found = {}
    for row in plant.contacts():
        steps = plant.exchange.transcript(row["sid"])["steps"]
        found[row["to"]] = " ".join(step["said"] for step in steps if "said" in step)
    return found


def answered_by(plant: Plant) -> dict[str, tuple[str, bool]]:
    with plant.session() as session:
        return {row.address: (row.answered_by, row.left_message) for row in session.scalars(select(Attempt))}


def test_machines_are_left_a_message_and_people_are_not(plant: Plant) -> None:
    found = run(plant)

    words = heard(plant)
    for number in (NUMBER(2003), NUMBER(2004)):
        assert "with an invitation" in words[number]
        assert "+18005550199"[-4:] not in words[number].partition("with an invitation")[0]
    for number in (NUMBER(2001), NUMBER(2002), NUMBER(2006), NUMBER(2007)):
        assert "with an invitation" not in words[number]
    by = answered_by(plant)
    assert by.pop(NUMBER(2005)) in {
        ("human", False),
        ("human", True),
    }  # the key, or the detector first: then the key came while the message was left
    assert by == {
        NUMBER(2001): ("human", False),
        NUMBER(2002): ("human", False),
        NUMBER(2003): ("machine_end_beep", True),
        NUMBER(2004): ("machine_end_silence", True),
        NUMBER(2006): ("human", False),
        NUMBER(2007): ("human", False),
        NUMBER(2008): ("fax", False),
    }
    assert found["contacted_twice"] == 0
    assert found["failed"]["fax_answered"] == 1
    assert found["failed"]["message_left"] == 2


def test_a_message_counts_if_the_campaign_says_so(plant: Plant) -> None:
    found = run(plant, counts="counts")

    assert found["reached"] == 7
    assert found["failed"] == {"fax_answered": 1}


def test_machines_are_hung_up_on_where_the_policy_says_so(plant: Plant) -> None:
    found = run(plant, rule="hang_up")

    assert "with an invitation" not in " ".join(heard(plant).values())
    assert found["failed"]["machine"] in (2, 3)
    assert found["failed"]["fax_answered"] == 1


def test_the_opt_out_key_ends_the_call_and_stands_before_the_next_claim(plant: Plant) -> None:
    run(plant)

    [sid] = [row["sid"] for row in plant.contacts() if row["to"] == NUMBER(2002)]
    transcript = plant.exchange.transcript(sid)
    steps = [step for step in transcript["steps"] if {"key", "said"} & set(step)]
    after = steps[steps.index({"key": "9"}) + 1 :]
    assert len(after) == 1
    assert "will not call you about offers again" in after[0]["said"]
    assert "key" not in after[0]
    with plant.session() as session:
        assert [row.address for row in session.scalars(select(Suppression))] == [NUMBER(2002)]

    plant.deliver("sms", NUMBER(2002), purpose="marketing")
    plant.run_until(plant.is_over)
    assert [state for address, state in plant.states().items() if address == NUMBER(2002)] == [
        "blocked:opted_out"
    ]
