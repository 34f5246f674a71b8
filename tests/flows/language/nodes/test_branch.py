from __future__ import annotations

import pytest

from tests.flows.samples import call, sample

FLOW = sample(
    """
  it: {kind: branch, variable: tier, cases: {gold: a, "0-6": b, "10": c}, empty: d, otherwise: e}
  a: {kind: hangup}
  b: {kind: hangup}
  c: {kind: hangup}
  d: {kind: hangup}
  e: {kind: hangup}
""",
    "variables: {tier: {}}",
)


@pytest.mark.parametrize(
    ("value", "node"),
    [
        pytest.param("gold", "a", id="an exact value"),
        pytest.param("0", "b", id="the lower end of a range"),
        pytest.param("6", "b", id="the upper end of a range"),
        pytest.param("7", "e", id="past the range"),
        pytest.param("06", "b", id="a leading zero"),
        pytest.param("10", "c", id="an exact number"),
        pytest.param("0-6", "b", id="the range's own spelling"),
        pytest.param("", "d", id="nothing known"),
        pytest.param("silver", "e", id="anything else"),
        pytest.param("-1", "e", id="below"),
        pytest.param("٣", "e", id="a digit of another script"),
    ],
)
def test_goes_by_the_value(value: str, node: str) -> None:
    assert call(FLOW, variables={"tier": value}).state.node == node


def test_what_is_not_known_goes_otherwise_where_empty_is_not_written() -> None:
    flow = sample("  it: {kind: branch, variable: caller, cases: {x: agent}, otherwise: bye}")

    assert call(flow, caller="").state.node == "bye"
