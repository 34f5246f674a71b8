"""What an SMS costs, to the septet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from outbound.segments import BASIC, EXTENSION, check_length, count, plain, too_costly

COUNTED = [
    pytest.param("", "GSM-7", 0, 0, id="nothing"),
    pytest.param("a" * 160, "GSM-7", 160, 1, id="160 fit into one"),
    pytest.param("a" * 161, "GSM-7", 161, 2, id="161 do not"),
    pytest.param("a" * 306, "GSM-7", 306, 2, id="two full parts"),
    pytest.param("a" * 307, "GSM-7", 307, 3, id="one more"),
    pytest.param("€" * 80, "GSM-7", 160, 1, id="extension characters count twice"),
    pytest.param("€" * 80 + "a", "GSM-7", 161, 2, id="and tip it over"),
    pytest.param("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, id="an extension character is not cut in two"),
    pytest.param("a" * 153 + "€" + "a" * 151, "GSM-7", 306, 2, id="but may open a part"),
    pytest.param("你" * 70, "UCS-2", 70, 1, id="70 Chinese characters"),
    pytest.param("你" * 71, "UCS-2", 71, 2, id="71 Chinese characters"),
    pytest.param("你" * 134, "UCS-2", 134, 2, id="two full Chinese parts"),
    pytest.param("你" * 135, "UCS-2", 135, 3, id="one more Chinese character"),
    pytest.param("😀" * 35, "UCS-2", 70, 1, id="an emoji takes two units"),
    pytest.param("你" * 66 + "😀" + "你" * 66, "UCS-2", 134, 3, id="a surrogate pair is not cut in two"),
    pytest.param("a" * 160 + "’", "UCS-2", 161, 3, id="one curly quote makes it three"),
    pytest.param("[]{}\\|~^\f€", "GSM-7", 20, 1, id="all extension characters"),
    pytest.param("ç", "UCS-2", 1, 1, id="the small c with cedilla is not in the alphabet"),
    pytest.param("Ç", "GSM-7", 1, 1, id="the capital one is"),
    pytest.param("\x1b", "UCS-2", 1, 1, id="the escape itself is no character"),
    pytest.param("\r\n", "GSM-7", 2, 1, id="line ends"),
]


@pytest.mark.parametrize(("text", "encoding", "units", "segments"), COUNTED)
def test_a_text_is_counted(text: str, encoding: str, units: int, segments: int) -> None:
    counted = count(text)

    assert (counted.encoding, counted.units, counted.segments) == (encoding, units, segments)


def test_the_alphabet_has_127_characters_and_ten_by_escape() -> None:
    assert (len(BASIC), len(EXTENSION), BASIC & EXTENSION) == (127, 10, frozenset())


def test_the_characters_that_cost_are_named_once_and_in_order() -> None:
    assert too_costly("It’s 5 € – “fine” – it’s") == ("’", "–", "“", "”")
    assert too_costly("plain [text]") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("It’s “5 – 6”…\u00a0ok", 'It\'s "5 - 6"... ok', id="typed characters instead"),
        pytest.param("“北风” – ok", "“北风” – ok", id="no use in a text that stays UCS-2"),
        pytest.param("naïve", "naïve", id="a letter is never changed"),
    ],
)
def test_a_plain_spelling_is_offered_where_it_saves(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_the_carriers_limit_counts_utf_16_units() -> None:
    check_length("a" * 1600)
    check_length("😀" * 800)

    for text, code in (("a" * 1601, "text_too_long"), ("😀" * 801, "text_too_long"), (" \n", "text_empty")):
        with pytest.raises(Invalid) as refused:
            check_length(text)
        assert refused.value.code == code


ALPHABET = st.sampled_from("aé€[你’😀\n")


@given(st.text(ALPHABET, max_size=700))
def test_segments_are_as_many_as_units_need_and_never_cut_a_character(text: str) -> None:
    counted = count(text)
    alone, joined, widest = (160, 153, 2) if counted.encoding == "GSM-7" else (70, 67, 2)

    assert (counted.segments <= 1) == (counted.units <= alone)
    if counted.segments > 1:
        # each part but the last is full, or one short where a wide character did not fit
        assert -(-counted.units // joined) <= counted.segments <= -(-counted.units // (joined + 1 - widest))


@given(st.text(ALPHABET, max_size=400), st.text(ALPHABET, max_size=400))
def test_a_longer_text_never_costs_less(head: str, tail: str) -> None:
    assert count(head + tail).segments >= count(head).segments


@given(st.text(max_size=300))
def test_the_plain_spelling_never_costs_more_encoding(text: str) -> None:
    if count(plain(text)).encoding == "UCS-2":
        assert plain(text) == text


@given(st.text(max_size=300))
def test_units_agree_with_the_codec(text: str) -> None:
    if count(text).encoding == "UCS-2":
        assert count(text).units == len(text.encode("utf-16-le")) // 2
    else:
        assert count(text).units == len(text) + sum(character in EXTENSION for character in text)
