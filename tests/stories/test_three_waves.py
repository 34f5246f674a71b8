"""A call, then a text, then a letter, while the worker is killed: everybody is reached once, on the first channel that can."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcast import campaigns
from broadcast.certificate import certificate, lost
from broadcast.models import Campaign
from broadcast.queries import progress
from core import clock
from core.db import ALL_TENANTS
from core.models import Tenant
from core.turned import write_turn
from customers.models import Customer, CustomerNumber
from flows import publish
from flows.language.lint import Rules
from outbound.models import Attempt, Sender
from tests import plant as plants
from tests.plant import MORNING, SPEED, Plant
from tests.stories.test_a_killed_worker import CONSTANTS, hire, wait

__all__ = ["hire"]
EACH = 12
KINDS = ("answers", "reads", "faxes", "nothing", "second")
# who does what: the mobile answers or not, takes texts or not; the fax machine is good or engaged for ever
MOBILE = {
    "answers": {"voice": "human", "keys": ["1", "1", "1", "5"]},
    "reads": {"voice": "no_answer", "text": "delivered"},
    "faxes": {"voice": "no_answer", "text": "unreachable"},
    "nothing": {"voice": "no_answer", "text": "unreachable"},
    "second": {"voice": "invalid", "text": "unreachable"},
}


def mobile(kind: str, n: int) -> str:
    return f"+1310555{1000 + 100 * KINDS.index(kind) + n}"


def other(n: int) -> str:
    """The second mobile of those whose first is out of service."""
    return f"+1310555{2000 + n}"


def fax(kind: str, n: int) -> str:
    return f"+1213555{1000 + 100 * KINDS.index(kind) + n}"


PEOPLE = plants.population(
    {
        "prefixes": {"+1213": "fax"},
        "numbers": {
            **{mobile(kind, n): MOBILE[kind] for kind in KINDS for n in range(EACH)},
            **{other(n): MOBILE["answers"] for n in range(EACH)},
            **{fax("nothing", n): {"fax": "busy"} for n in range(EACH)},
        },
    }
)
DOCUMENT = f"""
name: Three waves
purpose: service
audience: {{segment: {{}}}}
ends_after_h: 8
variables: {CONSTANTS!r}
waves:
  - channel: voice
    message: {{flow: survey}}
    retries: {{no_answer: {{times: 0, after_s: 60}}}}
  - channel: sms
    message: {{en: {{text: "Hello {{{{ name }}}}"}}}}
    retries: {{handset_off: {{times: 0, after_s: 60}}}}
  - channel: fax
    message: {{en: {{subject: Invitation, paragraphs: ["Dear {{{{ name }}}}", "come and see us"]}}}}
    retries: {{busy: {{times: 0, after_s: 60}}}}
"""


@pytest.fixture
def plant(sqlite_url: str, tmp_path: Path) -> Iterator[Plant]:
    found, stop = plants.start(sqlite_url, tmp_path, PEOPLE)
    yield found
    stop()


def launch(plant: Plant) -> int:
    for kind in KINDS:
        ids = plant.customers(*[mobile(kind, n) for n in range(EACH)])
        with plant.session() as session:
            for n, customer_id in enumerate(ids):
                numbers = [(fax(kind, n), "fax", 0)]
                numbers += [(other(n), "mobile", 1)] if kind == "second" else []
                for address, sort, position in numbers:
                    session.add(
                        CustomerNumber(
                            tenant_id=1,
                            customer_id=customer_id,
                            address=address,
                            kind=sort,
                            position=position,
                        )
                    )
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        # calls, texts and letters to one person on one day
        figures = {"campaign": {"attempts": 9, "gap_hours": 0, "per_day": 9}, "caps": {"service": {"day": 9}}}
        tenant.policy = {"figures": {"us": figures}}
        publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())
        for sender in session.scalars(select(Sender)):
            sender.rate_per_s = {"voice": 10.0, "sms": 10.0, "fax": 10.0}[sender.channel]
        campaign = campaigns.create(session, tenant, DOCUMENT, "test")
        campaigns.launch(session, campaign, campaigns.ready(session, campaign), "test")
        return int(campaign.id)


def attempts(plant: Plant) -> Counter[str]:
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        rows = session.execute(
            select(Attempt.channel, func.count())
            .where(Attempt.submitted_at.is_not(None))
            .group_by(Attempt.channel)
        )
        return Counter({row[0]: int(row[1]) for row in rows})


def state(plant: Plant, campaign_id: int) -> str:
    with plant.runtime.database.reading(1) as session:
        return session.get_one(Campaign, campaign_id).state


@pytest.mark.long
def test_each_is_reached_by_the_first_wave_that_can_and_nobody_twice(
    plant: Plant, hire: Callable[[], subprocess.Popen[bytes]]
) -> None:
    clock.turn(turn := clock.Turn(clock.real(), MORNING, SPEED))
    write_turn(plant.runtime.database, turn)
    campaign_id = launch(plant)
    for channel in ("voice", "sms", "fax"):
        worker = hire()
        enough = max(EACH // 2, attempts(plant)[channel] + 2)
        wait(lambda: attempts(plant)[channel] > enough, 120, f"no {channel}")  # noqa: B023  # called at once
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    last = hire()
    wait(lambda: state(plant, campaign_id) == "finished", 240, "not finished")
    last.send_signal(signal.SIGTERM)
    assert last.wait(4.5) == 0

    check(plant, campaign_id)


def check(plant: Plant, campaign_id: int) -> None:
    """Who was contacted how, by the exchange's own account, and that the certificate says the same."""
    contacts = plant.contacts()
    made: dict[str, list[str]] = {}
    for row in sorted(contacts, key=lambda row: row["at"]):
        made.setdefault(row["to"], []).append(row["channel"])
    for n in range(EACH):
        assert made[mobile("answers", n)] == ["voice"]
        assert made[mobile("reads", n)] == ["voice", "sms"]
        assert made[mobile("faxes", n)] == ["voice", "sms"]
        assert made[fax("faxes", n)] == ["fax"]
        assert made[mobile("nothing", n)] == ["voice", "sms"]
        assert made[fax("nothing", n)] == ["fax"]
        assert made[mobile("second", n)] == ["voice"], "a number out of service gets no text"
        assert made[other(n)] == ["voice"], "the next number of the same person"
        for kind in ("answers", "reads", "second"):
            assert fax(kind, n) not in made
    with plant.runtime.database.reading(1) as session:
        campaign = campaigns.get(session, campaign_id)
        proof, shown = certificate(session, campaign), progress(session, campaign)
        assert lost(session, campaign) == []
        ours = Counter(session.scalars(select(Attempt.carrier_id).where(Attempt.state == "ended")))
        people = session.scalar(select(func.count(Customer.id)))
    assert ours == Counter(row["sid"] for row in contacts), "the same ids on both sides"
    assert proof | {"failed": sum(proof["failed"].values())} == {
        "campaign": "Three waves",
        "state": "finished",
        "targeted": people,
        "allowed": people,
        "attempted": people,
        "reached": 4 * EACH,
        "blocked": {},
        "failed": EACH,
        "unknown": 0,
        "contacted_twice": 0,
    }
    reached = [(wave.channel, wave.targeted, wave.reached) for wave in shown.waves]
    assert reached == [("voice", 5 * EACH, 2 * EACH), ("sms", 3 * EACH, EACH), ("fax", 2 * EACH, EACH)]
