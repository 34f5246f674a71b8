"""A tenant with a hotline in a database of its own, and a caller whose requests the carrier signs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app import create_app
from core import clock, spool
from core.config import Config
from core.db import ALL_TENANTS, Base
from core.models import Staff, Tenant
from core.runtime import Runtime
from customers.suppression import SPOOLED as OPT_OUTS
from flows import publish
from flows.models import FlowVersion
from ivr import records, snapshot
from ivr.models import HotlineNumber
from ivr.webhooks import bp
from outbound.models import Attempt

assert FlowVersion.metadata is Attempt.metadata, "every table must be known before any is made"
URL = "https://carillon.example"
ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "exchange-demo-token"
HOTLINE, CALLER, AGENT = "+18005550100", "+14155550123", "+14155550999"
NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
"""A Wednesday, noon in New York."""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "state"
    return Config(database_url=f"sqlite:///{tmp_path / 'carillon.db'}", public_url=URL, state_dir=path)


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    clock.freeze(NOON)
    app = create_app(config)
    runtime: Runtime = app.extensions["carillon"]
    Base.metadata.create_all(runtime.database.engine)
    _settle(runtime)
    if bp.name not in app.blueprints:
        app.register_blueprint(bp)
    yield app
    runtime.spool.close()
    runtime.database.close()
    clock.freeze(None)


def _settle(runtime: Runtime) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        for number, slug in enumerate(("acme", "other"), 1):
            session.add(
                Tenant(id=number, slug=slug, name=slug.title(), zone="America/New_York", created_at=NOON)
            )
        session.flush()
        for flow in (publish.library(name) for name in ("hotline", "promotion", "survey")):
            version = publish.save_draft(session, 1, flow, NOON)
            version.state, version.published_at = "published", NOON
        session.add(
            HotlineNumber(
                tenant_id=1,
                address=HOTLINE,
                flow="hotline",
                forward_to=AGENT,
                variables={"roadside_number": "+14155550777"},
            )
        )
        session.add(
            Staff(
                tenant_id=1,
                email="a@acme.example",
                name="Ann",
                password="-",
                roles=["after_sales"],
                created_at=NOON,
            )
        )
    snapshot.refresh(runtime.database, runtime.config.state_dir)


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["carillon"]
    return found


@pytest.fixture
def drain(runtime: Runtime) -> Callable[[], int]:
    """Carry the spool into the database, as the worker does."""
    handlers = {**records.SPOOLED, **OPT_OUTS}
    return lambda: spool.drain(runtime.spool_dir, runtime.database, handlers)


@pytest.fixture
def count(runtime: Runtime) -> Callable[[type[Base]], int]:
    """How many rows a table has."""

    def rows(model: type[Base]) -> int:
        with runtime.database.reading(ALL_TENANTS) as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    return rows


@dataclass
class Caller:
    """Somebody on the telephone: each request is made and signed as the carrier would."""

    client: FlaskClient
    sid: str = "CA" + "a" * 32
    from_: str = CALLER
    to: str = HOTLINE
    direction: str = "inbound"
    heard: list[str] = field(default_factory=list)
    document: str = ""

    def post(self, path: str, **more: str) -> TestResponse:
        """One signed request."""
        form = {
            "CallSid": self.sid,
            "AccountSid": ACCOUNT,
            "From": self.from_,
            "To": self.to,
            "CallStatus": "in-progress",
            "Direction": self.direction,
            **more,
        }
        signature = RequestValidator(TOKEN).compute_signature(URL + path, form)
        return self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})

    def ring(self, path: str = "/ivr/answer", **more: str) -> str:
        """The document the call begins with."""
        return self._take(self.post(path, **more))

    def press(self, digits: str) -> str:
        """The document after entering *digits* at the Gather heard last; "" enters nothing."""
        return self._take(self.post(self.target("Gather"), Digits=digits))

    def target(self, verb: str) -> str:
        """The path the present document sends the answer of *verb* to."""
        found = next(iter(ET.fromstring(self.document).iter(verb)))
        return (found.get("action") or "").removeprefix(URL)

    def _take(self, answer: TestResponse) -> str:
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "text/xml"
        self.document = answer.text
        self.heard += [say.text or "" for say in ET.fromstring(answer.text).iter("Say")]
        return answer.text


@pytest.fixture
def caller(app: Flask) -> Caller:
    return Caller(app.test_client())


def words(document: str) -> str:
    """Everything a document says."""
    return " ".join(say.text or "" for say in ET.fromstring(document).iter("Say"))
