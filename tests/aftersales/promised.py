"""Jobs that were delivered some days ago, whose first call a line of ours is to make."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from aftersales import automated, called, calls, plan, settings
from aftersales.calls import Heard
from aftersales.models import CallRecord, FollowUp, WorkOrder
from core import clock
from core.db import ScopedSession
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber
from flows.language.rules import Rules
from flows.publish import library, publish
from outbound.models import Attempt, Delivery, Sender, Source

NUMBER = "+14155552001"
CALL = "CA" + "1" * 32
PLAN = """
plan:
  - {step: first, first: 3, last: 7, by: BY}
  - {step: second, after: first, first: 7, last: 14}
automated: {days_for_person: 2, low_score: 2}
"""


@dataclass
class Promised:
    """Tenant 1, one customer, one job delivered *days_ago*; each method is a transaction."""

    runtime: Runtime
    by: str = "call_then_person"
    days_ago: int = 3
    number: str = NUMBER
    is_published: bool = True
    rules: str = PLAN
    at: datetime = field(default_factory=clock.now)

    def __post_init__(self) -> None:
        with self.session() as session:
            tenant = session.get_one(Tenant, 1)
            settings.change(session, tenant, settings.read(self.rules.replace("BY", self.by)), "test")
            if self.is_published:
                publish(session, 1, library("survey"), Rules(), clock.now())
            customer = Customer(tenant_id=1, name="Li Lei", language="zh", agent_id=2, created_at=self.at)
            session.add_all([customer, Sender(tenant_id=1, channel="voice", address="+18005550100", rate_per_s=1.0, next_at=self.at)])  # fmt: skip
            session.flush()
            if self.number:
                session.add(CustomerNumber(tenant_id=1, customer_id=customer.id, address=self.number, kind="mobile"))  # fmt: skip
            before = self.at - timedelta(days=self.days_ago)
            order = WorkOrder(
                tenant_id=1, number="W1", customer_id=customer.id, state="delivered", origin="test",
                received_at=before, delivered_at=before, created_at=before,
            )  # fmt: skip
            session.add(order)
            session.flush()
            plan.on_delivered(session, tenant, order)

    def session(self) -> Any:
        return self.runtime.database.session(1)

    def arrange(self) -> int:
        with self.session() as session:
            return automated.arrange(session, session.get_one(Tenant, 1), clock.now())

    def hear(self) -> int:
        clock.advance(timedelta(minutes=2))
        with self.session() as session:
            return called.hear(session, session.get_one(Tenant, 1), clock.now())

    def hear_and_die(self) -> None:
        with self.session() as session:
            called.hear(session, session.get_one(Tenant, 1), clock.now() + timedelta(minutes=2))
            raise KeyboardInterrupt

    def arrange_and_die(self) -> None:
        with self.session() as session:
            automated.arrange(session, session.get_one(Tenant, 1), clock.now())
            raise KeyboardInterrupt

    def ends(self, state: str, attempts: int = 1, outcome: str = "reached", **values: Any) -> None:
        """The delivery ends in *state* after so many attempts, which ended in *outcome*."""
        with self.session() as session:
            delivery = session.scalars(select(Delivery)).one()
            delivery.state, delivery.attempts, delivery.ended_at = state, attempts, clock.now()
            for name, value in values.items():
                setattr(delivery, name, value)
            for number in range(attempts):
                session.add(
                    Attempt(
                        tenant_id=1, delivery_id=delivery.id, source_id=delivery.source_id, sender_id=session.scalars(select(Sender.id)).one(),
                        channel="voice", address=delivery.address, token=f"t{number}", state="ended", outcome=outcome,
                        carrier_id=f"{CALL[:-1]}{number}", started_at=clock.now(), ended_at=clock.now(),
                    )
                )  # fmt: skip

    def talks(self, **answers: str) -> None:
        """The customer takes the call and keys in *answers*; without any he says nothing."""
        with self.session() as session:
            follow_up, call_id = self.one(session), f"{CALL[:-1]}0"
            calls.heard(
                session,
                [Heard(1, call_id, "out", clock.now(), follow_up.customer_id, self.number, follow_up.id)],
            )
            calls.spoke(session, [call_id] if answers else [])
            calls.answered(session, {call_id: answers} if answers else {})

    def one(self, session: ScopedSession, step: str = "first") -> FollowUp:
        return session.scalars(select(FollowUp).where(FollowUp.step == step)).one()

    def stands(self) -> tuple[str, str, str]:
        """State, means and reason of the first call."""
        with self.session() as session:
            found = self.one(session)
            return found.state, found.means, found.reason

    def rows(self, model: Any) -> list[Any]:
        with self.runtime.database.reading(1) as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return found


__all__ = ["CALL", "NUMBER", "PLAN", "CallRecord", "Promised", "Source"]
