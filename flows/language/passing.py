"""Lint: what lasts a turn is used in the turn that gave it its value, never after the caller has answered."""

from __future__ import annotations

from collections.abc import Iterator

from core.sentences import Sentence
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.nodes import AnyNode, Storing
from flows.language.paths import ALWAYS_WAITING, LISTENING, edges, roots
from flows.language.rules import Rules
from flows.language.text import names_in
from flows.language.wording import templates

KNOWING = ("next", "low")
"""The ways out of a node that mean it has given its variables their values."""
WAITING = (*ALWAYS_WAITING, *LISTENING, "dial", "queue", "transfer")


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about variables that are gone where they are used."""
    uses = _uses(flow)
    for variable in flow.variables:
        if not flow.is_passing(variable):
            continue
        for name in sorted(_without(flow, variable) & uses.get(variable, set())):
            message = Sentence(
                "{variable} lasts a turn and is not known here; look it up on every way here, or let it last the call",
                variable=variable,
            )
            yield Finding(flow.name, name, "error", "variable_gone", message)


def _uses(flow: Flow) -> dict[str, set[str]]:
    """Variable -> the nodes that say, write or decide by it."""
    uses: dict[str, set[str]] = {}
    for name, template in templates(flow):
        for variable in names_in(template):
            uses.setdefault(variable, set()).add(name)
    for name, node in flow.nodes.items():
        if node.kind == "branch":
            uses.setdefault(node.variable, set()).add(name)
    return uses


def _without(flow: Flow, variable: str) -> set[str]:
    """The nodes a call may get to in a turn that has not given *variable* a value."""
    waiting = [
        *roots(flow),
        *(target for name in flow.nodes if _waits(flow.nodes[name]) for target in edges(flow, name).values()),
    ]
    seen: set[str] = set()
    passed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in passed:
            continue
        passed.add(name)
        node = flow.nodes[name]
        gives = isinstance(node, Storing) and variable in node.stores()
        if not gives:
            seen.add(name)
        waiting += [target for way, target in edges(flow, name).items() if not (gives and way in KNOWING)]
    return seen


def _waits(node: AnyNode) -> bool:
    return node.kind in WAITING
