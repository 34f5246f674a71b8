"""Sentences: each is a template with its figures, said in Chinese too, and none is left over."""

from __future__ import annotations

import ast
import json
import pickle
import re
from functools import cache
from pathlib import Path

import pytest
from werkzeug.exceptions import default_exceptions
from werkzeug.http import HTTP_STATUS_CODES

from core import errors
from core.errors import CarillonError, Fault, WrongFields
from core.languages import in_language, templates
from core.sentences import Sentence, kept, lines, packed, restored, unpacked

ROOT = Path(__file__).parent.parent
PACKAGES = ("core", "customers", "broadcast", "ivr", "flows", "aftersales", "outbound", "console")
PLACE = re.compile(r"\{(\w+)[^}]*\}")
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type)
    and issubclass(kind, CarillonError)
    and kind not in (WrongFields, errors.ConfigError)
}
# where each call has its template
POSITIONS = {"Sentence": 0, "Fault": 2, "Finding": 4, "CarrierAway": 1} | dict.fromkeys(ERRORS, 1)
# these fill templates of a literal table
FILLED = (
    "aftersales/details.py",
    "core/errors.py",
    "core/fields.py",
    "broadcast/gates.py",
    "outbound/api.py",
)
ANSWERED = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)


@cache
def _calls() -> list[tuple[str, ast.Call]]:
    """Where something is said, by file and line."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for package in PACKAGES
        for path in sorted({*(ROOT / package).rglob("*.py")} - {ROOT / "core/sentences.py"})
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in POSITIONS
    ]


def _template(call: ast.Call) -> ast.expr | None:
    assert isinstance(call.func, ast.Name)
    position = POSITIONS[call.func.id]
    return call.args[position] if len(call.args) > position else None


def _written() -> dict[str, set[str]]:
    """Every template in the code, with the figures it is given."""
    found: dict[str, set[str]] = {}
    for _, call in _calls():
        template = _template(call)
        if isinstance(template, ast.Constant) and isinstance(template.value, str) and template.value:
            found[template.value] = {keyword.arg or "" for keyword in call.keywords}
    return found


# what an error says that brings no words, and what HTTP and the framework call things
UNSAID = {(getattr(errors, name).__doc__ or "").strip() for name in ERRORS}
TITLES = {HTTP_STATUS_CODES[status] for status in ANSWERED}
DESCRIPTIONS = {
    str(default_exceptions[status].description) for status in ANSWERED if status in default_exceptions
}


def test_every_sentence_has_chinese_and_none_is_left_over() -> None:
    written = _written().keys()
    wanted = written | UNSAID | TITLES | DESCRIPTIONS
    wanted = {text for text in wanted if PLACE.sub("", text).strip(" .:;\n")}

    assert len(wanted) > 200
    assert sorted(wanted - templates("zh").keys()) == []
    assert sorted(templates("zh").keys() - written - wanted) == []


def test_chinese_keeps_the_figures() -> None:
    said = templates("zh").items()

    assert [each for each in said if set(PLACE.findall(each[0])) != set(PLACE.findall(each[1]))] == []


def test_a_message_is_a_template_and_no_finished_text() -> None:
    for where, call in _calls():
        template = _template(call)

        assert not isinstance(template, ast.JoinedStr | ast.BinOp), where
        assert not (isinstance(template, ast.Call) and getattr(template.func, "attr", "") == "join"), where
        is_literal = isinstance(template, ast.Constant | None)
        assert is_literal or not call.keywords or where.startswith(FILLED), where
        if isinstance(template, ast.Constant) and (figures := {k.arg for k in call.keywords}):
            assert set(PLACE.findall(template.value)) == figures, where


def test_a_sentence_is_its_english_text_and_says_itself_in_chinese() -> None:
    said = Sentence("there is no import {number}", number=7)

    assert said == "there is no import 7"
    assert json.dumps({"said": said}) == '{"said": "there is no import 7"}'
    assert in_language(said, "en") == "there is no import 7"
    assert in_language(said, "zh") == "没有编号为 7 的导入"


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        pytest.param(
            Sentence("{field}: {said}", field="wave", said=Sentence("this field is missing")),
            "wave: this field is missing",
            "wave：缺少此项",
            id="a sentence in a sentence",
        ),
        pytest.param(
            Sentence("enter one of {words}", words=("voice", "sms")),
            "enter one of voice, sms",
            "请填写以下之一：voice、sms",
            id="a list",
        ),
        pytest.param(
            lines([Sentence("this field is missing"), Sentence("enter a text")]),
            "this field is missing\nenter a text",
            "缺少此项\n请填写文字",
            id="lines",
        ),
        pytest.param(
            Sentence("enter fields here, such as in {text: Hello}"),
            "enter fields here, such as in {text: Hello}",
            "请在此处填写字段，例如 {text: Hello}",
            id="braces without figures",
        ),
        pytest.param(
            Sentence("there is no import {number}", number="{x}"),
            "there is no import {x}",
            "没有编号为 {x} 的导入",
            id="braces in a figure",
        ),
        pytest.param("what a person wrote", "what a person wrote", "what a person wrote", id="no sentence"),
        pytest.param(
            '{"template": "{x.y}"}',
            '{"template": "{x.y}"}',
            '{"template": "{x.y}"}',
            id="what a person wrote as if it were one",
        ),
    ],
)
def test_sentences_are_told_kept_and_said_again(said: str, english: str, chinese: str) -> None:
    for again in (
        said,
        restored(json.loads(json.dumps(kept(said)))),
        unpacked(packed(said)),
        pickle.loads(pickle.dumps(said)),  # noqa: S301  # our own
    ):
        assert again == english
        assert in_language(again, "zh") == chinese


def test_wrong_fields_are_told_each_on_its_line() -> None:
    error = WrongFields([Fault("name", "missing", Sentence("this field is missing"))])

    assert error.message == "name: this field is missing"
    assert in_language(error.message, "zh") == "name：缺少此项"
