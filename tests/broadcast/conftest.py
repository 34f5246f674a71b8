"""A company with customers and senders, its commands and the worker's jobs; nothing ever leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from broadcast import campaigns, jobs
from broadcast.certificate import certificate
from broadcast.models import Campaign, Recipient
from broadcast.queries import Progress, progress
from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber
from outbound import following
from outbound.models import Delivery, Sender
from tests import once

SMS = '{en: {text: "Hello {{ name }}"}}'


@dataclass
class House:
    """What a test drives."""

    app: Flask
    folder: Path

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.app.extensions["carillon"]
        return found

    def session(self) -> Any:
        """A session of the first company."""
        return self.runtime.database.session(1)

    def customer(self, name: str, *addresses: str, kind: str = "mobile", **more: Any) -> int:
        """Somebody in the file; the id."""
        tenant_id = more.pop("tenant_id", 1)
        with self.runtime.database.session(ALL_TENANTS) as session:
            customer = Customer(tenant_id=tenant_id, name=name, created_at=clock.now(), **more)
            session.add(customer)
            session.flush()
            for address in addresses:
                session.add(
                    CustomerNumber(tenant_id=tenant_id, customer_id=customer.id, address=address, kind=kind)
                )
            return customer.id

    def crowd(self, count: int) -> list[int]:
        """So many customers with a mobile each."""
        people = [Customer(tenant_id=1, name=f"Ann {n}", created_at=clock.now()) for n in range(count)]
        with self.session() as session:
            session.add_all(people)
            session.flush()
            for n, one in enumerate(people):
                address = f"+1415555{2000 + n}"
                session.add(CustomerNumber(tenant_id=1, customer_id=one.id, address=address, kind="mobile"))
        return [one.id for one in people]

    def write(self, name: str = "Autumn", channel: str = "sms", message: str = SMS, **more: str) -> Path:
        """A campaign's document on disk."""
        lines = {
            "name": name,
            "purpose": "service",
            "channel": channel,
            "audience": "{segment: {}}",
            "message": message,
            **more,
        }
        path = self.folder / f"{name}.yaml"
        path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()), encoding="utf-8")
        return path

    def run(self, *words: str) -> Result:
        """`flask campaigns …`."""
        return self.app.test_cli_runner().invoke(args=["campaigns", *words])

    def said(self, *words: str) -> dict[str, Any]:
        """The one JSON object a command prints."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def launched(self, **document: str) -> int:
        """A campaign that was launched, not yet prepared; its id."""
        found = self.said("create", str(self.write(**document)))
        self.said("launch", str(found["id"]), "--despite-double", "tests are alike")
        return int(found["id"])

    def running(self, **document: str) -> int:
        """A campaign that runs; its id."""
        campaign_id = self.launched(**document)
        self.prepare()
        assert self.campaign(campaign_id).state == "running"
        return campaign_id

    def prepare(self) -> None:
        """What the worker does."""
        jobs.prepare(self.runtime, None)  # type: ignore[arg-type]  # it needs no pool

    def settle(self) -> dict[str, int]:
        """What the worker does."""
        following.follow(self.runtime, None)  # type: ignore[arg-type]  # it needs no pool
        found = jobs.settle_all(self.runtime, None)  # type: ignore[arg-type]  # it needs no pool
        return {word: count for word, count in found.items() if count}

    def campaign(self, campaign_id: int) -> Campaign:
        """One campaign as it stands."""
        with self.runtime.database.reading(1) as session:
            return campaigns.get(session, campaign_id)

    def certificate(self, campaign_id: int) -> dict[str, Any]:
        """The proof."""
        with self.runtime.database.reading(1) as session:
            return certificate(session, campaigns.get(session, campaign_id))

    def progress(self, campaign_id: int) -> Progress:
        """What a screen shows, which always adds up."""
        with self.runtime.database.reading(1) as session:
            found = progress(session, campaigns.get(session, campaign_id))
        assert found.ended + found.waiting + found.in_flight + sum(found.held.values()) == found.targeted
        return found

    def recipients(self) -> list[str]:
        """How every recipient stands, in order of the customers: state, or state:reason."""
        with self.runtime.database.reading(ALL_TENANTS) as session:
            rows = session.scalars(select(Recipient).order_by(Recipient.campaign_id, Recipient.customer_id))
            return [f"{row.state}:{row.reason}".strip(":") for row in rows]

    def deliveries(self) -> list[str]:
        """The address of every delivery."""
        with self.runtime.database.reading(ALL_TENANTS) as session:
            return list(session.scalars(select(Delivery.address).order_by(Delivery.id)))

    def change(self, customer_id: int, **values: Any) -> None:
        """Write into the delivery of a customer what became of it."""
        with self.runtime.database.session(ALL_TENANTS) as session:
            session.execute(update(Delivery).where(Delivery.customer_id == customer_id).values(**values))


Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path, frozen: datetime) -> Iterator[Build]:
    """Builds a house on a database."""
    made: list[House] = []

    def make(url: str) -> House:
        app = once.application(Config(database_url=url, state_dir=tmp_path / "state"), carriers={})
        house = House(app, tmp_path)
        made.append(house)
        _furnish(house)
        return house

    yield make
    for house in made:
        house.runtime.spool.close()
        house.runtime.database.close()


def _furnish(house: House) -> None:
    with house.runtime.database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", region="US", created_at=clock.now()))
        session.flush()
        for channel, address in {
            "voice": "+18005550100",
            "sms": "+18005550101",
            "fax": "+18005550102",
        }.items():
            session.add(
                Sender(
                    tenant_id=1,
                    channel=channel,
                    address=address,
                    state="open",
                    rate_per_s=10.0,
                    next_at=clock.real(),
                )
            )


@pytest.fixture
def house(build: Build, fresh_url: str) -> House:
    """A house on a fresh database."""
    return build(fresh_url)


@pytest.fixture
def both(build: Build, database_url: str) -> House:
    """The same on both databases; mark the test `storage`."""
    return build(database_url)
