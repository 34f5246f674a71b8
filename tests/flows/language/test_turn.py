from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from flows.language.turn import State

words = st.text("abcz_例", min_size=1, max_size=8)
states = st.builds(
    State,
    words,
    words,
    st.integers(0, 60),
    words,
    st.dictionaries(words, st.integers(0, 9)),
    st.dictionaries(words, words),
)


@given(states)
def test_a_state_comes_back_from_json_as_it_was(state: State) -> None:
    assert State.from_dict(json.loads(json.dumps(state.to_dict()))) == state


def test_an_empty_state_takes_little_room() -> None:
    assert State("0123456789abcdef", "main", 0, "en").to_dict() == {
        "f": "0123456789abcdef",
        "n": "main",
        "t": 0,
        "l": "en",
    }


@pytest.mark.parametrize(
    "short",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"f": "x", "n": "x", "t": "soon", "l": "en"}, id="a turn that is no number"),
        pytest.param({"f": "x", "n": "x", "t": 1, "l": "en", "c": []}, id="counters that are no mapping"),
        pytest.param(
            {"f": "x", "n": "x", "t": 1, "l": "en", "c": {"a": None}}, id="a count that is no number"
        ),
    ],
)
def test_what_is_no_state_is_refused(short: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="start the call again"):
        State.from_dict(short)
