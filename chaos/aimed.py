"""
The shortest storm for each guard: with the guard the judge finds nothing, without it the judge must find something.

What happens is ordered, not left to luck: a process is killed or held exactly at a boundary, a fault strikes exactly one
order. Every scenario ends when all is quiet.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chaos.house import House
from chaos.judge import Verdict, judge
from chaos.mutants import MUTANTS
from chaos.world import COAST, DESK, HAWAII, HOTLINE, PARIS, PARIS_CLOSES, Person
from core import clock

NOON = PARIS_CLOSES  # eleven in San Francisco, nine in Honolulu; Paris has just closed
ONE = (Person("+14152500001", COAST),)
OPTING_OUT = (Person("+14152500001", COAST, says_stop=(0.0, "any way")),)
Story = Callable[[House], None]


@dataclass(frozen=True)
class Scenario:
    """Who is there, what goes wrong and how it is brought about."""

    story: Story
    crowd: Sequence[Person] = ONE
    faults: Sequence[Mapping[str, Any]] = ()
    begins: datetime = NOON
    speed: float = 60.0
    settings: Mapping[str, Any] | None = None
    campaigns: int = 1


def find(name: str, guard_is_off: bool) -> Verdict:
    """What the judge says of the scenario for the guard *name*."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryDirectory(prefix="carillon-chaos-") as folder:
        house = House(
            Path(folder),
            f"sqlite:///{folder}/carillon.db",
            scenario.crowd,
            scenario.begins,
            faults=[dict(fault) for fault in scenario.faults],
            speed=scenario.speed,
            mutant=name if guard_is_off else "",
            settings=scenario.settings,
        )
        with house:
            house.start_web()
            scenario.story(house)
            return judge(
                house.ledger, scenario.crowd, scenario.speed, house.leaves_within_s, scenario.campaigns
            )


def _finish(house: House) -> None:
    house.wait(house.is_quiet, f"not quiet: {house.counts()}", 90)
    house.exchange.wait_idle(30)


def _plain(house: House) -> None:
    """A campaign runs to its end."""
    house.launch()
    house.start_worker()
    _finish(house)


def _accepted_late(house: House) -> None:
    """The carrier takes six seconds to accept an order, long after nobody waits for its answer any more."""
    house.launch()
    house.start_worker()
    house.wait(
        lambda: bool(house.ledger.ask("SELECT 1 FROM requests WHERE fault = 'accept_late'")),
        "nothing is late",
    )
    _finish(house)


def _late(point: str) -> Story:
    """A sending thread is held at *point* until long after its lease, and another worker takes over; then it goes on."""

    def story(house: House) -> None:
        house.launch()
        with _held(house, point):
            house.start_worker()
            house.wait(lambda: house.counts().get("ended", 0) >= len(house.crowd), "nobody takes over", 90)
        time.sleep(3.0)  # the point: what the first still wants to do, it does now
        _finish(house)

    return story


@contextmanager
def _held(house: House, point: str) -> Any:
    """A worker whose thread waits at *point* while the body runs."""
    gate = house.folder / "gate"
    worker = house.start_worker([{"point": point, "pass": 1, "act": "hold", "gate": str(gate)}])
    house.wait(lambda: house.noted(point), f"the worker does not come to {point}")
    yield worker
    gate.touch()


def _key_after_claim(house: House) -> None:
    """Somebody opts out by key while their text is claimed and not yet on its way."""
    house.launch()
    with _held(house, "claimed"):
        sid = house.exchange.call(ONE[0].address, HOTLINE, "9")
        house.wait(lambda: house.exchange.transcript(sid)["status"] == "completed", "the call does not end")
        time.sleep(house.leaves_within_s + 1.5)  # the point: what was on its way has left
    _finish(house)


def _window_closes(house: House) -> None:
    """A worker that claimed before the window closes is slow to send, though in its own time."""
    gate = house.folder / "gate"
    house.launch()
    house.start_worker([{"point": "claimed", "pass": 1, "act": "hold", "gate": str(gate)}])
    closed = PARIS_CLOSES + timedelta(seconds=1.5 * house.speed)
    house.wait(lambda: clock.now() > closed, "the window does not close")
    gate.touch()
    _finish(house)


def _two_campaigns(house: House) -> None:
    """The first campaign reaches its recipient; of the second nothing is accepted, and the carrier's answer says nothing."""
    house.launch("First")
    house.start_worker()
    house.wait(lambda: house.counts().get("ended", 0) >= 1, "the first does not arrive")
    house.exchange.fault("error_before", channel="texts")
    house.launch("Second")
    _finish(house)


def _text_stop(house: House, address: str) -> None:
    house.exchange.text(address, DESK, "STOP")
    house.wait(
        lambda: bool(house.ledger.ask("SELECT 1 FROM webhooks WHERE kind = 'sms' AND status = 200")),
        "no answer",
    )


def _stop_waits_in_the_spool(house: House) -> None:
    """A STOP waits in the spool for so long that a campaign begins meanwhile."""
    gate = house.folder / "gate"
    worker = house.start_worker([{"point": "carrying", "pass": 1, "act": "hold", "gate": str(gate)}])
    _text_stop(house, ONE[0].address)
    house.wait(lambda: house.noted("carrying"), "nothing is carried")
    time.sleep(
        6.0 + house.config.submit_window_s
    )  # the point: later than what was claimed in good faith may leave
    house.launch()
    time.sleep(4.0)  # the point: a claim would be made by now
    assert worker.poll() is None
    gate.touch()
    _finish(house)


def _web_dies_after_stop(house: House) -> None:
    """A web server is killed as soon as it has answered a STOP."""
    _text_stop(house, ONE[0].address)
    house.kill_web()
    house.start_web()
    house.start_worker()
    time.sleep(6.0 + house.config.submit_window_s)  # the point: the opt-out stands by then
    house.launch()
    _finish(house)


def _worker_dies_carrying(house: House) -> None:
    """A worker is killed while it carries a STOP into the database."""
    _text_stop(house, ONE[0].address)
    first = house.start_worker([{"point": "opting_out", "pass": 1, "act": "kill"}])
    _wait_for_end(house, first)
    house.start_worker()
    time.sleep(6.0 + house.config.submit_window_s)  # the point: the opt-out stands by then
    house.launch()
    _finish(house)


def _wait_for_end(house: House, process: subprocess.Popen[bytes]) -> None:
    house.wait(lambda: process.poll() is not None, "the worker is not killed")


TRIED_AGAIN = (Person("+14152500001", COAST, text=("unreachable", "delivered")),)
SCENARIOS: Mapping[str, Scenario] = {
    "not_after": Scenario(_late("posting")),
    "mark": Scenario(_late("claimed")),
    "last_look": Scenario(_key_after_claim, OPTING_OUT, settings={"submit_window_s": 10}),
    "policy_at_claim": Scenario(
        _plain, (*ONE, Person("+33612345678", PARIS), Person("+18082500001", HAWAII, agreed=False))
    ),
    "window_at_the_end": Scenario(
        _window_closes,
        (Person("+33612345678", PARIS),),
        begins=PARIS_CLOSES - timedelta(seconds=190),
        speed=10.0,
        settings={"submit_window_s": 20},
    ),
    "absence_at_once": Scenario(_accepted_late, faults=[{"kind": "accept_late", "seconds": 6.0}]),
    "silence_is_proof": Scenario(
        _plain,
        faults=[{"kind": "drop_answer", "channel": "texts"}, {"kind": "refuse_503", "channel": "reads", "count": 2},
                {"kind": "lose_callback", "count": 2}],
    ),
    "unknown_is_sent_again": Scenario(_plain, faults=[{"kind": "drop_answer", "channel": "texts"}]),
    "bound_ids": Scenario(_two_campaigns, campaigns=2),
    "final_words": Scenario(
        _plain,
        TRIED_AGAIN,
        # sent, undelivered (told again later), sent; the last word about the second text comes late
        faults=[{"kind": "double_callback", "skip": 1, "seconds": 4.0},
                {"kind": "delay_callback", "skip": 2, "seconds": 8.0}],
    ),
    "spool_before_claim": Scenario(_stop_waits_in_the_spool, OPTING_OUT),
    "spool_before_answer": Scenario(_web_dies_after_stop, OPTING_OUT),
    "mark_after_commit": Scenario(_worker_dies_carrying, OPTING_OUT),
}  # fmt: skip
assert SCENARIOS.keys() == MUTANTS.keys()
