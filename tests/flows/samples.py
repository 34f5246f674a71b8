"""Small flows and callers for the tests of the call-flow language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from flows.language import engine
from flows.language.flow import Flow
from flows.language.load import load
from flows.language.lookups import EXAMPLES
from flows.language.turn import Answer, Digits, Effect, Facts, Told, Turn

HEAD = """
name: sample
direction: inbound
purpose: service
languages: {en: {}, zh: {}}
default_language: en
"""
ENDS = """
  agent: {kind: dial, number: "+18005550100", failed: bye}
  bye: {kind: hangup, text: {en: Goodbye., zh: 再见。}}
"""
FACTS = Facts(datetime(2026, 12, 24, 10, 0, tzinfo=UTC), "+14155550123", "+18005550100")


def document(nodes: str, top: str = "", start: str = "it", head: str = HEAD) -> str:
    """A flow of *nodes* (indented by two) between the sample's head and its two ends, agent and bye."""
    return f"{head}start: {start}\n{top}\nnodes:\n{nodes.strip(chr(10))}\n{ENDS}"


def sample(nodes: str, top: str = "", start: str = "it") -> Flow:
    """The flow of that document."""
    return load(document(nodes, top, start))


def call(flow: Flow, *answers: Answer | str, **facts: object) -> Turn:
    """The turn after *answers* (a str is keys pressed), with FACTS changed by *facts*."""
    known = replace(FACTS, **facts)  # type: ignore[arg-type]  # each test names fields of Facts
    turn = engine.start(flow, known)
    for answer in answers:
        turn = engine.resume(flow, turn.state, Digits(answer) if isinstance(answer, str) else answer, known)
    return turn


def complete(flow: Flow, turn: Turn, told: Mapping[str, Answer]) -> Turn:
    """*turn* with everything it asks for answered by *told*, else as the simulator does."""
    while turn.asks:
        answer = told.get(turn.asks.what, Told(EXAMPLES.get(turn.asks.what, {})))
        turn = engine.told(flow, turn, answer, FACTS)
    return turn


def heard(turn: Turn) -> list[str]:
    """Everything said in *turn*."""
    return [said for step in turn.steps for said in step.says]


def caused(turn: Turn) -> list[tuple[str, dict[str, str]]]:
    """The effects of *turn*, as plain data."""
    return [(effect.kind, dict(effect.data)) for effect in turn.effects if isinstance(effect, Effect)]
