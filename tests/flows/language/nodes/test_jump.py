from __future__ import annotations

import pytest

from flows.language.lint import Rules, lint
from tests.flows.samples import call, heard, sample

ROUND = """
  it: {kind: say, text: {en: Round., zh: 转。}, next: again}
  again: {kind: jump, to: %s, times: %d, otherwise: bye}
  ask: {kind: menu, options: {"1": {text: {en: Press 1., zh: 按1。}, next: it}}, otherwise: bye}
"""


@pytest.mark.parametrize("times", [1, 2, 9])
def test_goes_back_so_many_times_and_then_on(times: int) -> None:
    turn = call(sample(ROUND % ("it", times)))

    assert heard(turn) == ["Round."] * (times + 1) + ["Goodbye."]
    assert turn.ended == "goodbye"


def test_counts_through_the_whole_call() -> None:
    flow = sample(ROUND % ("ask", 2))

    ended = [call(flow, *["1"] * presses).ended for presses in range(3)]

    assert ended == [None, None, "goodbye"]


@pytest.mark.parametrize(
    ("nodes", "codes"),
    [
        pytest.param(ROUND % ("it", 3), set(), id="a loop that is counted"),
        pytest.param(
            ROUND.replace("otherwise: bye}\n  ask", "otherwise: it}\n  ask") % ("ask", 1),
            {"uncounted_loop"},
            id="its way out is not",
        ),
        pytest.param(
            ROUND.replace("next: again}", "next: s0}") % ("it", 9)
            + "".join(
                f"  s{at}: {{kind: say, text: {{en: A., zh: 好。}}, next: s{at + 1}}}\n" for at in range(4)
            )
            + "  s4: {kind: say, text: {en: A., zh: 好。}, next: again}\n",
            {"chain_too_long"},
            id="so many rounds that one turn cannot hold them",
        ),
        pytest.param(ROUND % ("ask", 9), set(), id="any number of rounds if somebody is asked in each"),
    ],
)
def test_lint_knows_that_it_counts(nodes: str, codes: set[str]) -> None:
    found = {one.code for one in lint(sample(nodes), Rules()) if one.level == "error"}

    assert found - {"person_missing", "unreachable"} == codes
