"""A call we place: its source, delivery and attempt, as the dispatcher would have left them."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from core.db import ALL_TENANTS
from core.runtime import Runtime
from customers.models import Customer
from flows import publish
from outbound.models import Attempt, Delivery, Sender, Source


def place(runtime: Runtime, flow: str, token: str, variables: dict[str, str], to: str, from_: str) -> None:
    """Rows of one attempt to reach *to* by *flow*, numbered 1."""
    now = clock.now()
    content = {"texts": {"en": {"flow": publish.loaded(publish.library(flow)).hash}}}
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(Customer(id=1, tenant_id=1, name="Li Na", created_at=now))
        session.add(Sender(id=1, tenant_id=1, channel="voice", address=from_, rate_per_s=1, next_at=now))
        session.add(
            Source(
                id=1,
                tenant_id=1,
                name="wave:1",
                channel="voice",
                purpose="service",
                priority=2,
                content=content,
                created_at=now,
            )
        )
        session.flush()
        session.add(
            Delivery(
                id=1,
                tenant_id=1,
                source_id=1,
                customer_id=1,
                channel="voice",
                address=to,
                language="en",
                variables=variables,
                state="active",
                due_at=now,
                expires_at=now + timedelta(days=1),
                created_at=now,
            )
        )
        session.flush()
        session.add(
            Attempt(
                id=1,
                tenant_id=1,
                delivery_id=1,
                source_id=1,
                sender_id=1,
                channel="voice",
                address=to,
                token=token,
                state="accepted",
                started_at=now,
            )
        )
