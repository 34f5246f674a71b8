"""A whole installation in one process: database, web server, exchange in a thread, and a worker that is stepped by hand."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from app import create_app
from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.jobs import drain
from core.models import Tenant
from core.runtime import Runtime
from customers.models import ConsentEvent, Customer, CustomerNumber
from exchange import server as exchange_server
from outbound import deliveries
from outbound.dispatch import run_sender, senders
from outbound.following import follow
from outbound.models import Delivery, Sender, Source
from outbound.reconcile import reconcile

logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would bury what matters
ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "exchange-demo-token"
VOICE, SMS, FAX = "+18005550100", "+18005550101", "+18005550102"
SENDERS = {"voice": VOICE, "sms": SMS, "fax": FAX}
SPEED = 60.0
# a Wednesday, 10:00 in Los Angeles and 13:00 in New York
MORNING = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)
LETTER = {"subject": "Your invitation", "paragraphs": ["Dear {{ name }}, come and see us."]}
TEXTS: dict[str, dict[str, Any]] = {
    "sms": {"text": "Hello {{ name }}"},
    "fax": LETTER,
}
CONSTANTS = {
    "company": "Lakeside",
    "company_phone": "+18005550100",
    "opt_out_phone": "+18005550100",
    "opt_out_fax": "+18005550102",
}


@dataclass
class Plant:
    """What a test drives."""

    app: Flask
    runtime: Runtime
    exchange: exchange_server.InThread
    pool: ThreadPoolExecutor
    turn: clock.Turn

    def jump(self, by: timedelta) -> None:
        """Turn our clock forward; the exchange goes on by its own."""
        real = clock.real()
        self.turn = clock.Turn(real, self.turn.at(real) + by, SPEED, self.turn)
        clock.turn(self.turn)

    def ours(self, at: str) -> datetime:
        """What our clock showed when the exchange's showed *at*."""
        first = self.turn
        while first.before:
            first = first.before
        return self.turn.at(first.real + (datetime.fromisoformat(at) - first.business) / SPEED)

    def session(self) -> Any:
        """A session of the first tenant."""
        return self.runtime.database.session(1)

    def customers(self, *addresses: str, kind: str = "mobile", consent: bool = True) -> list[int]:
        """One customer an address, who agreed to everything."""
        people = [
            Customer(tenant_id=1, name=f"Ann {address[-4:]}", language="en", created_at=clock.now())
            for address in addresses
        ]
        agreed = {"level": "express_written", "source": "test", "at": clock.now()}
        with self.session() as session:
            session.add_all(people)
            session.flush()
            for one, address in zip(people, addresses, strict=True):
                own = {"tenant_id": 1, "customer_id": one.id}
                session.add(CustomerNumber(**own, address=address, kind=kind))
                for purpose in ("marketing", "service") if consent else ():
                    session.add(ConsentEvent(**own, purpose=purpose, **agreed))
        return [one.id for one in people]

    def deliver(
        self, channel: str, *addresses: str, purpose: str = "service", flow: str = "", **more: Any
    ) -> int:
        """Customers with these numbers, and a source with a delivery for each; the source's id."""
        kind = "fax" if channel == "fax" else "mobile"
        ids = self.customers(*addresses, kind=kind)
        text = {"flow": flow} if channel == "voice" else TEXTS[channel]
        with self.session() as session:
            name = f"wave:{len(session.scalars(select(Source.id)).all()) + 1}"
            content = {"texts": {"en": text}, "variables": CONSTANTS}
            source = deliveries.open_source(
                session, 1, name, channel=channel, purpose=purpose, content=content, campaign=name, **more
            )
            wanted = [
                deliveries.Wanted(customer_id, address, "en", {"name": f"Ann {address[-4:]}"})
                for customer_id, address in zip(ids, addresses, strict=True)
            ]
            deliveries.add(session, source, wanted, clock.now(), clock.now() + timedelta(days=3))
            return source.id

    def step(self) -> None:
        """What the worker does in a moment."""
        for sender_id, tenant_id, channel in senders(self.runtime):
            self.run_slice(sender_id, tenant_id, channel)
        drain(self.runtime, self.pool)
        follow(self.runtime, self.pool)
        reconcile(self.runtime, self.pool)

    def run_slice(self, sender_id: int, tenant_id: int, channel: str) -> Counter[str]:
        """What one claim lets leave."""
        asked = itertools.count()
        return run_sender(self.runtime, self.pool, sender_id, tenant_id, channel, lambda: next(asked) == 0)

    def run_until(self, done: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Step until *done*, or fail."""
        deadline = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline, f"not done in {timeout_s} s: {self.states()}"
            self.step()
            time.sleep(0.01)

    def states(self) -> dict[str, str]:
        """How every delivery stands: state, or state:reason."""
        with self.runtime.database.reading(ALL_TENANTS) as session:
            rows = session.scalars(select(Delivery).order_by(Delivery.id))
            return {row.address: f"{row.state}:{row.cause or row.reason}".strip(":") for row in rows}

    def is_over(self) -> bool:
        """Whether every delivery has ended."""
        return not any(
            state.split(":")[0] in ("pending", "held", "active") for state in self.states().values()
        )

    def contacts(self) -> list[dict[str, Any]]:
        """What the exchange says has left us."""
        return [row for row in self.exchange.ledger.contacts() if row["direction"] == "outbound-api"]


def population(subscribers: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """An exchange on which every human answers, every text arrives and every fax machine is good."""
    kinds = {
        "mobile": {"voice": {"human": 1}, "text": {"delivered": 1}, "talk_s": 5},
        "fax": {"fax": {"good": 1}},
    }
    return {
        "accounts": [{"sid": ACCOUNT, "token": TOKEN, "cps": 1000}],
        "numbers": {address: {"account": ACCOUNT} for address in SENDERS.values()},
        "subscribers": {**kinds, **(subscribers or {})},
        **parts,
    }


def start(
    database_url: str,
    folder: Path,
    people: dict[str, Any] | Callable[[str], dict[str, Any]],
    speed: float = SPEED,
    **settings: Any,
) -> tuple[Plant, Callable[[], None]]:
    """An installation on an empty database, and how to stop it. *people* may ask for the web server's address."""
    web = make_server("127.0.0.1", 0, Flask("nobody"), threaded=True)
    web.daemon_threads = False  # whoever closes the server waits for them
    base = f"http://127.0.0.1:{web.port}"
    began = clock.real()
    people = _coming_to(base, people(base) if callable(people) else people)
    exchange = exchange_server.run_in_thread(
        people, seed=1, speed=speed, ledger=folder / "ledger.db", epoch=MORNING, epoch_real=began
    )
    config = Config(
        database_url=database_url,
        public_url=base,
        exchange_url=exchange.base_url,
        state_dir=folder / "state",
        **{"submit_window_s": 2, "http_timeout_s": 2, "lease_margin_s": 1, "send_threads": 8, **settings},
    )
    app = create_app(config)
    web.app = app
    threading.Thread(target=web.serve_forever, daemon=True).start()
    runtime: Runtime = app.extensions["carillon"]
    clock.turn(turn := clock.Turn(began, MORNING, speed))
    _furnish(runtime)
    pool = ThreadPoolExecutor(config.send_threads)

    def stop() -> None:
        runtime.stopping.set()
        pool.shutdown()
        exchange.stop()
        web.shutdown()
        web.server_close()
        runtime.spool.close()
        runtime.database.close()
        clock.turn(None)

    return Plant(app, runtime, exchange, pool, turn), stop


def _coming_to(base: str, people: dict[str, Any]) -> dict[str, Any]:
    """*people* who reach us at *base* when they ring our numbers or text one."""
    rung = {
        "voice_url": f"{base}/ivr/answer",
        "voice_fallback_url": f"{base}/ivr/fallback",
        "status_callback": f"{base}/ivr/status",
    }
    numbers = {address: {**rung, **number} for address, number in people["numbers"].items()}
    if SMS in numbers:
        numbers[SMS] = {"sms_url": f"{base}/inbound/sms", **numbers[SMS]}
    return {**people, "numbers": numbers}


def _furnish(runtime: Runtime) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(
            Tenant(
                id=1, slug="ours", name="Ours", region="US", zone="America/New_York", created_at=clock.now()
            )
        )
        session.flush()
        for channel, address in SENDERS.items():
            session.add(
                Sender(
                    tenant_id=1,
                    channel=channel,
                    address=address,
                    rate_per_s=200.0,
                    lines=0 if channel == "sms" else 50,
                    state="open",
                    next_at=clock.real(),
                )
            )
