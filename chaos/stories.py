"""What happens in the aimed storms: ordered, not left to luck, and over when all is quiet."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from broadcast import campaigns
from broadcast.models import Campaign
from chaos.house import House
from chaos.world import DESK, HOTLINE, PARIS_CLOSES
from core import clock, hosts
from core.db import ALL_TENANTS
from ivr import snapshot

Story = Callable[[House], None]
# for so long a campaign is given to reach somebody it must not reach, or never will
PATIENCE_S = 15.0


def finish(house: House) -> None:
    house.wait(house.is_quiet, f"not quiet: {house.counts()}", 90)
    house.exchange.wait_idle(30)


def plain(house: House) -> None:
    """A campaign runs to its end."""
    house.launch()
    house.start_worker()
    finish(house)


def accepted_late(house: House) -> None:
    """The carrier takes six seconds to accept an order, long after nobody waits for its answer any more."""
    house.launch()
    house.start_worker()
    house.wait(
        lambda: bool(house.ledger.ask("SELECT 1 FROM requests WHERE fault = 'accept_late'")),
        "nothing is late",
    )
    finish(house)


def late(point: str) -> Story:
    """A sending thread is held at *point* until long after its lease, and another worker takes over; then it goes on."""

    def story(house: House) -> None:
        house.launch()
        with _held(house, point):
            house.start_worker()
            house.wait(lambda: house.counts().get("ended", 0) >= len(house.crowd), "nobody takes over", 90)
        time.sleep(3.0)  # the point: what the first still wants to do, it does now
        finish(house)

    return story


@contextmanager
def _held(house: House, point: str) -> Any:
    """A worker whose thread waits at *point* while the body runs."""
    gate = house.folder / "gate"
    worker = house.start_worker([{"point": point, "pass": 1, "act": "hold", "gate": str(gate)}])
    house.wait(lambda: house.noted(point), f"the worker does not come to {point}")
    yield worker
    gate.touch()


def key_after_claim(house: House) -> None:
    """Somebody opts out by key while their text is claimed and not yet on its way."""
    house.launch()
    with _held(house, "claimed"):
        sid = house.exchange.call(house.crowd[0].address, HOTLINE, "9")
        house.wait(lambda: house.exchange.transcript(sid)["status"] == "completed", "the call does not end")
        time.sleep(house.leaves_within_s + 1.5)  # the point: what was on its way has left
    finish(house)


def window_closes(house: House) -> None:
    """A worker that claimed before the window closes is slow to send, though in its own time."""
    gate = house.folder / "gate"
    house.launch()
    house.start_worker([{"point": "claimed", "pass": 1, "act": "hold", "gate": str(gate)}])
    closed = PARIS_CLOSES + timedelta(seconds=1.5 * house.speed)
    house.wait(lambda: clock.now() > closed, "the window does not close")
    gate.touch()
    finish(house)


def two_campaigns(house: House) -> None:
    """The first campaign reaches its recipient; of the second nothing is accepted, and the carrier's answer says nothing."""
    house.launch("First")
    house.start_worker()
    house.wait(lambda: house.counts().get("ended", 0) >= 1, "the first does not arrive")
    house.exchange.fault("error_before", channel="texts")
    house.launch("Second")
    finish(house)


def _text_stop(house: House, address: str) -> None:
    """Somebody texts STOP, again if a server that has only just started does not take it."""

    def is_answered() -> bool:
        return bool(house.ledger.ask("SELECT 1 FROM webhooks WHERE kind = 'sms' AND status = 200"))

    house.exchange.text(address, DESK, "STOP")
    with suppress(TimeoutError):
        house.wait(is_answered, "", PATIENCE_S)
        return
    house.exchange.text(address, DESK, "STOP")
    house.wait(is_answered, "no answer")


def stop_waits_in_the_spool(house: House) -> None:
    """A STOP waits in the spool for so long that a campaign begins meanwhile."""
    gate = house.folder / "gate"
    worker = house.start_worker([{"point": "carrying", "pass": 1, "act": "hold", "gate": str(gate)}])
    _text_stop(house, house.crowd[0].address)
    house.wait(lambda: house.noted("carrying"), "nothing is carried")
    time.sleep(
        6.0 + house.config.submit_window_s
    )  # the point: later than what was claimed in good faith may leave
    house.launch()
    time.sleep(4.0)  # the point: a claim would be made by now
    assert worker.poll() is None
    gate.touch()
    finish(house)


def web_dies_after_stop(house: House) -> None:
    """A web server is killed as soon as it has answered a STOP."""
    _text_stop(house, house.crowd[0].address)
    house.kill_web()
    house.start_web()
    house.start_worker()
    time.sleep(6.0 + house.config.submit_window_s)  # the point: the opt-out stands by then
    house.launch()
    finish(house)


def worker_dies_carrying(house: House) -> None:
    """A worker is killed while it carries a STOP into the database."""
    _text_stop(house, house.crowd[0].address)
    first = house.start_worker([{"point": "opting_out", "pass": 1, "act": "kill"}])
    _wait_for_end(house, first)
    house.start_worker()
    time.sleep(6.0 + house.config.submit_window_s)  # the point: the opt-out stands by then
    house.launch()
    finish(house)


def _wait_for_end(house: House, process: subprocess.Popen[bytes]) -> None:
    house.wait(lambda: process.poll() is not None, "the worker is not killed")


def killed_after_claim(house: House) -> None:
    """A worker dies with a claim in its hands; without the guard nobody comes back to it."""
    house.launch()
    _wait_for_end(house, house.start_worker([{"point": "claimed", "pass": 1, "act": "kill"}]))
    house.start_worker()
    _await(house, house.is_quiet)
    house.exchange.wait_idle(30)


def restored(house: House) -> None:
    """A copy of the database is restored that is older than what a campaign has sent since."""
    house.launch("First")
    worker = house.start_worker()
    house.wait(lambda: house.counts().get("ended", 0) >= 1, "the first does not arrive")
    _end(worker)
    house.launch("Second")
    copy = house.folder / "copy.db"
    _copy(_file(house), copy)
    worker = house.start_worker()
    house.wait(lambda: house.counts().get("ended", 0) >= 2, "the second does not arrive")
    _end(worker)
    _copy(copy, _file(house))
    house.start_worker()
    _await(house, lambda: left(house) > 2)
    house.exchange.wait_idle(30)


def stop_on_a_lost_machine(house: House) -> None:
    """A STOP stands in the spool of a machine that has been silent for a minute."""
    elsewhere = house.folder / "elsewhere"
    elsewhere.mkdir()
    snapshot.refresh(house.database, elsewhere)
    house.kill_web()
    house.start_web(settings={"state_dir": elsewhere})
    _text_stop(house, house.crowd[0].address)
    house.kill_web()
    with house.database.session(ALL_TENANTS) as session:
        hosts.report(session, "elsewhere", clock.real() - timedelta(minutes=1), 100, 0.0)
    house.start_web()
    time.sleep(6.0 + house.config.submit_window_s)  # the point: the opt-out stands by then
    house.launch()
    house.start_worker()
    _await(house, lambda: left(house) > 0)
    house.exchange.wait_idle(30)


def two_waves(house: House) -> None:
    """The first of two waves reaches everybody."""
    number = house.launch(waves=2)

    def is_finished() -> bool:
        with house.database.reading(1) as session:
            return session.get_one(Campaign, number).state == "finished"

    house.start_worker()
    house.wait(is_finished, "the campaign does not end")
    house.exchange.wait_idle(30)


def paused_after_claim(house: House) -> None:
    """A campaign is paused while a text is claimed and not yet on its way, and goes on later."""
    number = house.launch()
    with _held(house, "claimed"), pausing(house, number):
        time.sleep(house.leaves_within_s + 1.5)  # the point: what was on its way has left
        (house.folder / "gate").touch()
        time.sleep(3.0)  # the point: what it still wants to do, it does now
    finish(house)


@contextmanager
def pausing(house: House, number: int) -> Any:
    """The campaign *number* is paused while the body runs; the judge is told."""
    with house.database.session(1) as session:
        campaigns.pause(session, session.get_one(Campaign, number), "chaos")
    since = clock.real()
    yield since
    house.pauses.append((since, clock.real()))
    with house.database.session(1) as session:
        campaign = session.get_one(Campaign, number)
        if campaign.state == "paused":  # what leaves in spite of a pause may have been the last
            campaigns.resume(session, campaign, "chaos")


def silent_carrier(seconds: float) -> Story:
    """In the middle of a campaign the carrier takes orders for so many seconds and says nothing."""

    def story(house: House) -> None:
        house.launch()
        house.start_worker()
        house.wait(lambda: left(house) > 0, "nothing leaves")
        silence(house, seconds)

    return story


def silence(house: House, seconds: float) -> None:
    """The carrier is silent for so long; then the campaign runs to its end."""
    house.fall_silent(seconds)
    time.sleep(seconds)  # the point: nothing can happen that would end it
    house.settle()
    house.exchange.wait_idle(30)


def _await(house: House, done: Callable[[], bool]) -> None:
    with suppress(TimeoutError):
        house.wait(done, "", PATIENCE_S)


def left(house: House) -> int:
    """How many texts have left."""
    [(count,)] = house.ledger.ask("SELECT count(*) FROM texts WHERE direction = 'outbound-api'")
    return int(count)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _file(house: House) -> Path:
    return Path(str(make_url(house.config.database_url).database))


def _copy(source: Path, target: Path) -> None:
    """As `sqlite3 source ".backup target"` does."""
    with sqlite3.connect(source) as from_, sqlite3.connect(target) as to:
        from_.backup(to)
    from_.close()
    to.close()
