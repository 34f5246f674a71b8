from __future__ import annotations

import pytest

from flows.language.turn import Hangup
from tests.flows.samples import call, caused, heard, sample


@pytest.mark.parametrize(
    ("scope", "lang", "said"),
    [
        pytest.param("marketing", "en", "Done.", id="advertising"),
        pytest.param("service", "zh", "好。", id="surveys, in chinese"),
        pytest.param("all", "en", "Done.", id="everything"),
    ],
)
def test_stops_confirms_and_ends_at_once(scope: str, lang: str, said: str) -> None:
    turn = call(sample(f"  it: {{kind: optout, scope: {scope}, text: {{en: Done., zh: 好。}}}}"), lang=lang)

    assert turn.ended == "opted_out"
    assert caused(turn) == [("opt_out", {"scope": scope})]
    assert heard(turn) == [said]
    assert isinstance(turn.instructions[-1], Hangup)


def test_works_without_the_database() -> None:
    flow = sample("  it: {kind: optout, scope: all, text: {en: Done.}}")

    assert call(flow, available=False).effects == call(flow).effects
