"""Who is let in, what a repeated request gets, and what a caller hears when things go wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator

from core import clock
from core.db import ALL_TENANTS
from core.runtime import Runtime
from customers.models import Suppression
from flows import publish
from ivr import snapshot
from ivr.models import Call, CallStep, HotlineNumber, Voicemail
from tests.ivr.flows import PIN, SPOKEN
from tests.ivr.phone import ACCOUNT, AGENT, CALLER, HOTLINE, TOKEN, URL, Caller, parsed, words
from tests.ivr.twiml_rules import check
from tests.outage import away

Drain = Callable[[], int]
Process = Callable[[str], Flask]
Rows = Callable[[type[Any]], list[Any]]
PATHS = (
    "/ivr/answer",
    "/ivr/answer/some-token",
    "/ivr/turn/t",
    "/ivr/recorded/t",
    "/ivr/dialled/t",
    "/ivr/recording?call=t",
    "/ivr/status",
    "/ivr/fallback",
)
FORM = {"CallSid": "CA" + "b" * 32, "AccountSid": ACCOUNT, "From": CALLER, "To": HOTLINE, "Digits": "1"}


def _sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, form))


FORGED: dict[str, Callable[[str], dict[str, str]]] = {
    "no signature": lambda path: {},
    "an empty signature": lambda path: {"X-Twilio-Signature": ""},
    "made with another token": lambda path: {"X-Twilio-Signature": _sign(URL + path, FORM, "wrong")},
    "of another path": lambda path: {"X-Twilio-Signature": _sign(URL + "/ivr/other", FORM)},
    "of another host": lambda path: {"X-Twilio-Signature": _sign("https://evil.example" + path, FORM)},
    "of http instead of https": lambda path: {
        "X-Twilio-Signature": _sign(URL.replace("https", "http") + path, FORM)
    },
    "of other parameters": lambda path: {"X-Twilio-Signature": _sign(URL + path, {**FORM, "Digits": "2"})},
    "a host header of the forger's": lambda path: {
        "Host": "evil.example",
        "X-Twilio-Signature": _sign("https://evil.example" + path, FORM),
    },
}


@pytest.mark.parametrize("kind", FORGED)
def test_what_the_carrier_did_not_sign_is_refused(app: Flask, kind: str, drain: Drain) -> None:
    for path in PATHS:
        answer = app.test_client().post(path, data=FORM, headers=FORGED[kind](path))
        assert answer.status_code == 403, path
        assert answer.mimetype == "application/problem+json"
    assert drain() == 0


def test_nothing_can_be_had_by_get(app: Flask) -> None:
    assert {app.test_client().get(path).status_code for path in PATHS} == {405}


def test_a_body_larger_than_any_webhook_is_refused(app: Flask, drain: Drain) -> None:
    form = {**FORM, "Junk": "x" * 100_000}
    signature = _sign(URL + "/ivr/answer", form)
    answer = app.test_client().post("/ivr/answer", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 413
    assert drain() == 0


def test_a_number_that_is_not_ours_is_turned_away_unanswered(caller: Caller) -> None:
    caller.to = "+18005559999"
    root = check(caller.ring())
    assert [verb.tag for verb in root] == ["Reject"]


def test_a_number_without_a_published_flow_apologises_and_forwards(caller: Caller, runtime: Runtime) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        session.execute(select(HotlineNumber)).scalar_one().flow = "unknown"
    snapshot.refresh(runtime.database, runtime.config.state_dir)
    root = check(caller.ring())
    assert [verb.tag for verb in root] == ["Say", "Dial", "Hangup"]
    assert next(root.iter("Number")).text == AGENT


def test_the_same_turn_again_is_answered_byte_for_byte_and_has_no_new_effect(
    caller: Caller, drain: Drain, rows: Rows
) -> None:
    first = caller.ring()
    assert caller.post("/ivr/answer").text == first
    turn = caller.target("Gather")
    second = caller.press("2")
    drain()
    before = len(rows(CallStep))
    assert caller.post(turn, Digits="2").text == second
    assert caller.post(turn, Digits="1").text == second, "the first answer to a question holds"
    drain()
    assert len(rows(CallStep)) == before
    assert len(rows(Call)) == 1


def test_an_older_turn_is_answered_from_the_newer_one(caller: Caller) -> None:
    caller.ring()
    old = caller.target("Gather")
    caller.press("2")
    newest = caller.press("1")
    assert caller.post(old, Digits="1").text == newest
    assert caller.post("/ivr/answer").text == newest


def test_another_process_answers_a_repeated_turn_alike(
    another_process: Process, caller: Caller, drain: Drain, rows: Rows
) -> None:
    caller.ring()
    turn = caller.target("Gather")
    document = caller.press("2")
    other = another_process("second")
    assert replace(caller, client=other.test_client()).post(turn, Digits="2").text == document
    drain()
    assert len(rows(CallStep)) == 5


def test_two_requests_at_once_make_one_turn(caller: Caller, app: Flask, drain: Drain, rows: Rows) -> None:
    caller.ring()
    turn = caller.target("Gather")
    answers: list[str] = []

    def ask() -> None:
        answers.append(replace(caller, client=app.test_client()).post(turn, Digits="2").text)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    drain()
    assert len(rows(CallStep)) == 5, (
        "one of the greeting; language, welcome, main menu and the choice of the one turn"
    )


@pytest.mark.parametrize(
    "digits",
    ["*#", "A", "D", "1" * 200, "", "１", "中文", "\x00", "1\n2", "<Dial>", "-1", " 2", "2 "],
    ids=ascii,
)
def test_hostile_digits_only_make_the_menu_explain_itself(caller: Caller, digits: str, drain: Drain) -> None:
    caller.ring()
    caller.press("2")
    root = check(caller.press(digits))
    assert [verb.tag for verb in root][-2:] == ["Gather", "Redirect"]
    assert "I did not hear a key" in words(caller.document) or "not one of the choices" in words(
        caller.document
    )
    assert drain() == 3


@pytest.mark.parametrize(
    "from_",
    ["anonymous", "client:anna", "sip:a@b.example", "", "+266696687", "x" * 500, "\x00'\"<", "匿名"],
    ids=ascii,
)
def test_a_caller_without_a_number_is_served_and_recorded(
    caller: Caller, from_: str, drain: Drain, rows: Rows
) -> None:
    caller.from_ = from_
    check(caller.ring())
    check(caller.press("2"))
    drain()
    (call,) = rows(Call)
    assert len(call.caller) <= 32
    assert "\x00" not in call.caller


@pytest.mark.parametrize("missing", ["CallSid", "AccountSid", "From", "To", "CallStatus", "Direction"])
def test_a_missing_parameter_never_becomes_an_error_page(caller: Caller, missing: str) -> None:
    form = {
        "CallSid": caller.sid,
        "AccountSid": ACCOUNT,
        "From": CALLER,
        "To": HOTLINE,
        "Direction": "inbound",
    }
    form.pop(missing, None)
    for path in ("/ivr/answer", "/ivr/turn/t", "/ivr/recorded/t", "/ivr/dialled/t", "/ivr/fallback"):
        headers = {"X-Twilio-Signature": _sign(URL + path, form)}
        answer = caller.client.post(path, data=form, headers=headers)
        assert answer.status_code == 200
        check(answer.text)


def test_a_turn_without_digits_counts_as_silence(caller: Caller) -> None:
    caller.ring()
    caller.press("2")
    answer = caller.post(caller.target("Gather"))
    assert "I did not hear a key" in words(answer.text)


def test_a_token_of_another_call_is_apologised_for_and_does_nothing(caller: Caller, drain: Drain) -> None:
    caller.ring()
    caller.press("2")
    turn = caller.target("Gather")
    drain()
    stranger = replace(caller, sid="CA" + "f" * 32)
    root = check(stranger.post(turn, Digits="1").text)
    assert [verb.tag for verb in root][-1] == "Hangup"
    assert drain() == 0


def test_a_call_over_four_hours_old_is_ended_politely(caller: Caller) -> None:
    caller.ring()
    clock.advance(timedelta(hours=4, seconds=5))
    root = check(caller.post(caller.target("Gather"), Digits="1").text)
    assert [verb.tag for verb in root][-1] == "Hangup"


def test_an_error_is_spoken_in_the_language_of_the_call(
    caller: Caller, runtime: Runtime, another_process: Process
) -> None:
    caller.ring()
    caller.press("1")
    snapshot.path_in(runtime.config.state_dir).write_text("{}")
    with away(runtime.database):
        fresh = another_process("fresh").test_client()
        root = check(replace(caller, client=fresh).post(caller.target("Gather"), Digits="1").text)
    assert [verb.tag for verb in root] == ["Say", "Hangup"]
    assert root[0].get("language") == "cmn-CN"


def test_a_report_that_cannot_be_kept_asks_to_be_sent_again(caller: Caller, runtime: Runtime) -> None:
    runtime.spool.close()
    for file in runtime.spool.folder.iterdir():
        file.unlink()
    runtime.spool.folder.rmdir()
    answer = caller.post("/ivr/status", CallStatus="completed", CallDuration="12")
    assert answer.status_code == 503
    runtime.spool.folder.mkdir()


def test_the_hotline_goes_on_while_the_database_is_away_and_the_records_follow(
    caller: Caller, runtime: Runtime, drain: Drain, rows: Rows
) -> None:
    caller.ring()
    newcomer = replace(caller, sid="CA" + "c" * 32, heard=[])
    with away(runtime.database):
        assert not runtime.database.is_up()
        assert "Welcome to Acme" in words(caller.press("2"))
        assert "your repair job" in words(caller.press("1") and caller.press("1"))
        newcomer.ring()
        newcomer.press("1")
        newcomer.press("3")
        assert "不会再向您发送广告" in words(newcomer.press("3"))
        with pytest.raises(OperationalError):
            drain()

    drain()
    assert len(rows(Call)) == 2
    assert len(rows(CallStep)) > 6
    assert [(row.address, row.scope) for row in rows(Suppression)] == [(CALLER, "marketing")]


@pytest.mark.parametrize(
    ("status", "reason"),
    [("completed", "hung_up"), ("no-answer", "abandoned"), ("canceled", "abandoned"), ("failed", "failed")],
)
def test_a_caller_who_hangs_up_before_saying_anything_leaves_a_record(
    caller: Caller, drain: Drain, rows: Rows, status: str, reason: str
) -> None:
    assert caller.post("/ivr/status", CallStatus=status, CallDuration="3").status_code == 204
    drain()
    (call,) = rows(Call)
    assert (call.state, call.reason, call.duration_s, call.caller) == ("ended", reason, 3, CALLER)


@pytest.mark.parametrize("status", ["ringing", "in-progress", "", "odd"])
def test_words_that_end_nothing_are_let_go(caller: Caller, drain: Drain, status: str) -> None:
    assert caller.post("/ivr/status", CallStatus=status).status_code == 204
    assert drain() == 0


def test_a_message_is_kept_with_owner_and_due_time_once(caller: Caller, drain: Drain, rows: Rows) -> None:
    for key in ("", "2", "1", "3"):
        caller.press(key) if caller.document else caller.ring()
    record = parsed(caller.document).find("Record")
    assert record is not None
    report = (record.get("recordingStatusCallback") or "").removeprefix(URL)
    recording = "RE" + "d" * 32
    address = f"https://api.example/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording}"
    caller.post(caller.target("Record"), RecordingUrl=address, RecordingDuration="17", Digits="#")
    for _ in range(2):
        done = caller.post(
            report,
            RecordingUrl=address,
            RecordingSid=recording,
            RecordingStatus="completed",
            RecordingDuration="17",
        )
        assert done.status_code == 204
    drain()
    (message,) = rows(Voicemail)
    assert (message.topic, message.duration_s, message.caller) == ("repairs", 17, CALLER)
    assert (message.recording_id, message.state, message.owner_id) == (recording, "new", 1)
    assert message.due_at > message.at


def test_a_recording_whose_call_broke_off_is_kept_all_the_same(
    caller: Caller, drain: Drain, rows: Rows
) -> None:
    for key in ("", "2", "1", "3"):
        caller.press(key) if caller.document else caller.ring()
    record = parsed(caller.document).find("Record")
    assert record is not None
    report = (record.get("recordingStatusCallback") or "").removeprefix(URL)
    form = {
        "CallSid": caller.sid,
        "AccountSid": ACCOUNT,
        "RecordingUrl": "https://api.example/Recordings/RE1",
        "RecordingStatus": "completed",
        "RecordingDuration": "9",
    }
    headers = {"X-Twilio-Signature": _sign(URL + report, form)}
    assert caller.client.post(report, data=form, headers=headers).status_code == 204
    drain()
    assert len(rows(Voicemail)) == 1


def test_after_a_lost_answer_the_fallback_gives_it_again(caller: Caller) -> None:
    caller.ring()
    turn = caller.target("Gather")
    lost = caller.press("2")
    answer = caller.post("/ivr/fallback", ErrorUrl=URL + turn, ErrorCode="11200")
    assert answer.text == lost


def test_after_a_lost_question_the_fallback_leads_to_a_person(caller: Caller) -> None:
    caller.ring()
    caller.press("2")
    answer = caller.post("/ivr/fallback", ErrorUrl=URL + caller.target("Gather"), ErrorCode="11205")
    root = check(answer.text)
    assert "something on our side is not working" in words(answer.text)
    assert next(root.iter("Number")).text == AGENT


@pytest.mark.parametrize(
    "error_url",
    ["", "nonsense", URL + "/ivr/turn/forged", URL + "/elsewhere", "https://[", URL + "/ivr/turn/"],
)
def test_the_fallback_never_fails_itself(caller: Caller, error_url: str) -> None:
    root = check(caller.post("/ivr/fallback", ErrorUrl=error_url).text)
    assert next(verb.tag for verb in root) == "Say"


def test_secret_digits_are_masked_before_they_are_written(
    caller: Caller, drain: Drain, runtime: Runtime, rows: Rows
) -> None:
    answer_with(runtime, PIN)
    caller.ring()
    caller.press("481516")
    spooled = b"".join(file.read_bytes() for file in runtime.spool.folder.glob("*.spool"))
    assert b"481516" not in spooled
    assert "481516" not in caller.document
    drain()
    assert "••••" in [step.heard for step in rows(CallStep)]


def answer_with(runtime: Runtime, document: str) -> None:
    """Have the hotline's number answered by *document*, which need not be fit to publish."""
    with runtime.database.session(1) as session:
        version = publish.save_draft(session, 1, document, clock.now())
        version.state, version.published_at = "published", clock.now()
        session.scalars(select(HotlineNumber)).one().flow = version.name
    snapshot.refresh(runtime.database, runtime.config.state_dir)


@pytest.mark.parametrize(
    ("form", "said", "heard"),
    [
        pytest.param(
            {"SpeechResult": "我要维修", "Confidence": "0.93"}, "正在为您查询。", "我要维修", id="words"
        ),
        pytest.param(
            {"SpeechResult": "我要投诉"}, "感谢您告诉我们。", "我要投诉", id="words without a confidence"
        ),
        pytest.param(
            {"SpeechResult": "维修", "Digits": "2"}, "感谢您告诉我们。", "2", id="a key counts before words"
        ),
        pytest.param(
            {"SpeechResult": "维修", "Confidence": "0.05"},
            "这个按键不在选项中。",
            "维修",
            id="a doubtful recognition",
        ),
        pytest.param(
            {"SpeechResult": "维修", "Confidence": "NaN"},
            "正在为您查询。",
            "维修",
            id="a confidence that is none",
        ),
        pytest.param({"SpeechResult": "维修" * 500}, "正在为您查询。", "维修" * 20, id="endless words"),
        pytest.param(
            {"SpeechResult": "\x00<Hangup/>"}, "这个按键不在选项中。", "<Hangup/>", id="no words at all"
        ),
        pytest.param({"SpeechResult": ""}, "没有听到您的按键。", "", id="silence"),
    ],
)
def test_a_caller_may_speak_instead_of_pressing_a_key(
    runtime: Runtime, caller: Caller, drain: Drain, rows: Rows, form: dict[str, str], said: str, heard: str
) -> None:
    answer_with(runtime, SPOKEN)
    assert 'input="dtmf speech" language="cmn-Hans-CN"' in caller.ring()

    answer = caller.post(caller.target("Gather"), **form)

    assert words(answer.text).startswith(said)
    drain()
    assert [step.heard for step in rows(CallStep) if step.turn == 1][:1] == [heard]


@pytest.mark.parametrize(
    ("minutes", "said", "dials"),
    [
        pytest.param(4, "For a complaint", False, id="in time"),
        pytest.param(6, "We do not want to keep you in this menu any longer.", True, id="for too long"),
    ],
)
def test_nobody_stays_in_the_menus_for_ever(caller: Caller, minutes: int, said: str, dials: bool) -> None:
    caller.ring()
    caller.press("2")
    clock.advance(timedelta(minutes=minutes))

    heard = caller.press("*")

    assert said in words(heard)
    assert ("<Dial" in heard) == dials
