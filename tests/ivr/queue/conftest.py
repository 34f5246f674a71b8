"""A tenant with a team and agents, without a telephone network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.db import ALL_TENANTS, Database, ScopedSession
from core.models import Staff, Tenant
from ivr.leg import Asking, Leg
from ivr.queue import agents, teams
from ivr.queue.models import Agent, Team, Waiter
from outbound.models import Sender
from tests.conftest import NOON

OURS = "+18005550100"


@dataclass
class Desk:
    """What a test works with."""

    session: ScopedSession
    tenant: Tenant
    team: Team

    def agent(self, n: int = 1, state: str = "available", skills: tuple[str, ...] = ()) -> Agent:
        email = f"agent{n}@ours.example"
        self.session.add(
            Staff(
                tenant_id=1, email=email, name=email, password="-", roles=["after_sales"], created_at=NOON
            )  # nobody signs in
        )
        self.session.flush()
        found = agents.enrol(
            self.session, self.tenant, email, f"+1415555000{n}", skills, ("service",), "test"
        )
        if state != "away":
            agents.put(self.session, [found.id], "available", clock.now())
        self.session.refresh(found)
        return found

    def waiter(self, n: int = 1, **more: Any) -> Waiter:
        now = clock.now()
        times = {"placed_at": now, "entered_at": now, "leaves_at": now + timedelta(hours=1)}
        about = {"key": f"w{n}", "call_id": f"CA{n}", "address": f"+1415555010{n}", "called": OURS}
        found = Waiter(
            **{"tenant_id": 1, "team_id": self.team.id, "state": "waiting", **times, **about, **more}
        )
        self.session.add(found)
        self.session.flush()
        return found

    def asking(
        self, key: str = "k1", call: str = "CA1", caller: str = "+14155550123", **given: str
    ) -> Asking:
        known = {
            "team": "service", "skills": "", "priority": "5", "max_wait_s": "600", "own_agent_s": "20", "number": caller,
        }  # fmt: skip
        leg = Leg(call, "AC1", caller, OURS, "in")
        return Asking(leg, key, "hotline", "agent", "en", 0, {**known, **given})


@pytest.fixture
def desk(database_url: str, frozen: object) -> Iterator[Desk]:
    database = Database(database_url)
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", zone="America/New_York", created_at=NOON))
        session.flush()
        session.add(
            Sender(
                tenant_id=1,
                channel="voice",
                address=OURS,
                rate_per_s=1.0,
                lines=1,
                state="open",
                next_at=NOON,
            )
        )
    with database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        team = teams.decide(session, tenant, "service", {}, "test")
        yield Desk(session, tenant, team)
    database.close()
