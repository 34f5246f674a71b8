"""Three waves under every limit there is: each person is reached once, by the first wave that can, and the limit holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from broadcast import campaigns, jobs, limits
from broadcast.certificate import certificate, lost
from broadcast.models import Campaign
from core import clock, holds
from core.db import ALL_TENANTS
from core.models import Tenant
from customers.models import CustomerNumber
from flows import publish
from flows.language.lint import Rules
from outbound.models import Attempt, Delivery, Sender
from tests import plant as plants
from tests.plant import CONSTANTS, Plant

KINDS = {
    "answers": {"voice": "human", "keys": ["1", "1", "1", "5"]},
    "reads": {"voice": "no_answer", "text": "delivered"},
    "faxes": {"voice": "no_answer", "text": "unreachable"},
}
RINGS = timedelta(seconds=20)
WAVES_OF = {"answers": 1, "reads": 2, "faxes": 3}
# half of each kind live where it is three hours later
HOMES = {"+1310555": ZoneInfo("America/Los_Angeles"), "+1212555": ZoneInfo("America/New_York")}
IN_LINE = ("claimed", "submitting", "accepted")
PRICES = {"currency": "USD", "voice": {"+": 1}, "sms": {"+": 1}, "fax": {"+": 1}}
JUMP = timedelta(hours=1)


def mobile(kind: str, n: int) -> str:
    return f"{list(HOMES)[n % 2]}{1000 + 100 * list(KINDS).index(kind) + n}"


def fax(address: str) -> str:
    return address.replace("+1310", "+1213").replace("+1212", "+1646")


def mobiles(each: int) -> dict[str, str]:
    """The mobile of *each* people of every kind, and their kind."""
    return {mobile(kind, n): kind for kind in KINDS for n in range(each)}


DOCUMENT = f"""
name: Three waves
purpose: service
audience: {{segment: {{}}}}
ends_after_h: 700
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
"""


@dataclass
class Run:
    """A campaign under way, and what the exchange says of it."""

    plant: Plant
    people: dict[str, str]
    campaign_id: int
    notes: dict[str, int] = field(default_factory=dict)
    idle: int = 0

    def campaign(self) -> Campaign:
        with self.plant.runtime.database.reading(1) as session:
            return campaigns.get(session, self.campaign_id)

    def contacts(self) -> list[tuple[datetime, str, str]]:
        """When (business time, as we had turned it), to whom and on which channel, in order."""
        return [(self.plant.ours(row["at"]), row["to"], row["channel"]) for row in self.plant.contacts()]

    def act(self, act: Callable[[Any, Campaign], object]) -> None:
        with self.plant.session() as session:
            act(session, session.get_one(Campaign, self.campaign_id))

    def pass_by(self) -> None:
        """What the worker does in a moment; where nothing was on its way, an hour goes by."""
        self.plant.step()
        jobs.prepare(self.plant.runtime, self.plant.pool)
        jobs.settle_all(self.plant.runtime, self.plant.pool)
        jobs.judge(self.plant.runtime, self.plant.pool)
        with self.plant.runtime.database.reading(ALL_TENANTS) as session:
            due = (Delivery.state == "pending", Delivery.due_at <= clock.now())
            is_due = session.scalar(select(Delivery.id).where(*due).limit(1))
        self.idle = 0 if in_line(self.plant) else self.idle + 1
        if self.idle > (1 if is_due else 0):
            self.plant.jump(JUMP)
            self.idle = 0


def by_day(run: Run) -> Counter[object]:
    return Counter(at.astimezone(ZoneInfo("America/New_York")).date() for at, _, _ in run.contacts())


def eight_a_day(run: Run) -> None:
    assert list(by_day(run).values()) == [8, 8, 8]


def not_beyond_the_budget(run: Run) -> None:
    # twelve calls, of which four were answered and cost a minute at least; a text costs as much
    assert 12 <= run.notes["at the pause"] <= 12 + 6
    assert len(run.contacts()) == 24, "it went on with more money"


def nothing_under_the_brake(run: Run) -> None:
    assert run.notes["braked"] == run.notes["lifted"] > 0


def nothing_while_paused(run: Run) -> None:
    assert run.notes["paused"] == run.notes["resumed"] > 0


def watched_first(run: Run) -> None:
    calls = [at for at, _, channel in run.contacts() if channel == "voice"]
    assert calls[20] - calls[19] >= RINGS, "the last of the sample had ended"


def between_ten_and_twelve(run: Run) -> None:
    homes = HOMES | {fax(prefix): zone for prefix, zone in HOMES.items()}
    assert {at.astimezone(homes[to[:8]]).hour for at, to, _ in run.contacts()} <= {10, 11}


def noticed_once_a_day(run: Run) -> None:
    days = defaultdict(list)
    for at, to, channel in run.contacts():
        mine = next(address for address in run.people if to in (address, fax(address)))
        if channel != "sms" or run.people[mine] == "reads":
            days[mine].append(at.astimezone(HOMES[mine[:8]]).date())
    assert all(len(set(found)) == len(found) for found in days.values())
    assert Counter(map(len, days.values())) == {1: 4, 2: 8}


def one_at_a_time(run: Run) -> None:
    calls = [at for at, to, channel in run.contacts() if channel == "voice" and run.people[to] != "answers"]
    assert all(later - earlier >= RINGS for earlier, later in pairwise(calls))


def within_a_day(run: Run) -> None:
    assert len(by_day(run)) == 1


def fund(run: Run) -> None:
    if run.campaign().state == "paused":
        run.notes["at the pause"] = len(run.contacts())

        def more(session: Any, campaign: Campaign) -> None:
            limits.set_budget(session, campaign, Decimal(100), "test")
            campaigns.resume(session, campaign, "test")

        run.act(more)


def interrupt(
    name: str, stop: Callable[..., object], end: str, go: Callable[..., object]
) -> Callable[[Run], None]:
    """Stop after the first texts, pass by ten times, go on."""

    def meddle(run: Run) -> None:
        if name not in run.notes and any(channel == "sms" for _, _, channel in run.contacts()):
            run.act(stop)
            run.plant.run_until(lambda: not in_line(run.plant))
            run.notes[name], run.notes["passes"] = len(run.contacts()), 0
        elif name in run.notes and end not in run.notes:
            run.notes["passes"] += 1
            if run.notes["passes"] == 10:
                run.notes[end] = len(run.contacts())
                run.act(go)

    return meddle


def in_line(plant: Plant) -> bool:
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        return bool(session.scalar(select(Attempt.id).where(Attempt.state.in_(IN_LINE)).limit(1)))


pause = interrupt(
    "paused",
    lambda session, campaign: campaigns.pause(session, campaign, "test"),
    "resumed",
    lambda session, campaign: campaigns.resume(session, campaign, "test"),
)
brake = interrupt(
    "braked",
    lambda session, campaign: holds.hold(session, 1, "stopped", "test"),
    "lifted",
    lambda session, campaign: holds.lift(session, 1, "stopped", "test"),
)


def leave_alone(run: Run) -> None:
    pass


@dataclass(frozen=True)
class Limit:
    """What the document, the policy and the senders add, what staff do meanwhile, and what must have held."""

    held: Callable[[Run], None]
    document: str = ""
    per_day: int = 9
    lines: int = 50
    each: int = 4
    meddle: Callable[[Run], None] = leave_alone


LIMITS = {
    "none": Limit(within_a_day),
    "eight a day": Limit(eight_a_day, "per_day: 8"),
    "money for ten": Limit(not_beyond_the_budget, "budget: {amount: 10, currency: USD}", meddle=fund),
    "the brake": Limit(nothing_under_the_brake, meddle=brake),
    "a pause": Limit(nothing_while_paused, meddle=pause),
    "a sample first": Limit(
        watched_first, "canary: {percent: 1, hold_min: 30, most_errors_percent: 100}", each=8
    ),
    "two hours a day in two zones": Limit(between_ten_and_twelve, 'hours: "10:00-12:00"'),
    "one contact a day": Limit(noticed_once_a_day, per_day=1),
    "one line": Limit(one_at_a_time, lines=1),
}


@pytest.fixture
def plant(fresh_url: str, tmp_path: Path, limit: Limit) -> Iterator[Plant]:
    numbers = {address: KINDS[kind] for address, kind in mobiles(limit.each).items()}
    people = plants.population({"prefixes": {"+1213": "fax", "+1646": "fax"}, "numbers": numbers})
    found, stop = plants.start(fresh_url, tmp_path, people)
    yield found
    stop()


def launch(plant: Plant, limit: Limit) -> Run:
    people = mobiles(limit.each)
    ids = plant.customers(*people)
    with plant.session() as session:
        for address, customer_id in zip(people, ids, strict=True):
            session.add(
                CustomerNumber(tenant_id=1, customer_id=customer_id, address=fax(address), kind="fax")
            )
        tenant = session.get_one(Tenant, 1)
        figures = {
            "campaign": {"attempts": 9, "gap_hours": 0, "per_day": limit.per_day},
            "caps": {"service": {"day": limit.per_day}},
        }
        tenant.policy = {"figures": {"us": figures}}
        tenant.settings = {"prices": PRICES}
        publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())
        for sender in session.scalars(select(Sender).where(Sender.channel == "voice")):
            sender.lines = limit.lines
        campaign = campaigns.create(session, tenant, DOCUMENT + limit.document, "test")
        campaigns.launch(session, campaign, campaigns.ready(session, campaign), "test")
        return Run(plant, people, int(campaign.id))


@pytest.mark.long
@pytest.mark.parametrize("limit", [pytest.param(limit, id=name) for name, limit in LIMITS.items()])
def test_each_is_reached_once_by_the_first_wave_that_can_and_the_limit_holds(
    plant: Plant, limit: Limit
) -> None:
    run = launch(plant, limit)
    for _ in range(2_000):
        if run.campaign().state == "finished":
            break
        limit.meddle(run)
        run.pass_by()

    made: dict[str, list[str]] = defaultdict(list)
    for _, to, channel in run.contacts():
        made[to].append(channel)
    wanted: dict[str, list[str]] = {}
    for address, kind in run.people.items():
        wanted[address] = ["voice", "sms"][: WAVES_OF[kind]]
        if kind == "faxes":
            wanted[fax(address)] = ["fax"]
    assert made == wanted
    limit.held(run)
    with plant.runtime.database.reading(1) as session:
        campaign = campaigns.get(session, run.campaign_id)
        proof = certificate(session, campaign)
        assert lost(session, campaign) == []
    counts = {name: proof[name] for name in ("state", "targeted", "reached", "unknown", "contacted_twice")}
    assert counts == {
        "state": "finished", "targeted": len(run.people), "reached": len(run.people), "unknown": 0, "contacted_twice": 0,
    }  # fmt: skip
