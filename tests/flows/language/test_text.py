from __future__ import annotations

from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.language.text import (
    SAY_BYTES,
    SAY_ENCODED,
    clip,
    fill,
    is_well_formed,
    names_in,
    plain,
    seconds,
    sentences,
    spell,
    split_for_say,
    spoken,
)

anything = st.text(st.characters(exclude_categories=()), max_size=300)


@pytest.mark.parametrize(
    ("template", "names", "well_formed"),
    [
        pytest.param("Hello {{ a }} and {{b_2}}.", ("a", "b_2"), True, id="plain names"),
        pytest.param("Nothing here", (), True, id="none"),
        pytest.param("{{ a.b }}", (), False, id="no attributes"),
        pytest.param("{{ a|upper }}", (), False, id="no filters"),
        pytest.param("{{ 7*7 }}", (), False, id="no sums"),
        pytest.param("{% if a %}", (), False, id="no statements"),
        pytest.param("{{ a", (), False, id="never closed"),
        pytest.param("{{ A }}", (), False, id="no capitals"),
        pytest.param("{{ {{ a }} }}", ("a",), False, id="nested"),
        pytest.param("{ a }", (), True, id="single braces are text"),
    ],
)
def test_placeholders_are_plain_names(template: str, names: tuple[str, ...], well_formed: bool) -> None:
    assert names_in(template) == names
    assert is_well_formed(template) is well_formed


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert fill("{{ a }}", lambda name: "{{ a }}") == "{{ a }}"


@pytest.mark.parametrize(
    ("value", "kind", "lang", "said"),
    [
        pytest.param("4711", "digits", "en", "4 7 1 1", id="digits one by one"),
        pytest.param("4711", "digits", "zh", "四七一一", id="digits one by one in chinese"),
        pytest.param("+14155550123", "phone", "en", "1, 4 1 5, 5 5 5, 0 1 2 3", id="a number in groups"),
        pytest.param(
            "13800138000", "phone", "zh", "一三八，零零一三，八零零零", id="a number in groups in chinese"
        ),
        pytest.param("4711", "number", "en", "4711", id="a number stays one"),
        pytest.param("2026-12-24", "date", "en", "Thursday, December 24", id="a date"),
        pytest.param("2026-12-24", "date", "zh", "12月24日星期四", id="a date in chinese"),
        pytest.param("2026-12-24", "date", "fr", "2026-12-24", id="a date in a language nobody taught us"),
        pytest.param("soon", "date", "en", "soon", id="no date"),
        pytest.param("Acme", "text", "en", "Acme", id="a text"),
    ],
)
def test_values_are_said_as_people_say_them(value: str, kind: str, lang: str, said: str) -> None:
    assert spoken(value, kind, lang) == said


@given(anything)
def test_plain_text_can_stand_in_any_document(text: str) -> None:
    said = plain(text)

    element = ElementTree.Element("Say")
    element.text = said
    assert (ElementTree.fromstring(ElementTree.tostring(element, "utf-8")).text or "") == said  # noqa: S314  # our own text


@given(anything, st.integers(1, 60))
def test_what_is_clipped_keeps_its_bound_in_characters_and_bytes(text: str, length: int) -> None:
    cut = clip(text, length)

    assert len(cut) <= length
    assert len(cut.encode()) <= 3 * length


def test_rare_characters_of_four_bytes_count_for_more() -> None:
    assert clip("例" * 9, 6) == "例" * 6
    assert clip("𠮷" * 9, 6) == "𠮷" * 4


@given(st.text("ab1 ,.;!?。，！字例\U0001f600", max_size=600), st.integers(30, 200))
def test_a_split_text_fits_and_loses_nothing(text: str, limit: int) -> None:
    said = plain(text)
    pieces = split_for_say(said, limit, 3 * limit)

    assert all(piece and len(piece.encode()) <= limit for piece in pieces)
    assert "".join(pieces).replace(" ", "") == said.replace(" ", "")


def test_a_text_that_fits_stays_whole() -> None:
    assert split_for_say("One. Two.") == ("One. Two.",)
    assert split_for_say("") == ()


def test_a_long_chinese_text_is_cut_at_its_sentences() -> None:
    text = "这是一个相当长的句子。" * 120
    pieces = split_for_say(text)

    assert len(pieces) == 3
    assert all(piece.endswith("。") for piece in pieces)
    assert all(len(piece.encode()) <= SAY_BYTES and len(quote(piece)) <= SAY_ENCODED for piece in pieces)
    assert "".join(pieces) == text


def test_a_decimal_point_ends_no_sentence() -> None:
    assert sentences("It costs 3.50 today. Come!") == ["It costs 3.50 today.", "Come!"]


def test_chinese_takes_as_long_as_it_does() -> None:
    assert seconds("欢迎致电某某公司", "zh") == pytest.approx(1.8, abs=0.1)
    assert seconds("Welcome to {{ company }}.", "en") == pytest.approx(1.9, abs=0.1)


@given(st.text("0123456789", min_size=1, max_size=40), st.sampled_from(["en", "zh"]))
def test_spelling_keeps_every_digit(digits: str, lang: str) -> None:
    back = {char: str(value) for value, char in enumerate("零一二三四五六七八九")}

    assert "".join(back.get(char, char) for char in spell(digits, lang) if char not in " ,，") == digits
