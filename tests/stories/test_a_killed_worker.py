"""Three campaigns while their worker is killed and stalled: nobody is contacted twice, nobody is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from broadcast import campaigns
from broadcast.certificate import certificate
from core import clock
from core.db import ALL_TENANTS
from core.models import Tenant
from customers.models import Customer
from flows import publish
from flows.language.lint import Rules
from outbound.models import Attempt, Sender
from tests import plant as plants
from tests.plant import MORNING, SPEED, Plant

NUMBERS = {
    "voice": ([f"+1310555{n:04}" for n in range(1000, 1060)], "mobile"),
    "sms": ([f"+1415555{n:04}" for n in range(1000, 1300)], "mobile"),
    "fax": ([f"+1213555{n:04}" for n in range(1000, 1040)], "fax"),
}
PEOPLE = plants.population(
    {
        "prefixes": {"+1213": "fax"},
        "mobile": {
            "voice": {"human": 85, "busy": 10, "invalid": 5},
            "text": {"delivered": 90, "unreachable": 5, "landline": 5},
            "scripts": [{"keys": ["1", "1", "1", "5"]}],
            "talk_s": 5,
        },
        "fax": {"fax": {"good": 85, "busy": 15}},
    }
)
MESSAGES = {
    "voice": "{flow: survey}",
    "sms": '{en: {text: "Hello {{ name }}"}}',
    "fax": '{en: {subject: Invitation, paragraphs: ["Dear {{ name }}", "come and see us"]}}',
}
CONSTANTS = {**plants.CONSTANTS, "hotline": "+18005550100"}


@pytest.fixture
def plant(database_url: str, tmp_path: Path) -> Iterator[Plant]:
    found, stop = plants.start(database_url, tmp_path, PEOPLE)
    yield found
    stop()


def launch(plant: Plant) -> list[int]:
    """Customers for each channel, and a campaign for each of the three."""
    ids = []
    for channel, (numbers, kind) in NUMBERS.items():
        members = plant.customers(*numbers, kind=kind)
        with plant.session() as session:
            for customer in session.scalars(select(Customer).where(Customer.id.in_(members))):
                customer.tags = [channel]
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())
        for sender in session.scalars(select(Sender)):
            sender.rate_per_s = {"voice": 20.0, "sms": 60.0, "fax": 10.0}[sender.channel]
        for channel, message in MESSAGES.items():
            text = (
                f"name: {channel} campaign\npurpose: service\nchannel: {channel}\naudience: {{segment: {{tags: [{channel}]}}}}\n"
                f"ends_after_h: 6\nretries: {{busy: {{times: 2, after_s: 120}}, handset_off: {{times: 1, after_s: 120}}}}\n"
                f"message: {message}\nvariables: {CONSTANTS!r}\n"
            )
            campaign = campaigns.create(session, tenant, text, "test")
            campaigns.launch(session, campaign, campaigns.ready(session, campaign), "test")
            ids.append(campaign.id)
    return ids


def worker(plant: Plant) -> subprocess.Popen[bytes]:
    """`flask worker` as its own process, by the same clock."""
    config = plant.runtime.config
    environment = {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "PUBLIC_URL": config.public_url,
        "EXCHANGE_URL": config.exchange_url,
        "STATE_DIR": str(config.state_dir),
        "SUBMIT_WINDOW_S": "2",
        "HTTP_TIMEOUT_S": "2",
        "LEASE_MARGIN_S": "1",
        "SEND_THREADS": "8",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with (config.state_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stderr=log, cwd=Path(__file__).parents[2])


@pytest.fixture
def hire(plant: Plant) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers; whatever happens, none outlives the test."""
    hired: list[subprocess.Popen[bytes]] = []

    def hired_one() -> subprocess.Popen[bytes]:
        hired.append(worker(plant))
        return hired[-1]

    yield hired_one
    for process in hired:
        process.kill()
        process.wait()


def wait(done: Callable[[], bool], timeout_s: float, why: str) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)


def attempts(plant: Plant) -> int:
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        return session.scalar(select(func.count(Attempt.id)).where(Attempt.submitted_at.is_not(None))) or 0


def certificates(plant: Plant, ids: list[int]) -> list[dict[str, Any]]:
    with plant.runtime.database.reading(1) as session:
        return [certificate(session, campaigns.get(session, campaign_id)) for campaign_id in ids]


@pytest.mark.long
@pytest.mark.storage
def test_kill_and_stall_contact_nobody_twice_and_lose_nobody(
    plant: Plant, hire: Callable[[], subprocess.Popen[bytes]]
) -> None:
    clock.turn(turn := clock.Turn(clock.real(), MORNING, SPEED))
    from core.turned import write_turn

    write_turn(plant.runtime.database, turn)
    ids = launch(plant)
    started = attempts(plant)

    first = hire()
    beside = [] if plant.runtime.database.is_sqlite else [hire()]
    wait(lambda: attempts(plant) > started + 60, 120, "the worker does not send")
    first.send_signal(signal.SIGKILL)
    first.wait()
    killed_at = attempts(plant)
    second = hire()
    wait(lambda: attempts(plant) > killed_at + 60, 120, "nobody went on after the kill")
    second.send_signal(signal.SIGSTOP)
    third = hire()
    time.sleep(plant.runtime.config.lease_s + 1)  # the point: the second worker sleeps past its lease
    second.send_signal(signal.SIGCONT)
    over = lambda: all(found["state"] == "finished" for found in certificates(plant, ids))  # noqa: E731  # a condition
    wait(over, 300, "not finished")
    for process in (*beside, second, third):
        process.send_signal(signal.SIGTERM)
        assert process.wait(4.5) == 0, "a worker ends within four seconds"

    check(plant, ids)


def check(plant: Plant, ids: list[int]) -> None:
    """Every certificate against the exchange's own ledger, row by row."""
    contacts = plant.contacts()
    for found, (channel, (numbers, _)) in zip(certificates(plant, ids), NUMBERS.items(), strict=True):
        made = Counter(row["to"] for row in contacts if row["channel"] == channel)
        reached = Counter(
            row["to"]
            for row in contacts
            if row["channel"] == channel and row["outcome"] in ("completed", "delivered")
        )
        assert found["contacted_twice"] == 0
        assert found["targeted"] == len(numbers)
        assert found["unknown"] == 0, "the exchange's lists are proof"
        assert max(reached.values()) == 1, "reached twice by the exchange's own account"
        assert found["reached"] == len(reached)
        assert found["attempted"] >= len(made)
        assert found["allowed"] == found["reached"] + sum(found["failed"].values())
        assert set(made) <= set(numbers)
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        ours = Counter(session.scalars(select(Attempt.carrier_id).where(Attempt.state == "ended")))
    assert ours == Counter(row["sid"] for row in contacts), "the same ids on both sides"
