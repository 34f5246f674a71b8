from __future__ import annotations

import pytest

from flows.language.lint import Rules, lint
from tests.flows.samples import call, sample

FLOW = sample(
    """
  it:
    kind: set
    values: {number: "{{ caller }}", topic: "Repair of {{ plate }}", score: "{{ topic }} 12"}
    next: ask
  ask: {kind: menu, options: {"1": {next: bye}}, otherwise: bye}
""",
    "variables: {number: {type: digits, max_length: 15}, topic: {max_length: 12}, score: {type: number}, plate: {}}",
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("number", "+14155550123", id="another variable as it is, not as it is spoken"),
        pytest.param("topic", "Repair of AB", id="text and variables, cut to its length"),
        pytest.param("score", "12", id="nothing but digits in a number"),
        pytest.param("plate", "AB 123", id="what is not set stays"),
    ],
)
def test_gives_variables_a_value(name: str, value: str) -> None:
    assert call(FLOW, variables={"plate": "AB 123"}).state.variables[name] == value


def test_goes_on_at_once_and_says_nothing() -> None:
    turn = call(FLOW)

    assert [(step.node, step.says) for step in turn.steps] == [("it", ()), ("ask", ())]


@pytest.mark.parametrize("broken", ["{{ plate", "{{ plate|upper }}", "{% if plate %}x{% endif %}{{"])
def test_lint_finds_braces_that_would_be_kept_as_they_are(broken: str) -> None:
    nodes = f"""
  it: {{kind: set, values: {{topic: '{broken}'}}, next: ask}}
  ask: {{kind: menu, options: {{"1": {{next: bye}}}}, otherwise: bye}}
"""
    found = lint(sample(nodes, "variables: {topic: {}, plate: {}}"), Rules())

    assert ("placeholder_broken", "it") in {(one.code, one.node) for one in found}
