"""An application with two companies on a SQLite file, and browsers signed in to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from console import sessions
from console.access import COOKIE
from core import clock
from core.config import load
from core.db import Database
from core.runtime import Runtime
from tests import once
from tests.console.screens import CHROMIUM, FLAGS
from tests.console.world import NOW, PASSWORD, Company, build

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    clock.freeze(NOW)
    # no exchange that somebody runs on this computer is asked
    config = load(database_url=fresh_url, state_dir=tmp_path, exchange_url="http://127.0.0.1:1")
    made = once.application(config, carriers={})
    runtime: Runtime = made.extensions["carillon"]
    yield made
    runtime.spool.close()
    runtime.database.close()
    clock.freeze(None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; it ends with its module, because asyncio cannot be used beside it."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def built(
    sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sqlite3.Connection, tuple[Company, Company]]]:
    """A SQLite database with both companies, built once and copied for each test."""
    path = tmp_path_factory.mktemp("companies") / "built.db"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    found = build(database)
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        yield connection, found


@pytest.fixture
def companies(app: Flask, request: pytest.FixtureRequest) -> tuple[Company, Company]:
    database: Database = app.extensions["carillon"].database
    if not database.is_sqlite:
        return build(database)
    kept, found = request.getfixturevalue("built")
    with closing(sqlite3.connect(database.engine.url.database or "")) as fresh:
        kept.backup(fresh)
    return found


@pytest.fixture
def ours(companies: tuple[Company, Company]) -> Company:
    return companies[0]


@pytest.fixture
def theirs(companies: tuple[Company, Company]) -> Company:
    return companies[1]


@pytest.fixture
def signed_in(app: Flask, ours: Company) -> SignIn:
    """A browser of ours, signed in with a role."""

    def open_browser(role: str) -> FlaskClient:
        runtime: Runtime = app.extensions["carillon"]
        token = sessions.sign_in(runtime.database, ours.email(role), PASSWORD, sessions.IDLE * 5)
        assert token
        client = app.test_client()
        client.set_cookie(COOKIE, token)
        return client

    return open_browser
