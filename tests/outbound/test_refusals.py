"""Free text that a person should read before its sender gets marketing again; and what is none of that."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.refusals import may_refuse


@pytest.mark.parametrize(
    "body",
    [
        "please stop texting me",
        "I want you to stop \u202e evil",
        "请停止",
        "取消",
        "Stop sending me these messages!!!",
        "STOP IT",
        "pls stop",
        "stop please",
        "Don\u2019t text me again",
        "do not contact me",
        "No more texts",
        "unsubscribe me please",
        "I want to opt out of this",
        "take me off your list",
        "Remove my number from your list",
        "wrong number",
        "You have the wrong person",
        "not interested",
        "I never signed up for this",
        "leave me alone",
        "I will report you to the FCC",
        "This is spam",
        "talk to my lawyer",
        "my husband passed away",
        "ＰＬＥＡＳＥ ＳＴＯＰ",
        "别再发了",
        "不要再给我发短信",
        "请勿打扰",
        "我要退订",
        "你们打错了",
        "发错人了吧",
        "我不是本人",
        "没兴趣",
        "不需要，谢谢",
        "再发我就投诉",
        "把我的号码删掉，删除我的信息",
        "滚",
        "please stop calling me",
        "Please STOP calling",
        "don't stop",
        "stop stop stop",
        "stopp",
        "STOP1",
        "STOP2END",
        "s.t.o.p texting",
        "STOP\n\nOn Mon, Ours wrote:\n> Reply STOP to end",
        "> Spring offer\nSTOP",
        "cease and desist",
        "cancel all messages",
        "Cancel my subscription",
        "no more",
        "I revoke my consent",
        "I withdraw my permission",
        "Arrêt",
        "BAJA",
        "\U0001f6d1",
        "\U0001f6ab no",
        "ｐｌｅａｓｅ　ｓｔｏｐ　ｃａｌｌｉｎｇ",
        "\u24c8\u24c9\u24c4\u24c5 texting me",
        "pl\u200bease st\u200bop tex\u200bting me",
        "ST\u00adOP calling me",
        "\u202eplease stop texting\u202c",
        "please sto\u0301p calling me",
        "\u0405\u0422\u041e\u0420 it",
        "ST\u039fP",
        "停",
        "停止發送",
        "請不要再發簡訊",
        "別再打電話了",
        "拒絕接收",
        "請停止騷擾",
        "你們打錯了",
        "沒興趣",
        "不要廣告",
        "撤回同意",
        "我要檢舉投訴",
    ],
)
def test_what_sounds_like_a_refusal_is_read_by_a_person(body: str) -> None:
    assert may_refuse(body)


@pytest.mark.parametrize(
    "body",
    [
        "Thanks, see you then!",
        "stop by tomorrow",
        "I'll stop by at 5",
        "Please cancel my appointment on Tuesday",
        "cancel my appointment",
        "Can you call me back?",
        "What time do you close?",
        "yes",
        "no",
        "1",
        "Great service, thank you",
        "好的，谢谢",
        "明天下午可以吗",
        "请给我回电话",
        "什么时候可以取车",
        "👍",
        "",
        "Which bus stop is nearest?",
        "I'm stopping by later",
        "no more questions, thanks",
        "Please cancel the visit on Monday",
        "I agree",
        "停車場在哪裡",
        "謝謝，明天見",
        "> Reply STOP to end\nSee you at 5",
    ],
)
def test_ordinary_answers_are_not(body: str) -> None:
    assert not may_refuse(body)


@given(st.text(max_size=200))
def test_any_text_can_be_asked_about(body: str) -> None:
    assert may_refuse(body) in (True, False)


@pytest.mark.parametrize(
    "body",
    [
        "\n" * 1600,
        "s.t.o." * 260,
        "stop " * 400,
        "don't " * 400,
        "别" * 1600,
        "take me " * 300,
        "a" * 100_000,
    ],
)
def test_no_text_takes_long(body: str) -> None:
    began = time.process_time()
    may_refuse(body)
    assert time.process_time() - began < 1.0
