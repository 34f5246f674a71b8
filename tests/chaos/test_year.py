"""Some weeks of a workshop: the judge finds nothing wrong with them, and everything once the product is broken in seven places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from aftersales import calls_made, plan, staffing
from aftersales.follow_ups import promise
from aftersales.models import FollowUp, WorkOrder
from chaos.year.house import house
from chaos.year.judge import Verdict, judge
from chaos.year.play import play
from chaos.year.world import world
from core.db import ScopedSession
from core.models import Tenant
from customers import contact_policy

pytestmark = pytest.mark.long
SOUND, BROKEN = world(customers=60, days=28, seed=2), world(customers=20, days=21, seed=4)
# of every break what the judge says: its word, and what about
FOUND = {
    "nobody looks for cases that are not solved in time": ("unflagged", "case "),
    "nobody looks for calls that are not made in time": ("unflagged", "was due at"),
    "nobody looks for files that are not complete": ("unflagged", "file "),
    "what is new belongs to somebody who has left": ("without_owner", "follow_up "),
    "a delivery promises its call twice": ("twice", "was rung again"),
    "a call made promises no second": ("lost", ": second"),
    "everybody may be rung at any hour": ("outside_hours", "was rung at"),
    "calls nobody answered are not put on record": ("disagreeing", "is nowhere in our books"),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    with house(SOUND, tmp_path_factory.mktemp("year")) as workshop:
        return judge(workshop, play(workshop))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdict]:
    """The verdict on a workshop without the jobs that look for what is late, and with five functions that do wrong."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(plan, "on_delivered", _promised_twice)
        patch.setattr(plan, "on_done", lambda *_: [])
        patch.setattr(
            staffing, "owners_for", lambda session, tenant_id, ids, department="": [BROKEN.left] * len(ids)
        )
        patch.setattr(calls_made, "put", lambda *_: None)
        patch.setattr(contact_policy, "next_open", lambda zones, windows, at: at)
        workshop = stack.enter_context(
            house(BROKEN, tmp_path_factory.mktemp("broken"), without=("escalate", "watch"))
        )
        yield judge(workshop, play(workshop))


_promised = plan.on_delivered


def _promised_twice(session: ScopedSession, tenant: Tenant, order: WorkOrder) -> list[FollowUp]:
    made = _promised(session, tenant, order)
    for one in made:
        again: dict[str, Any] = {
            name: getattr(one, name)
            for name in ("step", "customer_id", "earliest_on", "due_on", "means", "work_order_id")
        }
        promise(session, tenant.id, f"again:{one.key}", **again)
    return made


def test_weeks_of_a_workshop_leave_nothing_wrong(sound: Verdict) -> None:
    assert sound.findings == ()
    happened = ("delivered", "voice", "sms", "fax", "calls_in", "calls_out", "cases", "letters")
    assert all(sound.figures[name] for name in happened), sound.figures


@pytest.mark.parametrize("what", FOUND)
def test_the_judge_finds_what_is_broken(broken: Verdict, what: str) -> None:
    word, about = FOUND[what]

    assert [said for found, said in broken.findings if found == word and about in said], what
