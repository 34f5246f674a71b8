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
    ],
)
def test_ordinary_answers_are_not(body: str) -> None:
    assert not may_refuse(body)


@given(st.text(max_size=200))
def test_any_text_can_be_asked_about(body: str) -> None:
    assert may_refuse(body) in (True, False)


@pytest.mark.parametrize(
    "body", ["stop " * 400, "don't " * 400, "别" * 1600, "take me " * 300, "a" * 100_000]
)
def test_no_text_takes_long(body: str) -> None:
    began = time.perf_counter()
    may_refuse(body)
    assert time.perf_counter() - began < 1.0
