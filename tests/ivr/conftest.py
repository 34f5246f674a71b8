"""A tenant with a hotline in a database of its own, and a caller whose requests the carrier signs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, draining, web
from core.carriers import connect
from core.config import Config
from core.db import ALL_TENANTS, Base, Database
from core.models import Staff, Tenant
from core.runtime import Runtime
from core.spool import Spool
from customers.suppression import SPOOLED as OPT_OUTS
from flows import publish
from flows.models import FlowVersion
from ivr import records, snapshot
from ivr.models import HotlineNumber
from ivr.webhooks import bp
from outbound import answering
from outbound.models import Attempt
from tests.ivr.phone import AGENT, HOTLINE, URL, Caller

assert FlowVersion.metadata is Attempt.metadata, "every table must be known before any is made"
NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
"""A Wednesday, noon in New York."""


@pytest.fixture
def config(fresh_url: str, tmp_path: Path) -> Config:
    return Config(database_url=fresh_url, public_url=URL, state_dir=tmp_path / "state")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A settled database, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "carillon.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    _settle(database)
    database.close()
    return path


@pytest.fixture
def app(config: Config, template: Path) -> Iterator[Flask]:
    with settled(config, template) as app:
        yield app


@contextmanager
def settled(config: Config, template: Path) -> Iterator[Flask]:
    """A web process on a copy of the *template*, at noon of a working day."""
    _copy(template, config.database_url)
    clock.freeze(NOON)
    app = make_app(config)
    runtime: Runtime = app.extensions["carillon"]
    snapshot.refresh(runtime.database, config.state_dir)
    try:
        yield app
    finally:
        runtime.spool.close()
        runtime.database.close()
        clock.freeze(None)


@pytest.fixture
def another_process(app: Flask, config: Config) -> Iterator[Callable[[str], Flask]]:
    """Makes a second web process of the same host; give it a name of its own."""
    made: list[Flask] = []

    def make(name: str) -> Flask:
        made.append(make_app(config, name))
        return made[-1]

    yield make
    for other in made:
        other.extensions["carillon"].spool.close()
        other.extensions["carillon"].database.close()


def make_app(config: Config, owner: str = "web") -> Flask:
    """One web process that answers calls; a second one made with the same settings is another process to the first."""
    app = Flask("hotline")
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    spooled = Spool(config.state_dir / "spool", owner)
    app.extensions["carillon"] = Runtime(config, Database(config.database_url), connect(config), spooled)
    web.init_app(app)
    app.register_blueprint(bp)
    return app


def _copy(template: Path, url: str) -> None:
    """What the *template* holds, in the empty database at *url*."""
    if url.startswith("sqlite"):
        shutil.copy(template, url.removeprefix("sqlite:///"))
        return
    database = Database(url)
    _settle(database)
    database.close()


def _settle(database: Database) -> None:
    with database.session(ALL_TENANTS) as session:
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


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["carillon"]
    return found


@pytest.fixture
def drain(runtime: Runtime) -> Callable[[], int]:
    """Carry the spool into the database, as the worker does."""
    handlers = {**records.SPOOLED, **OPT_OUTS, **answering.SPOOLED}
    return lambda: draining.drain(runtime.spool_dir, runtime.database, handlers)


@pytest.fixture
def rows(runtime: Runtime) -> Callable[[type[Any]], list[Any]]:
    """Every row of a table, in order of id."""

    def found(model: type[Any]) -> list[Any]:
        with runtime.database.reading(ALL_TENANTS) as session:
            all_rows = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return all_rows

    return found


@pytest.fixture
def caller(app: Flask) -> Caller:
    return Caller(app.test_client())
