"""What callers keyed in is told to each reader in their own language."""

from __future__ import annotations

import pytest

from aftersales import details
from core.languages import in_language

TOLD = [
    pytest.param("job=4102", "work order 4102", "工单 4102", id="a work order"),
    pytest.param(
        "satisfaction=2 on_time=no",
        "satisfaction 2, on time: no",
        "满意度 2 分、按时完成：否",
        id="two answers",
    ),
    pytest.param("about=the pump = broken", "the pump = broken", "the pump = broken", id="words with a sign"),
    pytest.param(
        "seat_row=12 job=", "seat row: 12", "seat row：12", id="a name of the flow's own, and nothing"
    ),
    pytest.param("", "", "", id="nothing at all"),
]


@pytest.mark.parametrize(("effect", "english", "chinese"), TOLD)
def test_details_are_told_in_words(effect: str, english: str, chinese: str) -> None:
    told = details.told(details.read(effect))

    assert told == english
    assert in_language(told, "zh") == chinese
