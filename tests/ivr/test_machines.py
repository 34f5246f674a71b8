"""Answering machines: whose word counts, what is played to them, and that nothing forged or late changes a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import update

from core import clock
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Suppression
from ivr.models import CallStep
from outbound.models import Attempt, Source
from outbound.transfers import Transfer
from tests.ivr.outgoing import place
from tests.ivr.phone import CALLER, HOTLINE, URL, Caller, words
from tests.ivr.twiml_rules import check
from tests.outage import away

Rows = Callable[[type[Any]], list[Any]]
VARIABLES = {"company": "Acme", "offer": "Ten percent off", "event_date": "2026-12-24", "venue": "1 Main St"}


@pytest.fixture
def called(runtime: Runtime, caller: Caller) -> Caller:
    """Somebody or something took our call; the promotion has begun."""
    place(runtime, "promotion", "tok", {**VARIABLES, "optout_number": "+18005550100"}, CALLER, HOTLINE)
    caller.from_, caller.to, caller.direction = HOTLINE, CALLER, "outbound-api"
    caller.ring("/ivr/answer/tok")
    return caller


@pytest.fixture
def redirected(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the carrier was asked to send the call."""
    asked: list[str] = []

    def redirect(carrier_id: str, url: str) -> bool:
        asked.append(url)
        return True

    monkeypatch.setattr(runtime.carriers["voice"], "redirect", redirect)
    return asked


def tell(caller: Caller, word: str, attempt: str = "tok", **more: str) -> int:
    return caller.post(f"/ivr/answered-by/{attempt}", AnsweredBy=word, **more).status_code


def taken(rows: Rows) -> tuple[str, bool]:
    [attempt] = rows(Attempt)
    return attempt.answered_by, attempt.left_message


def policy(runtime: Runtime, machine: str) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        figures = {"figures": {"us": {"voice": {"machine": machine}}}}
        session.execute(update(Tenant).values(policy=figures))


@pytest.mark.parametrize(
    ("word", "is_sent_away"),
    [
        pytest.param("human", False, id="a person"),
        pytest.param("unknown", False, id="nobody knows"),
        pytest.param("machine_start", True, id="a machine"),
        pytest.param("machine_end_beep", True, id="after the beep"),
        pytest.param("machine_end_silence", True, id="after the greeting"),
        pytest.param("machine_end_other", True, id="a machine after something"),
        pytest.param("fax", True, id="a fax machine"),
    ],
)
def test_only_what_is_no_person_is_sent_away(
    called: Caller, redirected: list[str], rows: Rows, word: str, is_sent_away: bool
) -> None:
    assert tell(called, word) == 204

    assert redirected == ([f"{URL}/ivr/machine/tok"] if is_sent_away else [])
    assert taken(rows) == (word, False)


def test_a_machine_hears_the_message_where_the_law_lets_it(
    called: Caller, redirected: list[str], rows: Rows, drain: Callable[[], int]
) -> None:
    tell(called, "machine_end_beep")
    document = called.ring("/ivr/machine/tok")

    check(document)
    assert "with an invitation" in words(document)
    assert "Ten percent off" not in words(document)
    assert taken(rows) == ("machine_end_beep", True)
    assert called.ring("/ivr/machine/tok") == document
    drain()
    assert [step.heard for step in rows(CallStep) if step.turn][:1] == ["machine_end_beep"]


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        pytest.param("machine_start", "hang_up", id="a machine where messages are not wanted"),
        pytest.param("fax", "message", id="a fax machine"),
    ],
)
def test_what_is_to_hear_nothing_is_hung_up_on(
    called: Caller, redirected: list[str], runtime: Runtime, rows: Rows, word: str, rule: str
) -> None:
    policy(runtime, rule)
    tell(called, word)
    root = check(called.ring("/ivr/machine/tok"))

    assert [verb.tag for verb in root] == ["Hangup"]
    assert taken(rows) == (word, False)


def test_a_key_proves_a_person_before_the_verdict(called: Caller, redirected: list[str], rows: Rows) -> None:
    called.press("1")
    tell(called, "machine_start")

    assert (redirected, taken(rows)) == ([], ("human", False))


@pytest.mark.parametrize(
    "same_process", [pytest.param(True, id="here"), pytest.param(False, id="in another process")]
)
def test_a_key_pressed_while_the_call_was_being_sent_away_still_wins(
    called: Caller,
    redirected: list[str],
    rows: Rows,
    another_process: Callable[[str], Any],
    same_process: bool,
) -> None:
    tell(called, "machine_start")
    heard = called.press("1")
    assert taken(rows) == ("human", False)

    if not same_process:
        called.client = another_process("web2").test_client()
    document = called.ring("/ivr/machine/tok")
    if same_process:
        assert document == heard
    else:  # which does not know where the person was: they hear the beginning again, never the machine's message
        assert "press 9" in words(document)


def test_who_opted_out_while_being_sent_away_hears_no_more(
    called: Caller, redirected: list[str], rows: Rows, another_process: Callable[[str], Any]
) -> None:
    tell(called, "machine_start")
    called.press("9")
    assert [row.scope for row in rows(Suppression)] == ["marketing"]

    called.client = another_process("web2").test_client()
    with called.client.application.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(Suppression).values(scope="all"))
    root = check(called.ring("/ivr/machine/tok"))
    assert [verb.tag for verb in root] == ["Hangup"]


def test_silence_proves_nobody(called: Caller, redirected: list[str], rows: Rows) -> None:
    called.press("")
    tell(called, "machine_end_silence")

    assert len(redirected) == 1
    assert "with an invitation" in words(called.ring("/ivr/machine/tok"))


def test_the_first_word_counts(called: Caller, redirected: list[str], rows: Rows) -> None:
    tell(called, "human")
    tell(called, "machine_start")
    tell(called, "machine_start")

    assert (redirected, taken(rows)) == ([], ("human", False))


def test_a_doubled_verdict_sends_away_once(called: Caller, redirected: list[str]) -> None:
    assert [tell(called, "machine_start"), tell(called, "machine_start")] == [204, 204]

    assert len(redirected) == 1


@contextmanager
def busy(database: Database) -> Iterator[None]:
    """Somebody keeps writing in the attempts."""
    with database.session(ALL_TENANTS) as session:
        session.execute(update(Attempt).values(answered_by=Attempt.answered_by))
        yield


@pytest.mark.parametrize("trouble", [pytest.param(away, id="away"), pytest.param(busy, id="busy")])
def test_what_the_detector_says_is_kept_while_the_database_does_not_answer(
    called: Caller,
    redirected: list[str],
    runtime: Runtime,
    rows: Rows,
    drain: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
    trouble: Callable[[Database], AbstractContextManager[None]],
) -> None:
    with trouble(runtime.database):
        assert tell(called, "machine_start") == 204
        assert redirected == []

    drain()
    assert taken(rows) == ("machine_start", False)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("trouble", [pytest.param(away, id="away"), pytest.param(busy, id="busy")])
def test_a_key_is_kept_while_the_database_does_not_answer(
    called: Caller,
    redirected: list[str],
    runtime: Runtime,
    rows: Rows,
    drain: Callable[[], int],
    trouble: Callable[[Database], AbstractContextManager[None]],
) -> None:
    with trouble(runtime.database):
        called.press("1")

    drain()
    tell(called, "machine_start")
    assert (redirected, taken(rows)) == ([], ("human", False))


def test_a_machine_hears_its_message_while_others_write(
    called: Caller, redirected: list[str], runtime: Runtime, rows: Rows, drain: Callable[[], int]
) -> None:
    tell(called, "machine_end_beep")
    with busy(runtime.database):
        assert "with an invitation" in words(called.ring("/ivr/machine/tok"))

    drain()
    assert taken(rows) == ("machine_end_beep", True)


@pytest.mark.parametrize(
    ("changed", "form", "attempt"),
    [
        pytest.param({}, {"AnsweredBy": "robot"}, "tok", id="a word nobody knows"),
        pytest.param({}, {"AnsweredBy": ""}, "tok", id="no word"),
        pytest.param({}, {"AnsweredBy": "x" * 5000}, "tok", id="a long word"),
        pytest.param({}, {}, "unknown", id="an attempt that is none"),
        pytest.param({}, {}, "'; DROP TABLE attempt; --", id="SQL for an attempt"),
        pytest.param({"carrier_id": "CA" + "b" * 32}, {}, "tok", id="replayed for another call"),
        pytest.param({"state": "ended"}, {}, "tok", id="after the end"),
        pytest.param({"state": "refused"}, {}, "tok", id="of a call that was refused"),
        pytest.param({"channel": "sms"}, {}, "tok", id="of a text"),
    ],
)
def test_what_is_forged_replayed_or_late_changes_nothing(
    called: Caller,
    redirected: list[str],
    runtime: Runtime,
    rows: Rows,
    changed: dict[str, str],
    form: dict[str, str],
    attempt: str,
) -> None:
    if changed:
        with runtime.database.session(ALL_TENANTS) as session:
            session.execute(update(Attempt).values(**changed, ended_at=clock.now()))

    path = f"/ivr/answered-by/{attempt}".replace("'", "%27").replace(" ", "%20").replace(";", "%3B")
    answer = called.post(path, **{"AnsweredBy": "machine_start", **form})

    assert answer.status_code == 204
    assert (redirected, taken(rows)) == ([], ("", False))


def test_without_a_call_it_is_refused(called: Caller, redirected: list[str]) -> None:
    assert tell(called, "machine_start", CallSid="") == 400


def test_the_message_is_for_machines_only(called: Caller, rows: Rows) -> None:
    greeting = called.document
    assert called.ring("/ivr/machine/tok") == greeting
    assert taken(rows) == ("", False)


def test_the_machine_of_no_call_of_ours_hears_an_apology(called: Caller) -> None:
    root = check(called.ring("/ivr/machine/nobody"))
    assert [verb.tag for verb in root][-1] == "Hangup"


def test_a_carrier_that_cannot_redirect_leaves_the_call_as_it_is(called: Caller, rows: Rows) -> None:
    assert tell(called, "machine_start") == 204  # nothing listens at the carrier's address
    assert taken(rows) == ("machine_start", False)


def test_who_presses_a_key_in_the_message_was_a_person_and_counts_as_abandoned(
    called: Caller, redirected: list[str], runtime: Runtime, rows: Rows
) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        session.execute(update(Source).values(team="service"))
    tell(called, "machine_start")
    called.ring("/ivr/machine/tok")
    called.press("1")
    assert "press 9" in words(called.document), "they are where the call should have begun"
    assert taken(rows) == ("human", True)
    assert [one.state for one in rows(Transfer)] == ["abandoned"]
    called.press("1")
    assert "you are coming" in words(called.document)


def test_a_machine_that_presses_nothing_is_hung_up_on(
    called: Caller, redirected: list[str], rows: Rows
) -> None:
    tell(called, "machine_start")
    called.ring("/ivr/machine/tok")
    called.press("")
    assert [verb.tag for verb in check(called.document)] == ["Hangup"]
    assert (taken(rows), rows(Transfer)) == (("machine_start", True), [])
