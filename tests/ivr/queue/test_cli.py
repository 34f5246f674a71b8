"""Teams and agents on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import create_app
from core.config import Config
from core.db import ALL_TENANTS
from core.models import Staff, Tenant
from tests.conftest import NOON

ANN = "ann@ours.example"


@pytest.fixture
def runner(fresh_url: str, tmp_path: Path, frozen: object) -> Iterator[FlaskCliRunner]:
    app: Flask = create_app(Config(database_url=fresh_url, state_dir=tmp_path), carriers={})
    runtime = app.extensions["carillon"]
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", created_at=NOON))
        session.flush()
        session.add(
            Staff(tenant_id=1, email=ANN, name="Ann", password="-", roles=["after_sales"], created_at=NOON)
        )  # nobody signs in
    yield app.test_cli_runner()
    runtime.spool.close()
    runtime.database.close()


def said(runner: FlaskCliRunner, line: str, code: int = 0) -> str:
    found = runner.invoke(args=line.split())
    assert found.exit_code == code, found.output
    return found.output


def test_a_team_is_made_staffed_and_looked_at(runner: FlaskCliRunner) -> None:
    assert "flask queue team service" in said(runner, "queue status")
    assert said(runner, "queue team service --target 90 --within 15") == "service: 90 % within 15 s\n"
    said(runner, f"agents enrol {ANN} --phone +14155550123 --team service --skill zh")
    assert said(runner, f"agents put {ANN} available") == "available\n"
    listed = said(runner, "agents list")
    assert "Ann  available" in listed
    assert "+14155550123" not in listed
    (team,) = json.loads(said(runner, "queue status --json"))["teams"]
    assert (team["name"], team["agents"], team["free"], team["waiting"]) == ("service", 1, 1, 0)
    assert team["figures"]["service_level"] == {"numerator": 0, "denominator": 0}
    assert "service_level: n/a (0/0)" in said(runner, "queue status")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("queue team Big", "small letters", id="a name no flow can say"),
        pytest.param(
            "queue team service --target 101", "target: enter a number from 1 to 100", id="more than all"
        ),
        pytest.param("queue team service --callback-from 1300", "before they end", id="hours that end first"),
        pytest.param(
            f"agents enrol {ANN} --phone 123 --team service", "+14155550123, not 123", id="no number"
        ),
        pytest.param(
            f"agents enrol {ANN} --phone +14155550123 --team night", "no team called night", id="no team"
        ),
        pytest.param(f"agents put {ANN} break", "is no agent", id="not an agent"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_enter(runner: FlaskCliRunner, line: str, why: str) -> None:
    said(runner, "queue team service")
    assert why in said(runner, line, 1)
