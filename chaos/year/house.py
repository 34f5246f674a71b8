"""The workshop's installation in one process, on a stepped clock that it shares with its telephone exchange."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

import aftersales.jobs
import core.jobs
import ivr.jobs
import outbound.jobs
from aftersales import settings
from app import create_app
from chaos.year import due, world
from chaos.year.world import World
from core import clock, schema
from core.config import Config
from core.db import ALL_TENANTS, ScopedSession
from core.models import Staff, Tenant
from core.runtime import Job, Lanes, Runtime
from customers.models import ConsentEvent, Customer, CustomerNumber
from exchange.server import InThread, run_in_thread
from exchange.stepping import SteppedClock
from flows import publish
from flows.language.rules import Rules
from ivr import snapshot
from ivr.models import HotlineNumber
from outbound.models import Sender

# promises before what leaves for them; what was spooled before either
JOBS: tuple[Job | Lanes, ...] = (
    *core.jobs.JOBS,
    *aftersales.jobs.JOBS,
    *outbound.jobs.JOBS,
    *ivr.jobs.JOBS,
)
# a year has no ticks to spare for what looks after disks, machines and the hotline's own file
IDLE = ("analyze", "look_at_carriers", "delete_recordings", "snapshot", "restore_guard", "heartbeat")
# what is looked for whenever anything happens; the rest is done where dates pass
OFTEN = ("drain", "arrange", "hear", "register", "dispatch", "follow")
# how soon the worker looks after somebody did something, and how often it looks again at one instant
GRID, ROUNDS = timedelta(minutes=30), 4
RULES = """
plan:
  - {step: first, first: 3, last: 7, by: call_then_person}
  - {step: second, after: first, first: 7, last: 14}
warn_ahead_h: 1
automated: {pick_up: [sms], variables: {desk: 020 7946 0100}}
"""
BUSINESS, SUPERVISOR = "business", 1


@dataclass
class House:
    """What the play and the judge share. Staff 1 is the supervisor; the agents follow in their places."""

    world: World
    runtime: Runtime
    exchange: InThread
    pool: ThreadPoolExecutor
    jobs: Sequence[Job | Lanes]
    ticks: int = 0
    looks_at: datetime | None = None

    def session(self) -> AbstractContextManager[ScopedSession]:
        """A transaction of the workshop's company."""
        return self.runtime.database.session(1)

    def does(self, act: Callable[[], None]) -> None:
        """Somebody does something now; the worker looks a little later."""
        act()
        self.looks_at = self.looks_at or clock.now() + GRID

    def run_to(self, until: datetime) -> None:
        """Let everything happen that is due before *until*, then let it be *until*: the clock jumps from one instant to the next."""
        while True:
            with self.runtime.database.reading(ALL_TENANTS) as session:
                own, is_date = due.after(session, clock.now())
            if self.looks_at is not None and self.looks_at < own:
                own, is_date = self.looks_at, False
            coming = self.exchange.settled()
            if coming is not None and coming <= min(own, until):
                self._talk(min(own, until))
                self.tick()
            elif own > until:
                break
            else:
                self._turn(own)
                self.tick(is_date=is_date)
        self._turn(until)

    def tick(self, *, is_date: bool = False) -> None:
        """What the worker does now, again until there is nothing to do."""
        self.looks_at = None
        for _ in range(ROUNDS):
            self.ticks += 1
            done = sum(self._do(job) for job in self.jobs if is_date or job.name in OFTEN)
            if not done:
                return

    def _do(self, job: Job | Lanes) -> int:
        if isinstance(job, Job):
            return sum(job.run(self.runtime, self.pool).values())
        return sum(
            sum(job.run(self.runtime, self.pool, lane, lambda: True).values())
            for lane in job.busy(self.runtime)
        )

    def _talk(self, until: datetime) -> None:
        """Let the lines talk until all is silent, or *until*."""
        while (coming := self.exchange.settled()) is not None and coming <= until:
            self._turn(coming)
        if coming is not None:
            self._turn(until)

    def _turn(self, to: datetime) -> None:
        """It is *to* now, here and in the exchange."""
        clock.freeze(max(to, clock.now()))
        self.exchange.wake(clock.now())


@contextmanager
def house(found: World, folder: Path, without: Sequence[str] = ()) -> Iterator[House]:
    """The workshop on the morning of its first day; *without* are jobs that nobody does."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    begins = world.at(world.FIRST, time())
    clock.freeze(begins)
    web = make_server("127.0.0.1", 0, Flask("nobody"), threaded=True)
    exchange = run_in_thread(
        world.population(found, f"http://127.0.0.1:{web.port}"),
        seed=found.seed,
        ledger=folder / "ledger.db",
        clock=SteppedClock(begins),
    )
    config = Config(
        database_url=f"sqlite:///{folder / 'carillon.db'}",
        public_url=f"http://127.0.0.1:{web.port}",
        exchange_url=exchange.base_url,
        state_dir=folder / "state",
        send_threads=8,
    )
    app = create_app(config)
    web.app = app
    serving = threading.Thread(target=web.serve_forever, daemon=True)
    serving.start()
    runtime: Runtime = app.extensions["carillon"]
    pool = ThreadPoolExecutor(config.send_threads)
    try:
        schema.upgrade(runtime.database)
        _furnish(runtime, found)
        jobs = [job for job in JOBS if job.name not in (*IDLE, *without)]
        yield House(found, runtime, exchange, pool, jobs)
    finally:
        runtime.stopping.set()
        pool.shutdown()
        web.shutdown()
        serving.join()
        web.server_close()
        exchange.stop()
        runtime.spool.close()
        runtime.database.close()
        clock.freeze(None)


def _furnish(runtime: Runtime, found: World) -> None:
    now = clock.now()
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(
            Tenant(id=1, slug="year", name="Lakeside", zone=world.ZONE, region=world.REGION, created_at=now)
        )
        session.flush()
        settings.change(session, session.get_one(Tenant, 1), settings.read(RULES), "year")
        for channel, address in (("voice", world.VOICE), ("sms", world.SMS), ("fax", world.FAX)):
            session.add(Sender(tenant_id=1, channel=channel, address=address, rate_per_s=200.0, next_at=now))
        for name in publish.library_names():
            publish.publish(session, 1, publish.library(name), Rules(), now)
        session.add(HotlineNumber(tenant_id=1, address=world.VOICE, flow="hotline", forward_to=world.DESK))
        _staff(session, found)
    with runtime.database.session(1) as session:
        _customers(session, found)
    snapshot.refresh(runtime.database, runtime.config.state_dir)


def _staff(session: ScopedSession, found: World) -> None:
    for number in range(found.left):
        role = "supervisor" if number + 1 == SUPERVISOR else "after_sales"
        session.add(Staff(
            id=number + 1, tenant_id=1, email=f"s{number}@example.com", name=f"Staff {number}", password="",  # nobody signs in
            roles=[role], department=BUSINESS, is_active=number + 1 != found.left, created_at=clock.now(),
        ))  # fmt: skip
    session.flush()


def _customers(session: ScopedSession, found: World) -> None:
    now = clock.now()
    for one in found.owners:
        session.add(Customer(
            id=one.number + 1, tenant_id=1, name=f"Owner {one.number}", language=one.place.language, zone=one.place.zone,
            agent_id=None if one.agent is None else one.agent + 2, created_at=now,
        ))  # fmt: skip
    session.flush()
    for one in found.owners:
        mine = {"tenant_id": 1, "customer_id": one.number + 1}
        session.add(CustomerNumber(**mine, address=one.address, kind="mobile"))
        if one.fax:
            session.add(CustomerNumber(**mine, address=one.fax, kind="fax"))
        session.add(
            ConsentEvent(**mine, purpose="service", level="express_written", source="contract", at=now)
        )
