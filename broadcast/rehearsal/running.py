"""Rehearsals as rows: asked for, taken by one process, played in another, kept with what they found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from broadcast.models import Campaign, Rehearsal
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, Invalid, Unavailable
from core.runtime import Runtime
from core.sentences import restored
from core.states import move_all

ROOT = Path(__file__).parents[2]
# after so long without a sign of life a rehearsal is taken up again
SILENT = timedelta(seconds=90)
# what was found holds for a launch about that time of day
FRESH = timedelta(hours=2)
NICE = 10


def ask(session: ScopedSession, campaign: Campaign, who: str) -> Rehearsal:
    """Have *campaign* rehearsed; one that is asked for already is not asked for twice. Raises Conflict once it was launched."""
    if campaign.state not in ("draft", "waiting"):
        raise Conflict(
            "bad_transition",
            "campaign {id} is {state}; only a draft can be rehearsed",
            id=campaign.id,
            state=campaign.state,
        )
    waiting = select(Rehearsal).where(Rehearsal.campaign_id == campaign.id, Rehearsal.state == "waiting")
    found = session.scalar(waiting.limit(1))
    if found is None:
        found = Rehearsal(
            tenant_id=campaign.tenant_id, campaign_id=campaign.id, asked_by=who, asked_at=clock.now()
        )
        session.add(found)
        session.flush()
    return found


def latest(session: ScopedSession, campaign: Campaign) -> Rehearsal | None:
    """The rehearsal of *campaign* that was asked for last."""
    mine = select(Rehearsal).where(Rehearsal.campaign_id == campaign.id)
    return session.scalar(mine.order_by(Rehearsal.id.desc()).limit(1))


def is_fresh(rehearsal: Rehearsal | None, fingerprint: str) -> bool:
    """Whether *rehearsal* tells what a launch of what has *fingerprint* would bring now."""
    return (
        rehearsal is not None
        and rehearsal.state == "done"
        and rehearsal.fingerprint == fingerprint
        and clock.now() - rehearsal.asked_at < FRESH
    )


def take(session: ScopedSession, which: Any) -> Rehearsal | None:
    """The first waiting rehearsal for which *which* holds, as ours."""
    waiting = select(Rehearsal).where(which, Rehearsal.state == "waiting").order_by(Rehearsal.id).limit(1)
    found = session.scalar(waiting)
    mine = Rehearsal.id == (found.id if found else 0)
    if found is None or not move_all(session, Rehearsal, mine, "running", beat_at=clock.real(), percent=0):
        return None
    return found


def take_back(session: ScopedSession) -> None:
    """Let what nobody plays any more wait again."""
    is_silent = (Rehearsal.state == "running") & (Rehearsal.beat_at < clock.real() - SILENT)
    move_all(session, Rehearsal, is_silent, "waiting")


def carry_out(
    runtime: Runtime,
    rehearsal: Rehearsal,
    tell: Callable[[int], None] = lambda _: None,
    *,
    is_exact: bool = False,
) -> dict[str, Any]:
    """
    Play *rehearsal*, which is ours, and keep what it found; *tell* hears the percentage done.

    Raises Invalid with what keeps the campaign from a launch.
    """
    mine = Rehearsal.id == rehearsal.id

    def beat(percent: int) -> None:
        with runtime.database.session(rehearsal.tenant_id) as session:
            session.execute(update(Rehearsal).where(mine).values(percent=percent, beat_at=clock.real()))
        tell(percent)

    try:
        result = play(runtime, rehearsal.tenant_id, rehearsal.campaign_id, beat, is_exact=is_exact)
    except Invalid as error:
        _end(runtime, rehearsal, "failed", reason=error.message)
        raise
    except Unavailable as error:
        to = "waiting" if runtime.stopping.is_set() else "failed"
        _end(runtime, rehearsal, to, reason=error.message)
        raise
    _end(runtime, rehearsal, "done", result=result, fingerprint=result["fingerprint"], percent=100)
    return result


def _end(runtime: Runtime, rehearsal: Rehearsal, to: str, **values: Any) -> None:
    with runtime.database.session(rehearsal.tenant_id) as session:
        move_all(session, Rehearsal, Rehearsal.id == rehearsal.id, to, ended_at=clock.now(), **values)


def play(
    runtime: Runtime,
    tenant_id: int,
    campaign_id: int,
    beat: Callable[[int], None],
    *,
    is_exact: bool = False,
) -> dict[str, Any]:
    """
    What a launch now would bring; *beat* is told the percentage done.

    Raises Invalid with what a launch would refuse, Unavailable if the process ended without a word or we are stopping.
    """
    shown = -1
    with _process(runtime, tenant_id, campaign_id, is_exact) as lines:
        for line in lines:
            if runtime.stopping.is_set():
                break
            said: Mapping[str, Any] = json.loads(line)
            if "refused" in said:
                raise Invalid("rehearsal_refused", restored(said["refused"]))
            if "result" in said:
                return dict(said["result"])
            if said["percent"] > shown:
                shown = said["percent"]
                beat(shown)
    raise Unavailable(
        "rehearsal_cut_short", "the rehearsal ended without a result; see the log, then repeat it"
    )


@contextmanager
def _process(runtime: Runtime, tenant_id: int, campaign_id: int, is_exact: bool) -> Iterator[Iterator[str]]:
    """A process of its own, since its clock is turned; behind everything that sends."""
    words = [str(tenant_id), str(campaign_id), clock.now().isoformat(), *(["--exact"] if is_exact else [])]
    process = subprocess.Popen(  # noqa: S603  # our own module and numbers
        [sys.executable, "-m", "broadcast.rehearsal", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE_URL": runtime.config.database_url, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None  # asked for above
    os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    try:
        yield process.stdout
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
