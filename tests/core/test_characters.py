"""Characters that are no text: each is named, with its place."""

from __future__ import annotations

import pytest

from core.characters import clean
from core.errors import Invalid


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a\0b", "remove the NUL character (U+0000) at position 2", id="NUL"),
        pytest.param("\ud800", "remove the broken half of a character (U+D800) at position 1", id="half"),
        pytest.param(
            "李\u202e伟",
            "remove the invisible character that turns text round (U+202E) at position 2",
            id="from right to left",
        ),
        pytest.param(
            "ab\u2069",
            "remove the invisible character that turns text round (U+2069) at position 3",
            id="end",
        ),
    ],
)
def test_a_character_that_is_no_text_is_named(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean(text)

    assert refused.value.message == said


@pytest.mark.parametrize("text", ["湖滨 😀", "a\tb\n", "שלום", "e\u0301", "👩\u200d🔧"])
def test_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
