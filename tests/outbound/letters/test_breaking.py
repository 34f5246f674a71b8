"""Lines fit, lose nothing and begin and end where they may, in English, Chinese and both together."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.letters.breaking import NOT_FIRST, NOT_LAST, lines


def measure(text: str) -> float:
    """Latin letters are 1 wide, everything from the Chinese blocks 2."""
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)


BROKEN = [
    pytest.param("one two three", 7, ["one two", "three"], id="words stay whole"),
    pytest.param("one two", 7, ["one two"], id="a line may be filled to the brim"),
    pytest.param("", 7, [""], id="nothing is an empty line"),
    pytest.param("a\n\nb", 7, ["a", "", "b"], id="newlines stay"),
    pytest.param("  one   two  ", 7, ["one", "two"], id="spaces at either end go"),
    pytest.param("abcdefghij", 4, ["abcd", "efgh", "ij"], id="only a word wider than a line is cut"),
    pytest.param("see abcdefghij", 4, ["see", "abcd", "efgh", "ij"], id="and on a line of its own"),
    pytest.param("well-known", 6, ["well-", "known"], id="a hyphen may end a line"),
    pytest.param(
        "call 800-820-0000", 9, ["call", "800-820-0", "000"], id="a number is not split at its hyphens"
    ),
    pytest.param("你好世界", 6, ["你好世", "界"], id="Chinese breaks anywhere"),
    pytest.param("你好世，界", 6, ["你好", "世，界"], id="but not before a comma"),
    pytest.param("你好“世界”吧", 6, ["你好", "“世界”", "吧"], id="not after an opening quote"),
    pytest.param("车牌沪A12345号", 9, ["车牌沪", "A12345号"], id="Latin inside Chinese stays whole"),
    pytest.param("hello王小明bye", 9, ["hello王小", "明bye"], id="Chinese inside Latin breaks"),
    pytest.param("（（（你", 4, ["（（", "（你"], id="a heap of brackets is cut at last"),
]


@pytest.mark.parametrize(("text", "width", "expected"), BROKEN)
def test_text_is_broken_into_lines(text: str, width: float, expected: list[str]) -> None:
    assert lines(text, width, measure) == expected


def test_the_first_line_is_shorter_by_the_indent() -> None:
    assert lines("你好世界你好", 6, measure, indent=4) == ["你", "好世界", "你好"]
    assert lines("abcdefgh\nabcdef", 6, measure, indent=2) == ["abcd", "efgh", "abcdef"]


MIXED = st.text(st.sampled_from("abc 你好。，（）“”-/1\n\u3000\u00a0王"), max_size=120)


@given(MIXED, st.integers(5, 40), st.integers(0, 3))
def test_every_line_fits_and_nothing_but_spaces_is_lost(text: str, width: int, indent: int) -> None:
    broken = lines(text, width, measure, indent)

    assert all(measure(line) <= width - (indent if number == 0 else 0) for number, line in enumerate(broken))
    assert "".join("".join(broken).split()) == "".join(text.split())


@given(st.text(st.sampled_from("你好世界。，（）“”"), max_size=60))
def test_no_line_begins_or_ends_with_a_mark_that_may_not(text: str) -> None:
    # heaps of marks wider than a line must be cut; what is left is what people write
    text = re.sub("[。，（）“”]{2,}", "。", text)

    for before, after in zip(broken := lines(text, 16, measure), broken[1:], strict=False):
        assert before[-1] not in NOT_LAST
        assert after[0] not in NOT_FIRST


def test_a_very_long_word_takes_time_in_proportion() -> None:
    assert len(lines("-1" * 50_000, 100, measure)) == 1000
