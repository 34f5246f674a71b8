"""`flask outbound …`: the brake and the settings, from a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import create_app
from core import holds
from core.config import Config
from core.db import ALL_TENANTS
from core.models import AuditEntry
from core.runtime import Runtime
from tests.outbound.desk import Desk

PRICES = "prices: {currency: USD, sms: {'+1': 0.0083, '+': 0.06}}\n"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path, frozen: datetime) -> Iterator[Flask]:
    app = create_app(Config(database_url=sqlite_url, state_dir=tmp_path / "state"))
    runtime: Runtime = app.extensions["carillon"]
    Desk(runtime.database)
    yield app
    runtime.spool.close()
    runtime.database.close()


def run(app: Flask, line: str) -> Result:
    return app.test_cli_runner().invoke(args=["outbound", *shlex.split(line)])


def is_held(app: Flask) -> bool:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return holds.is_held(session, 1)


@pytest.mark.parametrize("whose", ["", "--tenant ours"])
def test_stop_and_go(app: Flask, whose: str) -> None:
    stopped = run(app, f"stop {whose} --why 'wrong list'")
    assert (stopped.exit_code, is_held(app)) == (0, True), stopped.output
    assert f"flask outbound go {whose}".strip() in stopped.stdout

    assert run(app, f"go {whose}").exit_code == 2, "nobody lets go without a reason"
    gone = run(app, f"go {whose} --why mended")
    assert (gone.exit_code, gone.stdout, is_held(app)) == (0, "Sending goes on.\n", False)


def test_what_is_left_is_said(app: Flask) -> None:
    run(app, "stop")

    refused = run(app, "go --tenant ours --why mended")
    assert (refused.exit_code, is_held(app)) == (1, True)
    assert "still open: stopped by command line for every tenant" in refused.stderr

    run(app, "stop --tenant ours")
    assert "nothing leaves yet; still open: stopped" in run(app, "go --tenant ours --why mended").stdout


def test_settings_are_set_shown_and_audited(app: Flask, tmp_path: Path) -> None:
    assert run(app, "settings show").stdout == "{}\n"
    (tmp_path / "ours.yaml").write_text(PRICES)

    done = run(app, f"settings set {tmp_path / 'ours.yaml'}")

    assert (done.exit_code, done.stdout) == (0, "The settings of 'ours' stand.\n"), done.output
    shown = run(app, "settings show").stdout
    (tmp_path / "again.yaml").write_text(shown)
    assert run(app, f"settings set {tmp_path / 'again.yaml'}").exit_code == 0
    assert run(app, "settings show").stdout == shown, "what is shown can be set"
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).first()
        assert entry
        assert (entry.action, entry.who, entry.details["before"]) == (
            "settings",
            "command line",
            {},
        )


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param(
            b"prices: {currency: USD}\ncolour: blue", "colour: there is no such field", id="a field"
        ),
        pytest.param("colour: grün".encode("latin-1"), "is no UTF-8 text (byte 10)", id="an encoding"),
        pytest.param(b"", "the document is empty", id="nothing"),
    ],
)
def test_wrong_settings_change_nothing(app: Flask, tmp_path: Path, document: bytes, says: str) -> None:
    (tmp_path / "ours.yaml").write_bytes(PRICES.encode())
    run(app, f"settings set {tmp_path / 'ours.yaml'}")
    before = run(app, "settings show").stdout
    (tmp_path / "wrong.yaml").write_bytes(document)

    refused = run(app, f"settings set {tmp_path / 'wrong.yaml'}")

    assert (refused.exit_code, run(app, "settings show").stdout) == (1, before)
    assert says in refused.stderr
