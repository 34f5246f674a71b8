from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from flows.language import engine
from flows.language.flow import Flow
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.language.lookups import EXAMPLES
from flows.language.turn import Answer, Dial, Dialled, Digits, Failed, Queued, Recorded, Refused, Told, Turn
from flows.publish import library, library_names
from tests.flows.samples import FACTS, call, caused, complete, heard

OPEN = datetime(2026, 12, 24, 10, 0, tzinfo=UTC)
CLOSED = datetime(2026, 12, 24, 20, 0, tzinfo=UTC)
COMPANY = {"company": "Acme", "agent_number": "+14155550111", "roadside_number": "+14155550122"}
MESSAGE = Recorded("https://r/1", 12)
HOTLINE, SURVEY, PROMOTION = (load(library(name)) for name in ("hotline", "survey", "promotion"))


def rings(turn: Turn) -> str:
    """The number dialled at the end of *turn*, or ""."""
    last = turn.instructions[-1]
    return last.number if isinstance(last, Dial) else ""


@pytest.mark.parametrize("name", library_names())
def test_shipped_flows_are_fit_to_publish(name: str) -> None:
    flow = load(library(name))

    assert lint(flow, Rules()) == []
    assert flow.name == name
    assert set(flow.languages) == {"en", "zh"}


def test_a_flow_that_is_not_shipped_is_named() -> None:
    with pytest.raises(NotFound, match="hotline"):
        library("../models")


@pytest.mark.parametrize(
    ("answers", "ended", "effects"),
    [
        pytest.param(["2", "1", "1", "4711", "1", "", "", ""], "goodbye", ["case:repair_status"], id="how far a repair is, without a plate"),
        pytest.param(["2", "1", "2", MESSAGE], "message_taken", ["message_left", "case:appointment"], id="an appointment"),
        pytest.param(["2", "1", "3", MESSAGE], "message_taken", ["message_left", "case:repair"], id="a fault"),
        pytest.param(["2", "2", "1", "4711", "1"], "goodbye", ["case:order_status"], id="an order"),
        pytest.param(["2", "2", "2", "4711", "2", "4712", "1"], "goodbye", ["case:warranty"], id="a warranty, corrected"),
        pytest.param(["2", "3", "2", MESSAGE], "message_taken", ["message_left", "case:sign_up"], id="an event"),
        pytest.param(["2", "3", "3"], "opted_out", ["opt_out"], id="no more advertising"),
        pytest.param(["2", "4", "1", MESSAGE, "1"], "message_taken", ["case:complaint"], id="a complaint"),
        pytest.param(["2", "4", "1", MESSAGE, "2", "4155550199"], "message_taken", ["case:complaint"], id="a complaint, called back elsewhere"),
        pytest.param(["2", "4", "2", MESSAGE], "message_taken", ["message_left", "case:praise"], id="praise"),
        pytest.param(["2", "0", Dialled("completed")], "transferred", [], id="a person"),
        pytest.param(["2", "0", Dialled("busy"), MESSAGE], "message_taken", ["message_left", "case:call_back"], id="nobody free"),
        pytest.param(["7", Dialled("no-answer"), MESSAGE], "message_taken", ["message_left", "case:roadside"], id="stranded, before choosing a language"),
    ],
)  # fmt: skip
def test_every_service_of_the_hotline_works(answers: list[object], ended: str, effects: list[str]) -> None:
    turn = call(HOTLINE, *answers, variables=COMPANY, now=OPEN)  # type: ignore[arg-type]  # keys and answers

    assert turn.ended == ended
    assert [f"case:{data['kind']}" if kind == "case" else kind for kind, data in caused(turn)] == effects


JOB = ("2", "1", "1", "4711", "1", "1234")


@pytest.mark.parametrize(
    ("told", "said", "ended"),
    [
        pytest.param({}, "Your vehicle is in our workshop. It will be ready on Monday, December 28.", None, id="promised"),
        pytest.param({"promised_on": ""}, "Your vehicle is in our workshop. We will call you as soon as it is ready.", None, id="not promised"),
        pytest.param({"is_late": "yes"}, "We had promised it for Monday, December 28 and are late. We are sorry. One of us will call you.", "goodbye", id="late"),
        pytest.param({"state": "ready"}, "Your vehicle is ready. You can fetch it now.", None, id="ready"),
        pytest.param({"state": "ready", "is_late": "yes"}, "Your vehicle is ready. You can fetch it now.", None, id="ready though late"),
        pytest.param({"state": "extra_work"}, "We have found more to do and would like to ask you first.", None, id="a question to the customer"),
        pytest.param({"state": "followed_up"}, "This job is finished.", None, id="over"),
    ],
)  # fmt: skip
def test_who_proves_that_a_repair_is_theirs_hears_how_far_it_is(
    told: dict[str, str], said: str, ended: str | None
) -> None:
    known = {"lookup:work_order": Told({**EXAMPLES["lookup:work_order"], **told})}

    turn = complete(HOTLINE, call(HOTLINE, *JOB, variables=COMPANY, now=OPEN), known)

    assert (heard(turn)[0], turn.ended) == (said, ended)
    assert "1234" not in repr(turn)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        pytest.param({"verify": Refused("not_proved")}, "We will look it up", id="somebody else's"),
        pytest.param({"lookup:work_order": Refused("not_found")}, "We will look it up", id="nobody's"),
        pytest.param({"verify": Failed("unavailable")}, "We will look it up", id="no database"),
        pytest.param({"verify": Refused("locked")}, "we are connecting you", id="guessed too often"),
    ],
)
def test_nobody_hears_whether_a_number_exists(told: dict[str, Answer], place: str) -> None:
    turn = complete(HOTLINE, call(HOTLINE, *JOB, variables=COMPANY, now=OPEN), told)

    assert place in " ".join(heard(turn))


def test_after_hours_zero_takes_a_message() -> None:
    asked = call(HOTLINE, "2", "0", variables=COMPANY, now=OPEN)
    assert complete(HOTLINE, asked, {}).steps[-1].waits_for == "queue"
    for nobody in (Refused("nobody_at_work"), Refused("no_team"), Failed("unavailable")):
        assert rings(complete(HOTLINE, asked, {"queue": nobody})) == "+14155550111"
    assert call(HOTLINE, "2", "0", variables=COMPANY, now=CLOSED).state.node == "message"


def test_who_waits_for_a_person_may_be_called_back() -> None:
    waits = complete(HOTLINE, call(HOTLINE, "2", "0", variables=COMPANY, now=OPEN), {})
    asked = engine.resume(HOTLINE, waits.state, Queued("callback"), FACTS)
    assert complete(HOTLINE, asked, {}).ended == "goodbye"
    assert complete(HOTLINE, asked, {"callback": Refused("kind_not_allowed")}).state.node == "message"


def test_roadside_help_is_dialled_at_any_hour_and_urgent() -> None:
    assert rings(call(HOTLINE, "1", "7", variables=COMPANY, now=CLOSED)) == "+14155550122"
    turn = call(HOTLINE, "7", Dialled("busy"), MESSAGE, variables=COMPANY)
    assert caused(turn)[-1][1]["urgency"] == "urgent"


def test_without_the_database_messages_are_taken_and_persons_dialled() -> None:
    kept = call(HOTLINE, "2", "1", "3", MESSAGE, variables=COMPANY, available=False, now=OPEN)
    asked = call(HOTLINE, *JOB, variables=COMPANY, available=False, now=OPEN)

    assert (kept.ended, [effect.kind for effect in kept.effects]) == ("message_taken", ["message_left"])
    assert rings(asked) == "+14155550111"


def test_events_are_told_only_where_there_are_any() -> None:
    told = {**COMPANY, "events_en": "Open day on Sunday.", "events_zh": "周日开放日。"}

    assert heard(call(HOTLINE, "1", "3", "1", variables=told))[0] == "周日开放日。"
    assert heard(call(HOTLINE, "2", "3", "1", variables=COMPANY))[0] == "There are no events just now."


def test_an_anonymous_caller_is_asked_for_a_number() -> None:
    assert (
        call(HOTLINE, "2", "4", "1", MESSAGE, variables=COMPANY, caller="").state.node == "complaint_number"
    )


BOOKING, REMINDER = (load(library(name)) for name in ("booking", "appointment"))
PLATE = ("2", "1234")


@pytest.mark.parametrize(
    ("flow", "answers", "told", "said", "decided"),
    [
        pytest.param(BOOKING, [*PLATE, "1"], {}, "We look forward to seeing you", "confirmed", id="they call and confirm"),
        pytest.param(BOOKING, [*PLATE, "3", "1"], {}, "Your appointment is cancelled", "cancelled", id="they call and cancel"),
        pytest.param(BOOKING, [*PLATE, "3", "2"], {}, "stays as it is", "", id="they think again"),
        pytest.param(BOOKING, [*PLATE, "2", "3"], {}, "Your appointment is on", "moved", id="they call and move it"),
        pytest.param(BOOKING, [*PLATE, "2", "4", "1"], {}, "Your appointment is on", "moved", id="to one of the later times"),
        pytest.param(BOOKING, [*PLATE, "1"], {"lookup:appointment": Refused("not_found")}, "Your appointment is on", "moved", id="they have none and book one"),
        pytest.param(BOOKING, PLATE, {"verify": Refused("not_proved")}, "please say your name", "", id="nobody we know"),
        pytest.param(BOOKING, PLATE, {"verify": Failed("unavailable")}, "please say your name", "", id="no database"),
        pytest.param(BOOKING, [*PLATE, "2"], {"appointment:offer": Refused("no_place")}, "please say your name", "", id="nothing is free"),
        pytest.param(BOOKING, [*PLATE, "2", "1"], {"appointment:take": Refused("lapsed")}, "please say your name", "", id="they took too long"),
        pytest.param(REMINDER, ["1", "1"], {}, "We look forward to seeing you", "confirmed", id="we call and they confirm"),
        pytest.param(REMINDER, ["1", "2", "1"], {}, "Your appointment is now on", "moved", id="we call and they move it"),
        pytest.param(REMINDER, ["1", "2", "2"], {"appointment:offer": Told({"first": "Friday", "second": "Monday"})}, "Your appointment is now on", "moved", id="to the last free time"),
        pytest.param(REMINDER, ["1", "3", "1"], {}, "Your appointment is cancelled", "cancelled", id="we call and they cancel"),
        pytest.param(REMINDER, ["1", "2", "0"], {}, "A colleague will call you", "", id="no time suits"),
        pytest.param(REMINDER, ["1", "2"], {"appointment:offer": Refused("no_place")}, "There is no free time just now", "", id="none is free"),
        pytest.param(REMINDER, ["1", "1"], {"appointment:confirm": Refused("over")}, "has been changed meanwhile", "", id="it is over"),
    ],
)  # fmt: skip
def test_appointments_are_kept_by_key(
    flow: Flow, answers: list[str], told: dict[str, Answer], said: str, decided: str
) -> None:
    turn = complete(flow, engine.start(flow, replace(FACTS, variables={**COMPANY, "slot": "Friday"})), told)
    kept = list(caused(turn))
    for answer in answers:
        turn = complete(flow, engine.resume(flow, turn.state, Digits(answer), FACTS), told)
        kept += caused(turn)

    assert said in " ".join(heard(turn))
    assert [data["value"] for kind, data in kept if kind == "answer"] == ([decided] if decided else [])


ASKED = {"company": "Acme", "name": "Ann"}


@pytest.mark.parametrize(
    ("keys", "case", "ended"),
    [
        pytest.param(["1", "1", "5", "5", "1", "10"], False, None, id="delighted"),
        pytest.param(["1", "1", "2", "5", "1", "10"], True, None, id="a low score"),
        pytest.param(["1", "1", "5", "5", "1", "06"], True, None, id="would not recommend us"),
        pytest.param(["1", "1", "5", "5", "1", "07"], False, None, id="might recommend us"),
        pytest.param(["2"], False, "refused", id="not now"),
        pytest.param(["1", "2"], False, "refused", id="somebody else"),
    ],
)
def test_a_low_score_makes_a_case(keys: list[str], case: bool, ended: str | None) -> None:
    turn = call(SURVEY, *keys, variables=ASKED)

    assert ("case" in [effect.kind for effect in turn.effects]) is case
    assert turn.ended == ended


@pytest.mark.parametrize("before", [[], ["1"], ["1", "1"], ["1", "1", "5", "5"], ["1", "1", "5", "5", "1"]])
def test_nine_stops_a_survey_at_every_question(before: list[str]) -> None:
    turn = call(SURVEY, *before, "9", variables=ASKED)

    assert (turn.ended, caused(turn)) == ("opted_out", [("opt_out", {"scope": "service"})])


def test_what_was_answered_is_kept_though_the_caller_leaves() -> None:
    kept = [
        caused(call(SURVEY, *["1", "1", "4", "5", "2", "08"][:count], variables=ASKED))
        for count in range(1, 7)
    ]

    assert [effects[0][1] for effects in kept] == [
        {"name": "takes_part", "value": "yes"},
        {"name": "identity", "value": "yes"},
        {"name": "satisfaction", "value": "4"},
        {"name": "friendliness", "value": "5"},
        {"name": "on_time", "value": "no"},
        {"name": "recommendation", "value": "8"},
    ]


def test_nobody_is_named_before_a_key_is_pressed() -> None:
    assert "Ann" not in " ".join(heard(call(SURVEY, variables=ASKED)))


OFFER = {
    "company": "Acme", "offer": "Winter check, half price.", "event_date": "2026-12-24",
    "venue": "1 Main Street", "optout_number": "+18005550100",
}  # fmt: skip


def test_a_promotion_says_who_calls_and_how_to_stop_it_first() -> None:
    said = heard(call(PROMOTION, variables=OFFER))

    assert said[0] == "This is an automated message from Acme. To stop these calls, press 9."
    assert said[2] == "Join us on Thursday, December 24, at 1 Main Street."


@pytest.mark.parametrize(
    ("answers", "ended", "kinds"),
    [
        pytest.param([Digits("9")], "opted_out", ["opt_out"], id="stop"),
        pytest.param([Digits("1")], "goodbye", ["answer"], id="interested"),
        pytest.param([Digits("0"), Dialled("completed")], "transferred", [], id="a person"),
        pytest.param([Digits("0"), Dialled("failed")], None, ["callback_asked"], id="the person is gone"),
        pytest.param([Digits("")] * 3, "goodbye", [], id="no answer"),
    ],
)
def test_every_answer_to_a_promotion_works(
    answers: list[Digits], ended: str | None, kinds: list[str]
) -> None:
    turn = complete(PROMOTION, call(PROMOTION, *answers, variables=OFFER), {})

    assert (turn.ended, [effect.kind for effect in turn.effects]) == (ended, kinds)
