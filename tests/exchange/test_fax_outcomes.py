from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.fax_outcomes import T30, FaxOutcome, outcome

ENDS = ("good", "busy", "no_answer", "voice", "poor_line", "cut", "no_fine", "invalid")


@pytest.mark.parametrize(
    ("end", "quality", "luck", "expected"),
    [
        pytest.param("good", "fine", 0.5, ("delivered", None, 3, 3), id="good"),
        pytest.param("busy", "fine", 0.5, ("busy", 486, 0, 0), id="busy"),
        pytest.param("no_answer", "fine", 0.5, ("no-answer", 487, 0, 0), id="rings out"),
        pytest.param("invalid", "fine", 0.5, ("failed", 404, 0, 0), id="no such number"),
        pytest.param("voice", "fine", 0.1, ("failed", 2, 0, 0), id="a person answers"),
        pytest.param("voice", "fine", 0.9, ("failed", 3, 0, 0), id="silence answers"),
        pytest.param("no_fine", "fine", 0.5, ("failed", 11, 0, 0), id="cannot do fine"),
        pytest.param("no_fine", "standard", 0.5, ("delivered", None, 3, 3), id="can do standard"),
        pytest.param("poor_line", "fine", 0.2, ("delivered", None, 3, 3), id="poor line, slow but whole"),
        pytest.param(
            "poor_line", "fine", 0.5, ("failed", 15, 2, 3), id="poor line, one page more than known"
        ),
        pytest.param("poor_line", "fine", 0.7, ("failed", 20, 0, 0), id="poor line, no training"),
        pytest.param("poor_line", "fine", 0.9, ("failed", 48, 1, 1), id="poor line, retries used up"),
        pytest.param("cut", "fine", 0.1, ("failed", 49, 1, 1), id="cut"),
        pytest.param("cut", "fine", 0.8, ("failed", 49, 2, 3), id="cut, one page more than known"),
    ],
)
def test_the_table(end: str, quality: str, luck: float, expected: tuple[str, int | None, int, int]) -> None:
    ended = outcome(end, 3, quality, luck)
    assert (ended.status, ended.code, ended.confirmed, ended.kept) == expected
    assert ended.message == (T30[ended.code] if ended.code else None)


@given(st.sampled_from(ENDS), st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_pages_are_never_more_than_sent_and_confirmed_never_more_than_kept(
    end: str, pages: int, luck: float
) -> None:
    ended: FaxOutcome = outcome(end, pages, "fine", luck)
    assert 0 <= ended.confirmed <= ended.kept <= min(pages, ended.confirmed + 1)
    assert (ended.status == "delivered") == (ended.confirmed == pages)
    assert ended.seconds > 0
