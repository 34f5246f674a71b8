"""Texts: everything staff read has Chinese, and the closed lists of the domain have words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, render_template_string

from aftersales.models import Case, ExtraWork, FollowUp, Letter, Outreach, WorkOrder
from aftersales.models.calls import DEMANDS, OUTCOMES, REPLIES
from aftersales.models.cases import KINDS as CASE_KINDS
from aftersales.models.documents import LETTER_KINDS, LETTER_MEANS
from aftersales.models.files import INTAKES
from aftersales.models.follow_ups import MEANS
from aftersales.next_service import KINDS as PROPOSALS
from aftersales.outreach_kinds import KINDS as OUTREACH
from aftersales.settings import BLOCKS, AfterSales
from aftersales.work_orders import PROMISE
from broadcast.models import Campaign
from console import care_words, import_words, message_words, order_words, policy_words, words
from core.carriers import words as carrier_words
from customers.contact_policy import RULES
from customers.figures import LEVELS
from customers.importing import FIELDS
from customers.models import CHANNELS, CONSENTS, NUMBER_KINDS, PURPOSES, SCOPES, CustomerImport, Touch
from flows.language.load import load
from flows.language.nodes import NODES
from flows.publish import library, library_names
from ivr.effects import EFFECTS
from ivr.models import Call
from ivr.records import ENDS
from outbound.models import Attempt, Delivery, InboundText
from outbound.words import KINDS

ROOT = Path(__file__).parents[2]
CHINESE = r"[\u3400-\u9fff]"
HALF_WIDTH = re.compile(rf"{CHINESE}[,.:;?!()]|[,:;?!()]{CHINESE}")
UNSPACED = re.compile(rf"{CHINESE}[0-9A-Za-z]|[0-9A-Za-z]{CHINESE}")
PLACE = re.compile(r"%\(\w+\)s")
TAG = re.compile(r"<[^>]+>")


def _extracted(folder: str, method: str, pattern: str) -> Iterator[tuple[str, ...]]:
    found = extract_from_dir(
        ROOT / folder,
        [(pattern, method)],
        {"**": {"trimmed": "true"}, pattern: {"trimmed": "true"}},
        keywords={"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)},
    )
    for _, _, message, _, _ in found:
        yield (message,) if isinstance(message, str) else tuple(message)


@cache
def _catalogue() -> list[tuple[str, str, str]]:
    """The Chinese of every text: its key, as it is written (the plural, where there is one), and its Chinese."""
    with (ROOT / "translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="zh") if message.id]
    forms = [(_forms(message.id), _forms(message.string)) for message in messages]
    return [(ids[0], ids[-1], strings[0]) for ids, strings in forms]


def _forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_every_text_has_chinese_and_none_is_left_over() -> None:
    wanted = {
        message[0]
        for message in (
            *_extracted("console", "python", "**.py"),
            *_extracted("templates", "jinja2", "**.html"),
        )
    }
    kept = {key: chinese for key, _, chinese in _catalogue()}

    assert len(wanted) > 250
    assert wanted - kept.keys() == set()
    assert kept.keys() - wanted == set()
    assert [key for key, chinese in kept.items() if not chinese] == []


def test_chinese_is_written_as_chinese() -> None:
    for _, source, text in _catalogue():
        plain = TAG.sub("", text)

        assert not HALF_WIDTH.search(plain), source
        assert not UNSPACED.search(PLACE.sub("", plain)), source
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(source)), source
        assert "请您" not in text, source
        assert "!" not in source


# the plan's own words are a tenant's; these come with us
FOLLOW_UPS = {*(step.step for step in AfterSales().plan), PROMISE, "solution", "agreed", *OUTREACH}
REASON_WORDS = {
    "goodbye",
    "message_taken",
    "refused",
    "opted_out",
    "transferred",
    "too_many_turns",
    "trouble",
    *ENDS.values(),
}


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        pytest.param(words.CAMPAIGN_STATES, Campaign.STATES, id="states of a campaign"),
        pytest.param(words.CAMPAIGN_LOOKS, Campaign.STATES, id="looks of a campaign"),
        pytest.param(words.ATTEMPT_STATES, Attempt.STATES, id="states of an attempt"),
        pytest.param(message_words.TEXT_STATES, InboundText.STATES, id="states of a text"),
        pytest.param(
            message_words.TEXT_KINDS, {*KINDS.values(), "answer", "refusal", "confirm"}, id="kinds of text"
        ),
        pytest.param(message_words.DELIVERY_STATES, Delivery.STATES, id="states of a delivery"),
        pytest.param(order_words.ORDER_STEPS, WorkOrder.STATES, id="steps of a work order"),
        pytest.param(order_words.ORDER_LOOKS, WorkOrder.STATES, id="looks of a work order"),
        pytest.param(order_words.OUTREACH_STATES, Outreach.STATES, id="states of outreach"),
        pytest.param(order_words.OUTREACH, OUTREACH, id="outreach"),
        pytest.param(order_words.EXTRA_STATES, ExtraWork.STATES, id="states of extra work"),
        pytest.param(order_words.DEPARTMENTS, AfterSales().departments, id="departments"),
        pytest.param(order_words.INTAKES, INTAKES, id="intakes"),
        pytest.param(order_words.PROPOSALS, PROPOSALS, id="what to call about next"),
        pytest.param(care_words.FOLLOW_UPS, FOLLOW_UPS, id="follow-ups"),
        pytest.param(care_words.FOLLOW_UP_STATES, FollowUp.STATES, id="states of a follow-up"),
        pytest.param(care_words.MEANS, MEANS, id="means of a follow-up"),
        pytest.param(care_words.BLOCKS, BLOCKS, id="parts of a script"),
        pytest.param(care_words.HINTS, BLOCKS, id="what to say in each"),
        pytest.param(care_words.DEMANDS, DEMANDS, id="demands"),
        pytest.param(care_words.REPLIES, filter(None, REPLIES), id="replies"),
        pytest.param(care_words.OUTCOMES, OUTCOMES, id="outcomes of a recorded call"),
        pytest.param(care_words.CASE_KINDS, CASE_KINDS, id="kinds of case"),
        pytest.param(care_words.CASE_STATES, Case.STATES, id="states of a case"),
        pytest.param(care_words.CASE_LOOKS, Case.STATES, id="looks of a case"),
        pytest.param(care_words.LETTERS, LETTER_KINDS, id="kinds of letter"),
        pytest.param(care_words.LETTER_MEANS, LETTER_MEANS, id="means of a letter"),
        pytest.param(care_words.LETTER_STATES, Letter.STATES, id="states of a letter"),
        pytest.param(words.CALL_STATES, Call.STATES, id="states of a call"),
        pytest.param(words.TOUCH_STATES, Touch.STATES, id="states of a touch"),
        pytest.param(words.RULES, RULES, id="rules that refuse"),
        pytest.param(words.CHECKS, RULES, id="rules as checks"),
        pytest.param(
            words.CAUSES, {*carrier_words.ERRORS.values(), *carrier_words.SIP.values()}, id="causes"
        ),
        pytest.param(words.CALL_REASONS, REASON_WORDS, id="ends of a call"),
        pytest.param(words.STEPS, {*NODES, *EFFECTS}, id="steps of a call"),
        pytest.param(words.CHANNELS, CHANNELS, id="channels"),
        pytest.param(words.PURPOSES, PURPOSES, id="purposes"),
        pytest.param(policy_words.LEVELS, CONSENTS, id="levels of consent"),
        pytest.param(policy_words.SCOPES, SCOPES, id="scopes"),
        pytest.param(policy_words.NUMBER_KINDS, NUMBER_KINDS, id="kinds of number"),
        pytest.param(import_words.FIELDS, FIELDS, id="fields of a customer file"),
        pytest.param(import_words.IMPORT_STATES, set(CustomerImport.STATES), id="states of an import"),
    ],
)
def test_every_code_has_a_word(table: dict[str, object], codes: Iterable[str]) -> None:
    assert set(codes) - table.keys() == set()


def test_every_box_for_messages_has_a_word() -> None:
    nodes = [node for name in library_names() for node in load(library(name)).nodes.values()]
    boxes = {node.box for node in nodes if hasattr(node, "box")}

    assert boxes
    assert boxes - words.BOXES.keys() == set()


@pytest.mark.parametrize(
    ("kind", "effect", "shown"),
    [
        ("answer", "name=satisfaction value=2", "satisfaction: 2"),
        ("answer", "name=comment value=the name=x is odd", "comment: the name=x is odd"),
        ("case", "kind=low_score urgency=urgent", "Low score"),
        ("case", "kind=repair_late urgency=urgent job=4102", "Repair is late · work order 4102"),
        ("opt_out", "", ""),
    ],
)
def test_what_a_step_caused_is_readable(app: Flask, kind: str, effect: str, shown: str) -> None:
    with app.test_request_context():
        assert words.effect_words(kind, effect) == shown


@pytest.mark.parametrize("value", [*LEVELS, "never", *NUMBER_KINDS, "either", *SCOPES])
def test_what_a_rule_goes_by_has_a_word(value: str) -> None:
    assert value in policy_words.FOUND


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("listed US", "in the list of US", id="listed"),
        pytest.param("missing GB", "no list of GB is loaded; have one loaded", id="no list"),
        pytest.param(
            "stale US 2026-10-01 31",
            "the list of US is of Oct 1, 2026, older than 31 days; have a new one loaded",
            id="old list",
        ),
        pytest.param("yes 2026-10-01", "another subscriber since Oct 1, 2026", id="reassigned"),
        pytest.param("unchecked", "nobody has asked yet", id="nobody asked"),
        pytest.param("express_written", "Agreed in writing", id="a level"),
        pytest.param("1/day", "1/day", id="a figure"),
        pytest.param("09:00-20:00 Asia/Shanghai", "09:00-20:00 Asia/Shanghai", id="hours"),
    ],
)
def test_what_a_rule_found_is_told_in_words(app: Flask, value: str, shown: str) -> None:
    with app.test_request_context():
        assert policy_words.found(value) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", "12,345 rows"), ("zh", "12,345 行")])
def test_counts_are_grouped(app: Flask, language: str, shown: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert render_template_string("{{ ngettext('%(num)s row', '%(num)s rows', 12345) }}") == shown
