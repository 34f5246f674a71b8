"""An application with two companies on a SQLite file, and browsers signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from console import sessions
from console.access import COOKIE
from core import clock
from core.config import load
from core.runtime import Runtime
from tests.console.world import NOW, PASSWORD, Company, build

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    clock.freeze(NOW)
    config = load(database_url=fresh_url, state_dir=tmp_path)
    made = create_app(config, carriers={})
    runtime: Runtime = made.extensions["carillon"]
    yield made
    runtime.spool.close()
    runtime.database.close()
    clock.freeze(None)


@pytest.fixture
def companies(app: Flask) -> tuple[Company, Company]:
    return build(app.extensions["carillon"].database)


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
