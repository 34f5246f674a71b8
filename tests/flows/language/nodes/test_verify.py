from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.turn import Answer, Digits, Failed, Refused, Told
from tests.flows.samples import FACTS, call, sample

NODES = """
  it:
    kind: collect
    text: {en: Plate., zh: 车牌。}
    store: plate
    min_digits: 3
    max_digits: 6
    secret: true
    next: prove
    otherwise: bye
  prove:
    kind: verify
    facts: {order: "{{ job }}", plate: "{{ plate }}"}
    next: inside
    refused: it
    locked: agent
    unavailable: sorry
  inside: {kind: menu, options: {"1": {next: bye}}, otherwise: bye}
  sorry: {kind: hangup, reason: message_taken}
"""
FLOW = sample(NODES, "variables: {job: {type: digits, default: '4711'}, plate: {type: digits}}")


def test_hands_over_what_was_keyed_in_and_keeps_no_secret() -> None:
    turn = call(FLOW, "123")

    assert turn.asks is not None
    assert (turn.asks.what, turn.asks.given) == ("verify", {"order": "4711", "plate": "123"})
    assert "123'" not in repr((turn.state, turn.steps, turn.effects))


@pytest.mark.parametrize(
    ("answer", "node", "customer"),
    [
        pytest.param(Told({"customer": "9"}), "inside", "9", id="proved"),
        pytest.param(Refused("not_proved"), "it", "", id="not proved"),
        pytest.param(Refused("locked"), "agent", "", id="locked"),
        pytest.param(Failed("database"), "sorry", "", id="no database"),
    ],
)
def test_remembers_only_who_has_proved_it(answer: Answer, node: str, customer: str) -> None:
    turn = engine.told(FLOW, call(FLOW, "123"), answer, FACTS)

    assert (turn.state.node, turn.state.variables.get("customer", "")) == (node, customer)


def test_a_refusal_takes_back_an_earlier_proof() -> None:
    again = sample(
        NODES.replace('"1": {next: bye}', '"1": {next: it}'), "variables: {job: {}, plate: {type: digits}}"
    )
    inside = engine.told(again, call(again, "123"), Told({"customer": "9"}), FACTS)
    asked = inside
    for keys in ("1", "999"):
        asked = engine.resume(again, asked.state, Digits(keys), FACTS)

    assert engine.told(again, asked, Refused("not_proved"), FACTS).state.variables["customer"] == ""


@pytest.mark.parametrize("facts", ['{name: "Ann"}', "{}"])
def test_only_facts_we_can_compare_prove_anything(facts: str) -> None:
    with pytest.raises(Exception, match="facts"):
        sample(
            NODES.replace('{order: "{{ job }}", plate: "{{ plate }}"}', facts),
            "variables: {plate: {type: digits}}",
        )
