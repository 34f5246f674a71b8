"""What callers hear first, and who is turned away: from the snapshot, so without the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.errors import CarillonError
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from ivr import announcements, blocking, snapshot
from ivr.cli import ivr_group
from ivr.models import Announcement, BlockedCaller, CallStep
from tests.ivr.conftest import NOON
from tests.ivr.phone import CALLER, HOTLINE, Caller, words
from tests.outage import away

Rows = Callable[[type[Any]], list[Any]]
SAID = {"en": "Main Street is closed.", "zh": "主街封闭。"}
HOUR = timedelta(hours=1)


def announce(
    runtime: Runtime, start: timedelta = -HOUR, end: timedelta = HOUR, tenant_id: int = 1, **texts: str
) -> None:
    with runtime.database.session(tenant_id) as session:
        tenant = session.get_one(Tenant, tenant_id)
        announcements.announce(session, tenant, {**SAID, **texts}, NOON + start, NOON + end, "ann")
    snapshot.refresh(runtime.database, runtime.config.state_dir)


def block(runtime: Runtime, number: str, why: str = "holds the line") -> bool:
    with runtime.database.session(1) as session:
        is_new = blocking.block(session, session.get_one(Tenant, 1), number, why, "ann")
    snapshot.refresh(runtime.database, runtime.config.state_dir)
    return is_new


def test_every_caller_hears_it_first_and_in_every_language(
    runtime: Runtime, caller: Caller, drain: Callable[[], int], rows: Rows
) -> None:
    announce(runtime)

    said = words(caller.ring())

    assert said.startswith("主街封闭。 Main Street is closed. 您好，中文请按1。")
    assert "Main Street" not in words(caller.press("2")), "once"
    drain()
    step = rows(CallStep)[0]
    assert (step.kind, step.said) == ("announcement", "主街封闭。 Main Street is closed.")


@pytest.mark.parametrize(
    ("start", "end", "after", "is_heard"),
    [
        pytest.param(-HOUR, HOUR, timedelta(), True, id="in its time"),
        pytest.param(HOUR, 2 * HOUR, timedelta(), False, id="too early"),
        pytest.param(HOUR, 2 * HOUR, HOUR, True, id="at its start, from the snapshot of before"),
        pytest.param(-HOUR, HOUR, HOUR, False, id="at its end, from the snapshot of before"),
    ],
)
def test_it_is_heard_from_its_start_until_its_end(
    runtime: Runtime, caller: Caller, start: timedelta, end: timedelta, after: timedelta, is_heard: bool
) -> None:
    announce(runtime, start, end)
    clock.advance(after)

    assert ("Main Street" in words(caller.ring())) == is_heard


def test_it_is_heard_without_the_database(app: Flask, runtime: Runtime, caller: Caller) -> None:
    announce(runtime)

    with away(runtime.database):
        assert "Main Street" in words(caller.ring())


def test_two_are_heard_one_after_the_other(runtime: Runtime, caller: Caller) -> None:
    announce(runtime)
    announce(runtime, en="We close at five.", zh="五点关门。")

    assert words(caller.ring()).startswith("主街封闭。 Main Street is closed. 五点关门。 We close at five.")


def test_markup_in_it_is_only_said(runtime: Runtime, caller: Caller) -> None:
    announce(runtime, en="<Hangup/> & {{ caller }}")

    assert "<Hangup/> & {{ caller }}" in words(caller.ring())


@pytest.mark.parametrize(
    ("start", "end", "texts", "codes"),
    [
        pytest.param(-HOUR, HOUR, {"zh": " "}, ["text_missing"], id="in one language only"),
        pytest.param(-HOUR, HOUR, {"en": "x" * 301}, ["text_too_long"], id="too long to listen to"),
        pytest.param(-HOUR, HOUR, {"en": "\u200b\u2060"}, ["text_missing"], id="nothing that can be said"),
        pytest.param(
            -HOUR, HOUR, {"de": "Gesperrt."}, ["language_unknown"], id="in a language no flow speaks"
        ),
        pytest.param(-2 * HOUR, -HOUR, {}, ["in_the_past"], id="over before it is said"),
        pytest.param(2 * HOUR, HOUR, {}, ["ends_before_it_starts"], id="backwards"),
        pytest.param(HOUR, HOUR * 24 * 30, {}, ["too_long"], id="for a month"),
    ],
)
def test_what_cannot_be_announced_is_told_by_field(
    runtime: Runtime, rows: Rows, start: timedelta, end: timedelta, texts: dict[str, str], codes: list[str]
) -> None:
    with pytest.raises(CarillonError) as caught:
        announce(runtime, start, end, **texts)

    assert [fault.code for fault in caught.value.faults] == codes  # type: ignore[attr-defined]  # WrongFields has them
    assert rows(Announcement) == []


def test_without_a_hotline_nobody_could_hear_it(runtime: Runtime) -> None:
    with pytest.raises(CarillonError, match="flask ivr answer"):
        announce(runtime, tenant_id=2)


def test_it_can_be_ended_once_and_only_by_its_own_company(
    runtime: Runtime, caller: Caller, rows: Rows
) -> None:
    announce(runtime)
    (added,) = rows(Announcement)

    def end(tenant_id: int) -> None:
        with runtime.database.session(tenant_id) as session:
            announcements.end(session, session.get_one(Tenant, tenant_id), added.id, "ann")

    with pytest.raises(CarillonError, match="no such announcement"):
        end(2)
    end(1)
    with pytest.raises(CarillonError, match="over already"):
        end(1)
    snapshot.refresh(runtime.database, runtime.config.state_dir)

    assert "Main Street" not in words(caller.ring())


def test_a_blocked_caller_is_turned_away_unanswered_even_without_the_database(
    runtime: Runtime, caller: Caller
) -> None:
    assert (block(runtime, "(415) 555-0123"), block(runtime, CALLER)) == (True, False)

    with away(runtime.database):
        assert '<Reject reason="rejected" />' in caller.ring()
        caller.from_, caller.sid = "+14155550124", "CA" + "b" * 32
        assert "<Reject" not in caller.ring()


def test_a_caller_is_answered_again_once_unblocked(runtime: Runtime, caller: Caller, rows: Rows) -> None:
    block(runtime, CALLER)
    (blocked,) = rows(BlockedCaller)

    def unblock(tenant_id: int) -> None:
        with runtime.database.session(tenant_id) as session:
            blocking.unblock(session, session.get_one(Tenant, tenant_id), blocked.id, "ann")

    with pytest.raises(CarillonError, match="not blocked"):
        unblock(2)
    unblock(1)
    snapshot.refresh(runtime.database, runtime.config.state_dir)

    assert "<Reject" not in caller.ring()


@pytest.mark.parametrize(
    ("number", "why", "code"),
    [
        pytest.param("", "robot", "number_missing", id="nobody"),
        pytest.param("0; DROP TABLE", "robot", "number_letters", id="no number"),
        pytest.param(HOTLINE, "robot", "own_number", id="our own number"),
        pytest.param(CALLER, "  ", "invalid_fields", id="without a reason"),
        pytest.param(CALLER, "x" * 201, "invalid_fields", id="an endless reason"),
    ],
)
def test_who_cannot_be_blocked(runtime: Runtime, rows: Rows, number: str, why: str, code: str) -> None:
    with pytest.raises(CarillonError) as caught:
        block(runtime, number, why)

    assert caught.value.code == code
    assert rows(BlockedCaller) == []


def test_callers_are_blocked_listed_and_answered_again_by_command(app: Flask, rows: Rows) -> None:
    def run(*line: str) -> tuple[int, str]:
        found = app.test_cli_runner().invoke(ivr_group, [*line, "--tenant", "acme"])
        return found.exit_code, found.output.strip()

    assert run("block", "+14155550123", "--why", "a robot") == (0, "It is turned away within a minute.")
    assert run("block", "+14155550123", "--why", "a robot") == (0, "It is blocked already.")
    code, told = run("blocked", "--json")
    assert (code, json.loads(told)["blocked"][0]["number"]) == (0, "+14155550123")
    assert run("blocked")[1].endswith("command line  a robot")
    assert [entry.about for entry in rows(AuditEntry) if entry.action == "numbers_shown"] != []
    assert run("unblock", "+14155550123") == (0, "It is answered within a minute.")
    assert run("unblock", "+14155550123") == (1, "Error: this caller is not blocked")
    assert run("unblock", "abc") == (1, "Error: enter digits only; this holds letters")
