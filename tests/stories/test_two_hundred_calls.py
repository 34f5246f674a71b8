"""
The database is stopped while two hundred callers are in the menu and others go on ringing, and comes back: nobody notices.

Through two web processes, a worker and the exchange. Its ledger is the witness: of each call, each key and each text.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from aftersales.models import Case
from core import clock
from core.db import ALL_TENANTS
from core.draining import waiting
from core.hosts import MAX_BEHIND_S
from core.models import Staff, Tenant
from core.turned import write_turn
from customers.models import Suppression
from exchange.rows import Call as Rung
from exchange.rows import Key, Step, Webhook
from flows import publish
from flows.language.rules import Rules
from ivr import snapshot
from ivr.models import Call, CallStep, HotlineNumber, Voicemail
from tests import outage
from tests import plant as plants
from tests.plant import ACCOUNT, MORNING, VOICE, Plant
from tests.stories.test_a_killed_worker import wait
from tests.stories.test_an_update_under_load import answers, running

LIVE, MORE, SPEED = 200, 40, 4.0
SLOW_S = 5.0
FLOW = """
name: hotline
direction: inbound
purpose: service
languages: {en: {}, zh: {}}
default_language: en
start: main
person: message
anywhere: {"9": stop}
variables: {case_number: {type: digits, max_length: 12}}
nodes:
  main:
    kind: menu
    options:
      "1": {text: {en: "For repairs, press 1.", zh: "维修请按1。"}, next: repair}
      "2": {text: {en: "To complain, press 2.", zh: "投诉请按2。"}, next: complaint}
      "3": {text: {en: "To say goodbye, press 3.", zh: "再见请按3。"}, next: bye}
    otherwise: bye
  repair:
    kind: menu
    options:
      "1": {text: {en: "To go back, press 1.", zh: "返回请按1。"}, next: main}
    otherwise: bye
  complaint:
    kind: case
    case: complaint
    store: {number: case_number}
    text: {en: "Your complaint is number {{ case_number }}.", zh: "您的投诉编号是{{ case_number }}。"}
    next: bye
    unavailable: message
  message:
    kind: record
    box: desk
    text: {en: "Please leave a message.", zh: "请留言。"}
    next: bye
    otherwise: bye
  stop: {kind: optout, scope: all, text: {en: "We will not call you.", zh: "我们不会再致电。"}}
  bye: {kind: hangup, text: {en: "Goodbye.", zh: "再见。"}}
"""
AROUND = "1" * 12
"""Six times from the menu to repairs and back."""
STOPS, COMPLAINS, LEAVES_WORD, SAYS_GOODBYE = (AROUND + key for key in "9203")
SCRIPTS = (STOPS, COMPLAINS, LEAVES_WORD, SAYS_GOODBYE)


@dataclass
class Hotline:
    """An installation with two web processes, and who rang it: sid -> number and keys."""

    plant: Plant
    rung: dict[str, tuple[str, str]] = field(default_factory=dict)

    def ring(self, count: int) -> None:
        """*count* more callers, each with a script in turn."""
        for _ in range(count):
            number = f"+1415555{len(self.rung):04}"
            keys = SCRIPTS[len(self.rung) % len(SCRIPTS)]
            self.rung[self.plant.exchange.call(number, VOICE, ",".join(keys))] = (number, keys)

    def live(self) -> int:
        return sum(call.status == "in-progress" for call in self.ledger(Rung))

    def ledger(self, kind: type[Any]) -> list[Any]:
        return list(self.plant.exchange.ledger.rows(kind))

    def stopped(self) -> set[str]:
        """Who has asked for no further calls by now."""
        return {self.rung[key.call][0] for key in self.ledger(Key) if key.key == "9"}

    def rows(self, model: type[Any]) -> list[Any]:
        with self.plant.runtime.database.reading(ALL_TENANTS) as session:
            return list(session.scalars(select(model).order_by(model.id)))


@pytest.fixture
def hotline(database_url: str, tmp_path: Path) -> Iterator[Hotline]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    url = f"http://{address}"
    number = {
        "account": ACCOUNT,
        "voice_url": f"{url}/ivr/answer",
        "voice_fallback_url": f"{url}/ivr/fallback",
        "status_callback": f"{url}/ivr/status",
    }
    people = plants.population()
    plant, stop = plants.start(
        database_url, tmp_path, {**people, "numbers": {**people["numbers"], VOICE: number}}, speed=SPEED
    )
    clock.turn(turn := clock.Turn(plant.turn.real, MORNING, SPEED))
    write_turn(plant.runtime.database, turn)
    _furnish(plant)
    gunicorn = ("gunicorn", "wsgi:app", "--no-control-socket", "--worker-class", "gthread", "--bind", address)
    with ExitStack() as stack:
        stack.callback(stop)
        stack.enter_context(
            running(plant, url, tmp_path / "web.log", *gunicorn, "--workers", "2", "--threads", "16")
        )
        stack.enter_context(running(plant, url, tmp_path / "worker.log", "flask", "--app", "wsgi", "worker"))
        wait(lambda: answers(url), 60, "the web does not answer")
        yield Hotline(plant)


@pytest.fixture
def stopped(hotline: Hotline, request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[None]]:
    """Nobody gets anything into the database: SQLite's file is locked, PostgreSQL's server is stopped."""
    database = hotline.plant.runtime.database
    if database.is_sqlite:
        return lambda: outage.locked(database)
    server = request.getfixturevalue("postgres_server")
    return lambda: outage.server_stopped(database, server)


def _furnish(plant: Plant) -> None:
    with plant.session() as session:
        publish.publish(session, 1, FLOW, Rules(), clock.now())
        session.add(HotlineNumber(tenant_id=1, address=VOICE, flow="hotline"))
        session.add(
            Staff(
                tenant_id=1, email="ann@ours.example", name="Ann", password="-", roles=["after_sales"], created_at=clock.now()
            )
        )  # fmt: skip
        session.get_one(Tenant, 1).hotline = {"limits": {"at_once": 1000}}
    snapshot.refresh(plant.runtime.database, plant.runtime.config.state_dir)


@pytest.mark.long
@pytest.mark.storage
def test_the_database_is_stopped_during_two_hundred_calls(
    hotline: Hotline, stopped: Callable[[], AbstractContextManager[None]]
) -> None:
    plant = hotline.plant
    hotline.ring(LIVE)
    wait(lambda: hotline.live() == LIVE, 120, "not all are in the menu at once")
    before = hotline.stopped()

    with stopped():
        began = time.monotonic()
        hotline.ring(MORE)
        wait(lambda: len(hotline.stopped() - before) >= LIVE / 8, 300, "nobody opts out meanwhile")
        wait(lambda: len(menus(hotline, list(hotline.rung)[LIVE:])) == MORE, 300, "who rings is not answered")
        wait(lambda: time.monotonic() > began + 2 * MAX_BEHIND_S, 60, "")
        opted_out = hotline.stopped()
    numbers = [number for number, _ in hotline.rung.values()]
    plant.deliver("sms", *numbers, purpose="marketing")

    plant.exchange.wait_idle(300)
    wait(lambda: waiting(plant.runtime.spool_dir) == 0 and plant.is_over(), 120, "not all is carried")
    check_calls(hotline)
    check_effects(hotline)
    texts = Counter(row["to"] for row in plant.contacts() if row["channel"] == "sms")
    assert not texts.keys() & opted_out, "who opted out meanwhile is contacted no more"
    assert {number for number in numbers if texts[number] != 1} <= hotline.stopped()


def menus(hotline: Hotline, sids: list[str]) -> set[str]:
    """Those of these calls whose callers have heard a menu and pressed a key."""
    return {key.call for key in hotline.ledger(Key)} & set(sids)


def check_calls(hotline: Hotline) -> None:
    """Every call went its way to the end and stands on record, with each of its turns once."""
    asked = [hook for hook in hotline.ledger(Webhook) if hook.kind == "twiml"]
    assert {(hook.status, hook.error) for hook in asked} == {(200, "")}
    assert not [hook for hook in asked if "/ivr/fallback" in hook.url]
    assert max(hook.ms for hook in asked) < SLOW_S * 1000
    turns: dict[str, list[int]] = {sid: [] for sid in hotline.rung}
    heard: dict[str, str] = dict.fromkeys(hotline.rung, "")
    for step in hotline.rows(CallStep):
        if step.position == 0:
            turns[step.carrier_id].append(step.turn)
            heard[step.carrier_id] += step.heard if len(step.heard) == 1 else ""
    assert heard == {sid: keys for sid, (_, keys) in hotline.rung.items()}
    documents = Counter(hook.sid for hook in asked)
    assert {sid: sorted(found) for sid, found in turns.items()} == {
        sid: list(range(documents[sid])) for sid in hotline.rung
    }
    calls = hotline.rows(Call)
    assert Counter(call.carrier_id for call in calls) == dict.fromkeys(hotline.rung, 1)
    assert {call.state for call in calls} == {"ended"}
    ends = {"9": {"opted_out"}, "2": {"goodbye", "message_taken"}, "0": {"message_taken"}, "3": {"goodbye"}}
    assert not [
        (call.carrier_id, call.reason)
        for call in calls
        if call.reason not in ends[hotline.rung[call.carrier_id][1][-1]]
    ]


def check_effects(hotline: Hotline) -> None:
    """Whoever complained has one case or has left one message, whoever left word one message, whoever opted out is left alone."""
    cases = Counter(case.origin.split(":")[1] for case in hotline.rows(Case))
    messages = Counter(message.call_id for message in hotline.rows(Voicemail))
    wanted = {sid: int(keys in (COMPLAINS, LEAVES_WORD)) for sid, (_, keys) in hotline.rung.items()}
    assert {sid: cases[sid] + messages[sid] for sid in hotline.rung} == wanted
    assert sum(messages.values()) > len(hotline.rung) / 4, (
        "without the database complaints are left as messages"
    )
    suppressed = Counter(one.address for one in hotline.rows(Suppression))
    assert suppressed == {number: 1 for number, keys in hotline.rung.values() if keys == STOPS}
    keyed = {(step.call, step.value) for step in hotline.ledger(Step) if step.kind == "said"}
    assert not [said for _, said in keyed if "error" in said.lower()]
