"""
The shortest storm for each guard: with the guard the judge finds nothing, without it the judge must find something.

What happens is ordered, not left to luck: a process is killed or held exactly at a boundary, a fault strikes exactly one
order. Every scenario ends when all is quiet.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chaos import stories
from chaos.house import House
from chaos.judge import Verdict
from chaos.mutants import MUTANTS
from chaos.world import COAST, HAWAII, PARIS, PARIS_CLOSES, Person

NOON = PARIS_CLOSES  # eleven in San Francisco, nine in Honolulu; Paris has just closed
ONE = (Person("+14152500001", COAST),)
OPTING_OUT = (Person("+14152500001", COAST, says_stop=(0.0, "any way")),)


@dataclass(frozen=True)
class Scenario:
    """Who is there, what goes wrong and how it is brought about."""

    story: stories.Story
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
            return house.judged(scenario.campaigns)


TRIED_AGAIN = (Person("+14152500001", COAST, text=("unreachable", "delivered")),)
CROWD = tuple(Person(f"+1415250{n:04}", COAST) for n in range(300))
SCENARIOS: Mapping[str, Scenario] = {
    "not_after": Scenario(stories.late("posting")),
    "mark": Scenario(stories.late("claimed")),
    "last_look": Scenario(stories.key_after_claim, OPTING_OUT, settings={"submit_window_s": 10}),
    "policy_at_claim": Scenario(stories.plain, (*ONE, Person("+33612345678", PARIS), Person("+18082500001", HAWAII, agreed=False))
    ),
    "window_at_the_end": Scenario(stories.window_closes,
        (Person("+33612345678", PARIS),),
        begins=PARIS_CLOSES - timedelta(seconds=190),
        speed=10.0,
        settings={"submit_window_s": 20},
    ),
    "absence_at_once": Scenario(stories.accepted_late, faults=[{"kind": "accept_late", "seconds": 6.0}]),
    "silence_is_proof": Scenario(stories.plain,
        faults=[{"kind": "drop_answer", "channel": "texts"}, {"kind": "refuse_503", "channel": "reads", "count": 2},
                {"kind": "lose_callback", "count": 2}],
    ),
    "unknown_is_sent_again": Scenario(stories.plain, faults=[{"kind": "drop_answer", "channel": "texts"}]),
    "bound_ids": Scenario(stories.two_campaigns, campaigns=2),
    "final_words": Scenario(stories.plain,
        TRIED_AGAIN,
        # sent, undelivered (told again later), sent; the last word about the second text comes late
        faults=[{"kind": "double_callback", "skip": 1, "seconds": 4.0},
                {"kind": "delay_callback", "skip": 2, "seconds": 8.0}],
    ),
    "last_look_at_pauses": Scenario(stories.paused_after_claim, settings={"submit_window_s": 10}),
    "leases_expire": Scenario(stories.killed_after_claim),
    "who_goes_on": Scenario(stories.two_waves),
    "restore_guard": Scenario(stories.restored, campaigns=2),
    "other_machines": Scenario(stories.stop_on_a_lost_machine, OPTING_OUT),
    "brake": Scenario(stories.silent_carrier(15.0), CROWD),
    "spool_before_claim": Scenario(stories.stop_waits_in_the_spool, OPTING_OUT),
    "spool_before_answer": Scenario(stories.web_dies_after_stop, OPTING_OUT),
    "mark_after_commit": Scenario(stories.worker_dies_carrying, OPTING_OUT),
}  # fmt: skip
assert SCENARIOS.keys() == MUTANTS.keys()
