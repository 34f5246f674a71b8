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
from core import clock, holds
from core.config import Config
from core.db import ALL_TENANTS
from core.models import AuditEntry
from core.runtime import Runtime
from outbound import ways
from tests.outbound.desk import Desk

PRICES = "prices: {currency: USD, sms: {'+1': 0.0083, '+': 0.06}}\n"


@pytest.fixture
def app(fresh_url: str, tmp_path: Path, frozen: datetime) -> Iterator[Flask]:
    app = create_app(Config(database_url=fresh_url, state_dir=tmp_path / "state"))
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


def test_a_refused_country_is_listed_until_the_sender_is_reopened(app: Flask) -> None:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        ways.close(session, 2, "+8613800138000", "21408", clock.now())
    runner = app.test_cli_runner()

    listed = runner.invoke(args=["senders", "list"]).stdout
    assert "no way to CN before 2026-11-18 18:00 UTC (21408)" in listed
    assert "flask senders reopen 2" in listed

    assert runner.invoke(args=["senders", "reopen", "2"]).stdout == "Sender 2 is open.\n"
    assert "no way" not in runner.invoke(args=["senders", "list"]).stdout
    assert runner.invoke(args=["senders", "reopen", "2"]).exit_code == 1, "there is nothing to reopen"


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


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        pytest.param("account --most 500", 0, "account: 500 sends a day", id="everybody's account"),
        pytest.param("account --most 9 --per second", 0, "account: 9 sends a second", id="a rate"),
        pytest.param(
            "sender +18005550101 --most 5 --unit segments --tenant ours",
            0,
            "sender +18005550101: 5 segments a day",
            id="a sender",
        ),
        pytest.param(
            "account --most 5 --unit money --per total --tenant ours",
            0,
            "account: 5 money in all",
            id="money",
        ),
        pytest.param("account --most -1", 1, "enter how much, from 0 up", id="less than nothing"),
        pytest.param("account --most 0 --per second", 1, "enter how much, from 1 up", id="never"),
        pytest.param(
            "account --most 5 --kept-back 6", 1, "no more than the whole", id="more kept than there is"
        ),
        pytest.param("account x --most 5", 1, "an account has none", id="an account's name"),
        pytest.param("sender --most 5 --tenant ours", 1, "enter whose limit it is", id="no sender"),
        pytest.param("sender +1 --most 5 --tenant ours", 1, "there is no sender +1", id="an unknown sender"),
        pytest.param("brand x --most 5 --tenant ours", 1, "no sender is of brand 'x'", id="an unknown brand"),
        pytest.param("brand x --most 5", 1, "only the account can be limited", id="everybody's brand"),
        pytest.param("account --most 5 --unit money", 1, "not in money", id="everybody's money"),
        pytest.param("account --most 5 --channel mail", 1, "voice, sms, fax, not mail", id="a channel"),
        pytest.param(
            "sender +18005550101 --most 5 --per second --tenant ours",
            1,
            "senders have a rate",
            id="a sender's",
        ),
    ],
)
def test_limits_are_set_and_audited_or_refused(app: Flask, line: str, code: int, says: str) -> None:
    done = run(app, f"limits set {line}")

    assert done.exit_code == code, done.output
    assert says in done.output
    whose = "--tenant ours" if "ours" in line else ""
    listed = run(app, f"limits list {whose}").stdout
    assert (says in listed) == (code == 0)
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert len(session.scalars(select(AuditEntry)).all()) == (code == 0)


def test_a_limit_is_changed_and_removed(app: Flask) -> None:
    run(app, "limits set account --most 500")
    run(app, "limits set account --most 600")
    assert run(app, "limits list").stdout == "   1  account: 600 sends a day; 0 used\n"

    assert run(app, "limits remove 1 --tenant ours").exit_code == 1, "it is everybody's"
    assert run(app, "limits remove 1").exit_code == 0
    assert run(app, "limits list").stdout == ""


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
