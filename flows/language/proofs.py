"""Lint: a call is recorded once, after a key, and no secret is asked for while it is (E-13, ALL-1)."""

from __future__ import annotations

from collections.abc import Iterator

from core.sentences import Sentence
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.paths import edges
from flows.language.privacy import without_key
from flows.language.rules import Rules


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about what is recorded of calls in *flow*."""
    proofs = [name for name, node in flow.nodes.items() if node.kind == "proof"]
    recorded = _after(flow, proofs)
    for name in proofs:
        if name in recorded:
            message = Sentence("the call is recorded already; lead no way from one proof to another")
            yield Finding(flow.name, name, "error", "recorded_twice", message)
        if flow.direction == "outbound" and name in without_key(flow):
            message = Sentence("a machine would be recorded, too; lead here only after a key was pressed")
            yield Finding(flow.name, name, "error", "recorded_unasked", message)
    for name, node in flow.nodes.items():
        if node.kind == "collect" and node.secret and name in recorded:
            message = Sentence("a secret must not be recorded; ask for it before the proof")
            yield Finding(flow.name, name, "error", "secret_recorded", message)


def _after(flow: Flow, proofs: list[str]) -> set[str]:
    """The nodes a call may get to while it is recorded."""
    waiting = [flow.nodes[name].exits()["next"] for name in proofs]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += edges(flow, name).values()
    return seen
