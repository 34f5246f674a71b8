"""How many calls are taken: of one caller, and of everybody; counted on the host, so without the database too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.config import Config
from core.errors import WrongFields
from core.models import Tenant
from core.runtime import Runtime
from ivr import settings, snapshot
from ivr.leg import Leg
from ivr.lines import CALLER_BUSY, FILE, LINES_BUSY, Lines
from ivr.models import Call
from ivr.settings import Limits
from tests.ivr.conftest import NOON
from tests.ivr.phone import CALLER, HOTLINE, Caller, words
from tests.outage import away

Rows = Callable[[type[Any]], list[Any]]
MINUTES = 5
BUSY = '<Reject reason="busy" />'


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    clock.freeze(NOON)
    return Lines(tmp_path)


def leg(number: int, caller: str = CALLER) -> Leg:
    return Leg(f"CA{number}", "AC1", caller, HOTLINE, "in")


def limit(runtime: Runtime, **limits: int | list[str]) -> None:
    with runtime.database.session(1) as session:
        decided = settings.HotlineSettings.model_validate({"limits": limits})
        settings.change(session, session.get_one(Tenant, 1), decided, "ann")
    snapshot.refresh(runtime.database, runtime.config.state_dir)


def another(app: Flask, number: int, from_: str = CALLER) -> Caller:
    return Caller(app.test_client(), f"CA{number:032x}", from_)


@pytest.mark.parametrize(
    ("limits", "callers", "found"),
    [
        pytest.param({"of_a_caller": 2}, [CALLER] * 3, CALLER_BUSY, id="a caller's third at once"),
        pytest.param({"of_a_caller": 2}, [CALLER, CALLER, "+14155550124"], None, id="somebody else's first"),
        pytest.param({"of_a_caller": 1}, ["anonymous"] * 3, None, id="nobody knows whether they are one"),
        pytest.param({"of_a_caller": 1, "unlimited": (CALLER,)}, [CALLER] * 3, None, id="a switchboard"),
        pytest.param({"at_once": 2}, ["anonymous", CALLER, "+14155550124"], LINES_BUSY, id="of everybody"),
        pytest.param(
            {"at_once": 2, "unlimited": (CALLER,)},
            [CALLER] * 3,
            LINES_BUSY,
            id="a switchboard among everybody",
        ),
        pytest.param({"at_once": 3}, [CALLER, "+14155550124", "+14155550125"], None, id="the last free line"),
    ],
)
def test_who_finds_a_line(
    lines: Lines, limits: dict[str, Any], callers: list[str], found: str | None
) -> None:
    taken = [lines.take(1, leg(at, caller), Limits(**limits), MINUTES) for at, caller in enumerate(callers)]

    assert taken == [None] * (len(callers) - 1) + [found]


def test_an_end_frees_the_line_but_the_day_remembers(lines: Lines) -> None:
    limits = Limits(of_a_caller=1, a_day=3)
    for number in range(3):
        assert lines.take(1, leg(number), limits, MINUTES) is None
        assert lines.take(1, leg(100 + number), limits, MINUTES) == CALLER_BUSY
        lines.free(leg(number))

    assert lines.take(1, leg(4), limits, MINUTES) == CALLER_BUSY
    clock.freeze(NOON + timedelta(days=1, minutes=1))
    assert lines.take(1, leg(5), limits, MINUTES) is None


def test_asked_twice_it_is_one_call_and_other_companies_are_apart(lines: Lines) -> None:
    limits = Limits(of_a_caller=1, at_once=1)

    assert [lines.take(1, leg(1), limits, MINUTES) for _ in range(3)] == [None] * 3
    assert lines.take(2, leg(2), limits, MINUTES) is None


@pytest.mark.parametrize(
    ("is_with_a_person", "after", "found"),
    [
        pytest.param(False, timedelta(minutes=19), CALLER_BUSY, id="perhaps still in the menu"),
        pytest.param(False, timedelta(minutes=21), None, id="nobody is in the menu for so long"),
        pytest.param(True, timedelta(hours=3), CALLER_BUSY, id="perhaps still talking"),
        pytest.param(True, timedelta(hours=5), None, id="no call is so long"),
    ],
)
def test_a_call_whose_end_nobody_reported_holds_its_line_no_longer_than_it_may_last(
    lines: Lines, is_with_a_person: bool, after: timedelta, found: str | None
) -> None:
    lines.take(1, leg(1), Limits(of_a_caller=1), MINUTES)
    if is_with_a_person:
        lines.hold(leg(1))
    clock.freeze(NOON + after)

    assert lines.take(1, leg(2), Limits(of_a_caller=1), MINUTES) == found


def test_all_processes_of_a_host_count_together(tmp_path: Path) -> None:
    clock.freeze(NOON)
    one, other = Lines(tmp_path), Lines(tmp_path)

    assert one.take(1, leg(1), Limits(of_a_caller=1), MINUTES) is None
    assert other.take(1, leg(2), Limits(of_a_caller=1), MINUTES) == CALLER_BUSY
    other.free(leg(1))
    assert one.take(1, leg(3), Limits(of_a_caller=1), MINUTES) is None


@pytest.mark.parametrize(
    "content", [pytest.param(b"not a database" * 99, id="damaged"), pytest.param(None, id="a folder")]
)
def test_where_lines_cannot_be_counted_everybody_is_answered(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / FILE).mkdir() if content is None else (tmp_path / FILE).write_bytes(content)
    lines = Lines(tmp_path)

    assert [lines.take(1, leg(number), Limits(of_a_caller=1), MINUTES) for number in range(3)] == [None] * 3
    lines.hold(leg(1))
    lines.free(leg(1))


def test_a_locked_file_makes_nobody_wait_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.freeze(NOON)
    monkeypatch.setattr("ivr.lines.WAIT_S", 0.01)
    lines = Lines(tmp_path)
    assert lines.take(1, leg(1), Limits(of_a_caller=1), MINUTES) is None
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("BEGIN IMMEDIATE")

    assert lines.take(1, leg(2), Limits(of_a_caller=1), MINUTES) is None

    other.close()
    assert lines.take(1, leg(3), Limits(of_a_caller=1), MINUTES) == CALLER_BUSY


def test_a_caller_who_holds_the_line_hears_a_busy_one_even_without_the_database(
    app: Flask, runtime: Runtime, drain: Callable[[], int], rows: Rows
) -> None:
    limit(runtime, of_a_caller=1)
    first, second = another(app, 1), another(app, 2)

    with away(runtime.database):
        assert "<Gather" in first.ring()
        assert BUSY in second.ring()
        assert second.ring() == second.document, "asked twice it is the same"
        first.post("/ivr/status", CallStatus="completed", CallDuration="5")
        assert "<Gather" in another(app, 3).ring()

    drain()
    assert [(call.state, call.reason) for call in rows(Call)] == [
        ("ended", "hung_up"),
        ("live", CALLER_BUSY),
        ("live", ""),
    ]


def test_when_everybody_calls_people_hear_why_in_every_language(app: Flask, runtime: Runtime) -> None:
    limit(runtime, at_once=1)
    another(app, 1).ring()

    document = another(app, 2, "+14155550124").ring()

    assert words(document) == (
        "现在线路繁忙，请您过几分钟再拨。再见。 "
        "All our lines are busy just now. Please call again in a few minutes. Goodbye."
    )
    assert document.endswith("<Hangup /></Response>")


def test_who_waits_for_a_person_holds_the_line_for_long(app: Flask, runtime: Runtime, config: Config) -> None:
    limit(runtime, of_a_caller=1)
    first = another(app, 1)
    first.ring()
    first.press("2")
    assert "<Dial" in first.press("0")
    clock.freeze(NOON + timedelta(hours=1))

    assert BUSY in another(app, 2).ring()


@pytest.mark.parametrize(
    ("written", "place", "said"),
    [
        pytest.param("limits: {at_once: 0}", "limits.at_once", "enter 1 or more", id="nobody could call"),
        pytest.param("limits: {of_one: 2}", "limits.of_one", "no such field", id="a field there is not"),
        pytest.param(
            'limits: {unlimited: ["555"]}', "limits.unlimited.0", "like [+]14155550123", id="no number"
        ),
    ],
)
def test_settings_say_what_to_enter(written: str, place: str, said: str) -> None:
    with pytest.raises(WrongFields, match=said) as caught:
        settings.read(written)

    assert [fault.field for fault in caught.value.faults] == [place]
