"""YAML in which everything stays what was written, and what is ambiguous is refused by line and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.yaml import MAX_CHARS, parse


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("17:30", "17:30", id="a time, not 1050"),
        pytest.param("01", "01", id="a number with a zero"),
        pytest.param("+18005550100", "+18005550100", id="a telephone number"),
        pytest.param("no", "no", id="no is a word"),
        pytest.param("on", "on", id="on is a word"),
        pytest.param("1e5", "1e5", id="no float"),
        pytest.param("0x10", "0x10", id="no hexadecimal"),
        pytest.param("2026-05-20", "2026-05-20", id="a date"),
        pytest.param("1_000", "1_000", id="an underscore"),
        pytest.param("~", "", id="nothing"),
        pytest.param("null", "", id="null is nothing"),
        pytest.param("'~'", "~", id="unless it is quoted"),
        pytest.param("", "", id="empty"),
        pytest.param("湖滨汽车", "湖滨汽车", id="Chinese"),
    ],
)
def test_a_scalar_is_what_was_written(written: str, read: str) -> None:
    assert parse(f"key: {written}\n") == {"key": read}


def test_lists_and_fields_nest() -> None:
    assert parse("a: [1, {b: 2}]\nc:\n  - d: |\n      two\n      lines\n") == {
        "a": ["1", {"b": "2"}],
        "c": [{"d": "two\nlines\n"}],
    }


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        pytest.param(
            "a: 1\na: 2\n", "yaml_duplicate_key", "line 2, column 1: 'a' stands here twice", id="twice"
        ),
        pytest.param("a: &x 1\n", "yaml_alias", "line 1, column 4: write the value out again", id="anchor"),
        pytest.param(
            "a: 1\nb: *a\n", "yaml_alias", "line 2, column 4: write the value out again", id="alias"
        ),
        pytest.param("a: !!int 1\n", "yaml_tag", "line 1, column 4: remove the tag", id="tag"),
        pytest.param(
            "a: !!python/name:os.system\n", "yaml_tag", "line 1, column 4: remove the tag", id="python"
        ),
        pytest.param(
            "? [a, b]\n: 1\n", "yaml_key", "line 1, column 3: use a plain word as key", id="odd key"
        ),
        pytest.param("a: [1\n", "yaml_syntax", "line 2, column 1: ", id="unclosed"),
        pytest.param("a: 1\n b: 2\n", "yaml_syntax", "line 2, column 3: ", id="badly indented"),
        pytest.param("a:\n\tb: 2\n", "yaml_syntax", "line 2, column 1: ", id="tab"),
        pytest.param("a: 1\n---\nb: 2\n", "yaml_syntax", "line 2, column 1: ", id="two documents"),
        pytest.param("", "yaml_empty", "the document is empty", id="empty"),
        pytest.param("# only this\n", "yaml_empty", "the document is empty", id="only a comment"),
        pytest.param(
            "a: \x00\n", "yaml_text", "line 1: remove the NUL character (U+0000) at position 4", id="NUL"
        ),
        pytest.param('a: "x\\0y"\n', "yaml_text", "line 1, column 4: remove", id="escaped NUL"),
        pytest.param('a: "\\ud800"\n', "yaml_text", "line 1, column 4: remove", id="half a character"),
        pytest.param(
            "a: 1\nb: x\u202ey\n", "yaml_text", "line 2: remove the invisible", id="a turn of direction"
        ),
        pytest.param(
            'a: "\\u2066"\n', "yaml_text", "line 1, column 4: remove", id="one written as an escape"
        ),
        pytest.param('"\\0": 1\n', "yaml_text", "line 1, column 1: remove", id="NUL in a key"),
        pytest.param("[" * 5_000, "yaml_too_deep", "nested too deeply", id="without end"),
        pytest.param("a" * (MAX_CHARS + 1), "yaml_too_long", "1000001", id="too long"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_by_its_place(text: str, code: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)

    assert refused.value.code == code
    assert message in refused.value.message


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except Invalid:
        return
    assert isinstance(found, str | list | dict)
