"""A hotline whose callers wait for agents, through the exchange: who rings, who answers, and what the ledger says."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS
from core.jobs import drain
from core.models import Staff, Tenant
from exchange.rows import Step
from flows import publish
from flows.language.rules import Rules
from ivr import snapshot
from ivr.models import HotlineNumber
from ivr.queue import agents, teams
from ivr.queue.jobs import move_on, reconcile
from ivr.queue.models import Agent, Offer, Waiter
from outbound.models import Sender
from tests.plant import ACCOUNT, TOKEN, VOICE, Plant, start

FLOW = """
name: hotline
direction: inbound
purpose: service
languages: {en: {}, zh: {}}
default_language: en
start: agent
person: agent
nodes:
  agent:
    kind: queue
    team: service
    max_wait_s: 1200
    callback: register
    overflow: message
    unavailable: message
  register:
    kind: callback
    team: service
    text: {en: "We will call you back.", zh: "我们会给您回电。"}
    next: bye
    refused: message
    unavailable: message
  message:
    kind: record
    box: desk
    text: {en: "Please leave a message.", zh: "请留言。"}
    next: bye
    otherwise: bye
  bye: {kind: hangup, text: {en: "Goodbye.", zh: "再见。"}}
"""
WAITED = re.compile(r"(\w+) after (\d+) s")


def agent_phone(n: int) -> str:
    return f"+1415557{n:04d}"


def caller_phone(n: int) -> str:
    return f"+1415556{n:04d}"


@dataclass
class House:
    """A running hotline with agents."""

    plant: Plant

    def ring(self, n: int, **more: Any) -> str:
        """Caller number *n* rings; the call's sid."""
        return self.plant.exchange.call(caller_phone(n), VOICE, **more)

    def work(self) -> None:
        """What the worker does in a second."""
        move_on(self.plant.runtime, self.plant.pool)

    def reconcile(self) -> None:
        """What the worker does every half minute, and before that every second."""
        drain(self.plant.runtime, self.plant.pool)
        reconcile(self.plant.runtime, self.plant.pool)

    def until(self, done: Callable[[], Any], timeout_s: float = 60.0) -> Any:
        """Work until *done*, or fail; what it found."""
        deadline = time.monotonic() + timeout_s
        while not (found := done()):
            assert time.monotonic() < deadline, f"not in {timeout_s} s: {self.waiters()} {self.agents()}"
            self.work()
            time.sleep(0.05)
        return found

    def rows(self, model: type[Any]) -> list[Any]:
        with self.plant.runtime.database.reading(ALL_TENANTS) as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return found

    def waiters(self) -> list[tuple[str, str]]:
        """How everybody who waited stands."""
        return [(one.state, one.outcome) for one in self.rows(Waiter)]

    def waiters_states(self) -> list[str]:
        return [one.state for one in self.rows(Waiter)]

    def agents(self) -> list[str]:
        return [one.state for one in self.rows(Agent)]

    def offers(self) -> list[str]:
        return [one.state for one in self.rows(Offer)]

    def put(self, state: str) -> None:
        """Every agent is *state*."""
        with self.plant.session() as session:
            for agent in session.scalars(select(Agent)):
                agents.asks(session, agent, state)

    def waits(self) -> list[tuple[str, int]]:
        """How each wait in the exchange's queue ended and after how many seconds, by its ledger."""
        steps = self.plant.exchange.ledger.rows(Step)
        return [
            (found[1], int(found[2]))
            for step in steps
            if step.kind == "left" and (found := WAITED.fullmatch(step.value))
        ]


def open_house(
    database_url: str,
    folder: Path,
    staff: int,
    people: dict[str, Any] | None = None,
    speed: float = 20.0,
    flow: str = FLOW,
    **decided: int,
) -> tuple[House, Callable[[], None]]:
    """A hotline with *staff* agents who answer within a second and press 1; *decided* about their team. And how to close it."""
    answers = {agent_phone(n): {"answer_after_s": 1, "keys": ["1"], "talk_s": 30} for n in range(staff)}

    def population(web: str) -> dict[str, Any]:
        number = {
            "account": ACCOUNT,
            "voice_url": f"{web}/ivr/answer",
            "voice_fallback_url": f"{web}/ivr/fallback",
            "status_callback": f"{web}/ivr/status",
        }
        return {
            "accounts": [{"sid": ACCOUNT, "token": TOKEN, "cps": 1000}],
            "numbers": {VOICE: number},
            "subscribers": {"numbers": {**answers, **(people or {})}},
        }

    plant, stop = start(database_url, folder, population, speed=speed)
    _furnish(plant, staff, flow, decided)
    return House(plant), stop


def _furnish(plant: Plant, staff: int, flow: str, decided: dict[str, int]) -> None:
    with plant.session() as session:
        publish.publish(session, 1, flow, Rules(), clock.now())
        session.add(HotlineNumber(tenant_id=1, address=VOICE, flow="hotline"))
        tenant = session.get_one(Tenant, 1)
        tenant.hotline = {"limits": {"at_once": 1000}}
        teams.decide(session, tenant, "service", {"wrap_up_s": 0, **decided}, "test")
        for n in range(staff):
            email = f"agent{n}@ours.example"
            session.add(
                Staff(
                    tenant_id=1,
                    email=email,
                    name=f"Agent {n}",
                    password="-",
                    roles=["after_sales"],
                    created_at=clock.now(),
                )
            )  # nobody signs in
            session.flush()
            agent = agents.enrol(session, tenant, email, agent_phone(n), (), ("service",), "test")
            agents.asks(session, agent, "available")
        assert session.scalar(select(Sender.id)), "callbacks are made from a number of ours"
    snapshot.refresh(plant.runtime.database, plant.runtime.config.state_dir)
