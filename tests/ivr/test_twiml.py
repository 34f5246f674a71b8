"""Every instruction as the document the carrier plays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from flows import publish
from flows.language import engine
from flows.language.turn import (
    Answer,
    Dial,
    Dialled,
    Digits,
    Enqueue,
    Facts,
    Failed,
    Gather,
    Hangup,
    Instruction,
    Leave,
    Meet,
    Pause,
    Play,
    Queued,
    Record,
    RecordCall,
    Recorded,
    Reject,
    Say,
)
from ivr.twiml import Urls, render
from ivr.voices import VOICES, voices_of
from tests.flows.samples import complete
from tests.ivr.phone import words
from tests.ivr.twiml_rules import check

URLS = Urls(
    "http://h/turn/t",
    "http://h/recorded/t",
    "http://h/dialled/t",
    "http://h/recording?call=t",
    "http://h/proof?call=t",
    lambda play: None if play.audio == "missing" else f"http://h/audio/{play.audio}",
    "http://h/wait/t",
    "http://h/left/t",
    "http://h/room/",
)
JOANNA = 'language="en-US" voice="Polly.Joanna-Neural"'
ZHIYU = 'language="cmn-CN" voice="Polly.Zhiyu-Neural"'
GOLDEN: dict[str, tuple[Instruction, str]] = {
    "Say": (Say("Fish & <chips>", "en"), f"<Say {JOANNA}>Fish &amp; &lt;chips&gt;</Say>"),
    "Say in Chinese": (Say("您好。", "zh"), f"<Say {ZHIYU}>您好。</Say>"),
    "Say in a language without a voice": (Say("Bonjour", "fr"), "<Say>Bonjour</Say>"),
    "Say nothing": (Say("\x00\x07", "en"), ""),
    "Play": (Play("jingle", "en"), "<Play>http://h/audio/jingle</Play>"),
    "Play what was never uploaded": (Play("missing", "en"), ""),
    "Pause": (Pause(2), '<Pause length="2" />'),
    "Gather": (
        Gather((Say("Press 1.", "en"), Pause(1)), 1, "", 5),
        '<Gather action="http://h/turn/t" actionOnEmptyResult="true" finishOnKey="" input="dtmf" numDigits="1" timeout="5">'
        f'<Say {JOANNA}>Press 1.</Say><Pause length="1" /></Gather><Redirect>http://h/turn/t</Redirect>',
    ),
    "Gather that listens to words": (
        Gather((), 1, "", 5, speech="zh", hints=("维修", "投诉")),
        '<Gather action="http://h/turn/t" actionOnEmptyResult="true" finishOnKey="" hints="维修, 投诉" input="dtmf speech"'
        ' language="cmn-Hans-CN" numDigits="1" speechTimeout="2" timeout="5" /><Redirect>http://h/turn/t</Redirect>',
    ),
    "Gather in a language nobody recognises": (
        Gather((), 1, "", 5, speech="fr", hints=("bonjour",)),
        '<Gather action="http://h/turn/t" actionOnEmptyResult="true" finishOnKey="" input="dtmf" numDigits="1" timeout="5" />'
        "<Redirect>http://h/turn/t</Redirect>",
    ),
    "Gather that no key cuts short": (
        Gather((Say("A notice.", "en"),), None, "#", 8, barge_in=False),
        f'<Say {JOANNA}>A notice.</Say><Gather action="http://h/turn/t" actionOnEmptyResult="true" finishOnKey="#"'
        ' input="dtmf" timeout="8" /><Redirect>http://h/turn/t</Redirect>',
    ),
    "Record": (
        Record(120, 5, "#", True),
        '<Record action="http://h/recorded/t" finishOnKey="#" maxLength="120" playBeep="true"'
        ' recordingStatusCallback="http://h/recording?call=t" timeout="5" /><Redirect>http://h/recorded/t</Redirect>',
    ),
    "RecordCall": (
        RecordCall(),
        '<Start><Recording channels="mono" recordingStatusCallback="http://h/proof?call=t" trim="do-not-trim" /></Start>',
    ),
    "Dial": (
        Dial("+14155550123", 25, 3600),
        '<Dial action="http://h/dialled/t" answerOnBridge="true" timeLimit="3600" timeout="25">'
        "<Number>+14155550123</Number></Dial>",
    ),
    "Enqueue": (
        Enqueue("carillon-1-service"),
        '<Enqueue action="http://h/left/t" waitUrl="http://h/wait/t">carillon-1-service</Enqueue>',
    ),
    "Leave": (Leave(), "<Leave />"),
    "Meet": (
        Meet("room-1", "about"),
        '<Dial action="http://h/dialled/t"><Conference beep="false" endConferenceOnExit="true" maxParticipants="2"'
        ' startConferenceOnEnter="true" statusCallback="http://h/room/about" statusCallbackEvent="start end" waitUrl="">'
        "room-1</Conference></Dial>",
    ),
    "Hangup": (Hangup(), "<Hangup />"),
    "Reject": (Reject("busy"), '<Reject reason="busy" />'),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_each_instruction_has_one_document(name: str) -> None:
    instruction, expected = GOLDEN[name]
    inner = render((instruction,), URLS, VOICES).removeprefix('<?xml version="1.0" encoding="UTF-8"?>')
    assert inner == (f"<Response>{expected}</Response>" if expected else "<Response />")


def test_no_instruction_is_without_a_golden() -> None:
    assert {type(instruction) for instruction, _ in GOLDEN.values()} == set(get_args(Instruction))


def test_a_long_text_becomes_several_says_on_sentence_borders() -> None:
    sentence = "请您放心，我们会尽快与您联系并说明处理的结果。"
    root = check(render((Say(sentence * 60, "zh"), Hangup()), URLS, VOICES))
    said = [say.text or "" for say in root.iter("Say")]
    assert len(said) > 1
    assert all(part.endswith("。") for part in said)
    assert "".join(said) == sentence * 60


def test_more_than_the_carrier_takes_is_refused() -> None:
    with pytest.raises(Invalid, match="shorten the flow's texts"):
        render([Say("长句。" * 150, "zh")] * 60, URLS, VOICES)


@given(st.text(max_size=300))
def test_customer_data_never_breaks_out_of_its_verb(text: str) -> None:
    root = check(render((Say(text, "zh"), Hangup()), URLS, VOICES))
    assert [child.tag for child in root][-1] == "Hangup"
    assert {child.tag for child in root} <= {"Say", "Hangup"}
    for say in root.iter("Say"):
        assert len(say) == 0


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "</Say><Dial>+1900</Dial>",
            "]]>",
            "<!--",
            "&amp;&#x0;",
            "\x00\x1b[2J",
            "\ud800",
            "{{ company }}",
            "中" * 60,
            "",
        ]
    ),
)
ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    st.sampled_from(["", "0", "1", "2", "3", "4", "7", "9", "*", "#", "12345", "*#", "A"]).map(Digits),
    st.sampled_from(["", "1" * 200, "１", "<b>"]).map(Digits),
    st.builds(Recorded, st.sampled_from(["", "http://c/RE1"]), st.integers(0, 120)),
    st.builds(Dialled, st.sampled_from(["completed", "busy", "no-answer", "failed", "odd"])),
    st.builds(Queued, st.sampled_from(["callback", "overflow", "failed"])),
    st.builds(Failed, st.sampled_from(["edge", "lookup"])),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(publish.library_names()),
    st.sampled_from(["en", "zh", None, "xx"]),
    st.lists(ANSWERS, max_size=12),
    st.dictionaries(
        st.sampled_from(["company", "offer", "address", "event_date", "name", "agent_number", "events_en"]),
        HOSTILE,
        max_size=7,
    ),
)
def test_every_document_of_a_shipped_flow_is_as_the_carrier_documents(
    name: str, lang: str | None, answers: list[Answer], variables: dict[str, str]
) -> None:
    flow = publish.loaded(publish.library(name))
    facts = Facts(datetime(2026, 11, 18, 12, tzinfo=UTC), "+14155550123", "+18005550100", variables, lang)
    turn = complete(flow, engine.start(flow, facts), {})
    for answer in answers:
        if turn.ended in ("to_message", "to_menu"):
            return  # another flow goes on in the same turn
        root = check(render(turn.instructions, URLS, voices_of(flow)))
        assert "Dial" not in {child.tag for child in root} or turn.steps[-1].kind in ("dial", "transfer")
        if turn.ended:
            return
        turn = complete(flow, engine.resume(flow, turn.state, answer, facts), {})
    if turn.ended not in ("to_message", "to_menu"):
        check(render(turn.instructions, URLS, voices_of(flow)))


def test_words_are_read_in_the_language_of_the_call() -> None:
    flow = publish.loaded(publish.library("promotion"))
    facts = Facts(datetime(2026, 11, 18, 12, tzinfo=UTC), "+1", "+1", {"company": "安美"}, "zh")
    root = check(render(engine.start(flow, facts).instructions, URLS, voices_of(flow)))
    assert {say.get("language") for say in root.iter("Say")} == {"cmn-CN"}
    assert "安美" in words(render(engine.start(flow, facts).instructions, URLS, voices_of(flow)))
