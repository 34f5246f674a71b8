"""Texts to mainland China: nobody is asked for an answer that cannot be given (CN-8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broadcast import one_way
from core.errors import Invalid
from customers.segments import Member
from tests.broadcast.conftest import House

SHANGHAI, BOSTON = "+8613811110001", "+16175552001"
ASKING = [
    "Reply STOP to end",
    "Please reply with your plate",
    "Respond with 1 to confirm",
    "Text YES to 12345",
    'text "STOP" to us',
    "回复R退订",
    "退订回TD",
    "回T退订",
    "拒收请回复R",
    "请回复“是”确认",
    "请您直接回复您的车牌号",
    "参加请编辑短信1",
]
FREE = [
    "To stop, call 800-555-0199 and press 2, 3, 3.",
    "Do not reply. Call 800-555-0199.",
    "Please don't reply to this text",
    "We will reply to you soon",
    "We send 3 parts to No. 5 Lake St.Come at 10.30am",
    "拒收请拨400-820-5501按1、3、3",
    "请勿回复。退订请拨400-820-5501",
    "本短信无需回复",
    "我们会尽快回复您",
    "回来保养八折",
]
LINKED = ["see https://ours.example/x", "www.ours.cn", "详见 bit.ly/abc", "lakeside.com"]


def refused(text: str, language: str = "zh", address: str | None = SHANGHAI, **variables: str) -> str:
    content = {"texts": {language: {"text": text}}, "variables": variables}
    try:
        one_way.check_text(content, Member(1, address, language, {}), "")
    except Invalid as error:
        return error.message
    return ""


@pytest.mark.parametrize("text", ASKING)
def test_a_text_that_asks_for_an_answer_does_not_go_there(text: str) -> None:
    for language in ("en", "zh"):
        assert refused(text, language) == f"message.{language}.text: {one_way.NO_ANSWER}"
    assert refused(text, address=BOSTON) == refused(text, address=None) == ""


@pytest.mark.parametrize("text", FREE)
def test_a_text_that_asks_for_none_goes(text: str) -> None:
    assert refused(text) == ""


@pytest.mark.parametrize("text", LINKED)
def test_a_link_does_not_go_there(text: str) -> None:
    assert refused(text) == f"message.zh.text: {one_way.NO_LINK}"


def test_the_words_may_stand_in_a_variable() -> None:
    assert one_way.NO_ANSWER in refused("{{ name }}{{ end }}", end="回复R退订")
    assert one_way.NO_LINK in refused("{{ name }}{{ link }}", link="https://ours.example")
    assert refused("{{ name }}", end="回复R退订") == ""


def in_both(zh: str, en: str = "Hello {{ name }}. Reply STOP to end.") -> dict[str, str]:
    return {"message": json.dumps({"en": {"text": en}, "zh": {"text": zh}}, ensure_ascii=False)}


def problem(house: House, *words: str) -> str:
    result = house.run(*words)
    assert result.exit_code == 1, result.output
    return result.stderr.strip().removeprefix("Error: ")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        pytest.param(in_both("您好，回复R退订"), "message.zh.text", id="Chinese"),
        pytest.param(
            {"message": json.dumps({"en": {"text": "Reply STOP to end"}})}, "message.en.text", id="English for all"
        ),
        pytest.param(
            {
                "channel": "",
                "message": "",
                "waves": json.dumps(
                    [
                        {"channel": "fax", "message": {"zh": {"subject": "邀请", "paragraphs": ["回复R"]}}},
                        {"channel": "sms", "message": {"zh": {"text": "回复R退订"}}},
                    ]
                ),
            },
            "waves.2.message.zh.text",
            id="the second wave",
        ),
    ],
)  # fmt: skip
def test_a_draft_is_refused_with_its_field(house: House, document: dict[str, str], field: str) -> None:
    house.customer("李娜", SHANGHAI, language="zh")
    path = house.write(**document)
    if "waves" in document:
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line for line in lines if not line.endswith(": ")), encoding="utf-8")

    assert problem(house, "create", str(path)) == f"{field}: {one_way.NO_ANSWER}"


def test_a_text_for_others_may_ask(house: House) -> None:
    house.customer("李娜", SHANGHAI, language="zh")
    house.customer("Ann", BOSTON, language="en")

    assert house.launched(**in_both("您好，退订请拨400-820-5501按1"))


def test_whoever_joins_the_list_later_is_seen_at_the_launch(house: House) -> None:
    house.customer("Ann", BOSTON, language="en")
    found = house.said("create", str(house.write(**in_both("您好，回复R退订"))))
    house.customer("李娜", SHANGHAI, language="zh")

    assert problem(house, "launch", str(found["id"])) == f"message.zh.text: {one_way.NO_ANSWER}"
    assert house.campaign(found["id"]).state == "draft"


def test_a_long_text_names_whom_it_is_too_long_for(house: House) -> None:
    house.customer("Ann", BOSTON, language="en")
    found = house.said(
        "create", str(house.write(message=json.dumps({"en": {"text": "{{ name }} " + "a" * 510}})))
    )
    customer = house.customer("Wang", SHANGHAI, language="en")

    said = problem(house, "launch", str(found["id"]))

    assert said == f"customer {customer} (Wang): a text to +86 has at most 500 characters, and this 515"


@pytest.mark.parametrize("units", [1, 3])
def test_short_texts_are_not_even_made(units: int) -> None:
    text: dict[str, Any] = {"text": "{{ nobody }}"}

    one_way.check_length(text, {}, Member(1, SHANGHAI, "en", {}), units)
