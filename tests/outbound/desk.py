"""Rows as a slice leaves them, without a carrier: what receipts and reconciliation begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS, Database, ScopedSession
from core.models import Tenant
from customers.models import ConsentEvent, Customer, CustomerNumber, Touch
from outbound import deliveries
from outbound.models import Attempt, Delivery, Receipt, Sender, Source

NUMBERS = {"voice": "+18005550100", "sms": "+18005550101", "fax": "+18005550102"}
ADDRESS = "+14155552001"


@dataclass
class Desk:
    """A company with a sender for each channel."""

    database: Database

    def __post_init__(self) -> None:
        with self.session() as session:
            session.add(
                Tenant(id=1, slug="ours", name="Ours", zone="America/New_York", created_at=clock.now())
            )
            session.flush()
            for channel, address in NUMBERS.items():
                session.add(
                    Sender(
                        tenant_id=1,
                        channel=channel,
                        address=address,
                        state="open",
                        rate_per_s=10.0,
                        lines=0 if channel == "sms" else 5,
                        next_at=clock.real(),
                    )
                )

    def session(self) -> Any:
        """What jobs work in."""
        return self.database.session(ALL_TENANTS)

    def attempt(
        self, channel: str = "sms", state: str = "accepted", address: str = ADDRESS, **more: Any
    ) -> int:
        """An attempt at a delivery under way, with its touch; its id. *token* is the channel's name unless given."""
        with self.session() as session:
            token = more.pop("token", channel)
            source = self._source(session, channel, more.pop("retries", {}))
            customer = self._customer(session, address)
            wanted = deliveries.Wanted(customer.id, address, "en", {"name": "Ann"})
            deliveries.add(session, source, [wanted], clock.now(), clock.now() + timedelta(days=1))
            delivery = session.scalars(select(Delivery).where(Delivery.source_id == source.id)).one()
            delivery.state, delivery.attempts = more.pop("delivery", "active"), 1
            session.add(self._touch(customer, address, channel, token))
            known = {"carrier_id": "SM1", "status": "queued"} if state == "accepted" else {}
            attempt = Attempt(
                tenant_id=1,
                delivery_id=delivery.id,
                source_id=source.id,
                sender_id=session.scalars(select(Sender.id).where(Sender.channel == channel)).one(),
                channel=channel,
                address=address,
                token=token,
                state=state,
                started_at=clock.now(),
                **{
                    "lease_until": clock.real() + timedelta(seconds=60),
                    "submitted_at": None if state == "claimed" else clock.real(),
                    **known,
                    **more,
                },
            )
            session.add(attempt)
            session.flush()
            return attempt.id

    def _source(self, session: ScopedSession, channel: str, retries: dict[str, Any]) -> Source:
        name = f"test:{len(session.scalars(select(Source.id)).all()) + 1}"
        texts = {"en": {"text": "Hello", "subject": "Hello", "paragraphs": ["Hello"], "flow": "hash"}}
        return deliveries.open_source(
            session,
            1,
            name,
            channel=channel,
            purpose="service",
            content={"texts": texts, "variables": {}},
            campaign=name,
            retries=retries,
        )

    def _customer(self, session: ScopedSession, address: str) -> Customer:
        customer = Customer(tenant_id=1, name="Ann", language="en", created_at=clock.now())
        session.add(customer)
        session.flush()
        session.add(CustomerNumber(tenant_id=1, customer_id=customer.id, address=address, kind="mobile"))
        session.add(
            ConsentEvent(
                tenant_id=1,
                customer_id=customer.id,
                purpose="service",
                level="express_written",
                source="test",
                at=clock.now(),
            )
        )
        return customer

    def _touch(self, customer: Customer, address: str, channel: str, token: str) -> Touch:
        return Touch(
            tenant_id=1,
            customer_id=customer.id,
            address=address,
            channel=channel,
            direction="out",
            purpose="service",
            source=f"attempt:{token}",
            state="intended",
            at=clock.now(),
        )

    def one(self, attempt_id: int = 1) -> Attempt:
        """An attempt as it stands."""
        with self.database.reading(ALL_TENANTS) as session:
            return session.get_one(Attempt, attempt_id)

    def delivery(self, attempt_id: int = 1) -> Delivery:
        """The delivery of an attempt as it stands."""
        with self.database.reading(ALL_TENANTS) as session:
            found = select(Delivery).join(Attempt, Attempt.delivery_id == Delivery.id)
            return session.scalars(found.where(Attempt.id == attempt_id)).one()

    def stands(self, attempt_id: int = 1) -> tuple[str, str]:
        """How attempt and delivery stand, such as ("ended:reached", "reached")."""
        attempt, delivery = self.one(attempt_id), self.delivery(attempt_id)
        return (
            f"{attempt.state}:{attempt.outcome}".strip(":"),
            f"{delivery.state}:{delivery.cause or delivery.reason}".strip(":"),
        )

    def touch(self) -> str:
        """What became of the touch."""
        with self.database.reading(ALL_TENANTS) as session:
            return session.scalars(select(Touch.state)).one()

    def receipts(self) -> list[tuple[str, str]]:
        """Every receipt kept."""
        with self.database.reading(ALL_TENANTS) as session:
            rows = session.scalars(select(Receipt).order_by(Receipt.id))
            return [(row.carrier_id, row.status) for row in rows]


def receipt(status: str, token: str = "sms", **more: Any) -> dict[str, Any]:  # noqa: S107  # a name in tests
    """A spooled status callback."""
    return {
        "token": token,
        "channel": "sms",
        "carrier_id": "SM1",
        "status": status,
        "sequence": 0,
        "code": "",
        "duration_s": 0,
        "pages": 0,
        "at": clock.now().isoformat(),
        **more,
    }
