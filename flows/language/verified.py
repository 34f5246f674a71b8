"""Lint: what belongs to a person is looked up only for callers who have proved to be that person (E-8)."""

from __future__ import annotations

from collections.abc import Iterator

from core.sentences import Sentence
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.lookups import LOOKUPS
from flows.language.paths import edges, roots
from flows.language.rules import Rules


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about who is told what."""
    unproved = _reached_unproved(flow)
    for name, node in flow.nodes.items():
        if node.kind == "lookup" and name in unproved and LOOKUPS[node.what].is_personal:
            message = Sentence(
                "a call gets here without having proved who it is; lead it through a verify before {what} is told",
                what=node.what,
            )
            yield Finding(flow.name, name, "error", "unverified", message)
        # whom we call about an appointment of theirs we know
        if node.kind == "appointment" and name in unproved and flow.direction == "inbound":
            message = Sentence(
                "a call gets here without having proved who it is; lead it through a verify before {do}",
                do=node.do,
            )
            yield Finding(flow.name, name, "error", "unverified", message)


def _reached_unproved(flow: Flow) -> set[str]:
    """Every node that calls get to whose caller has proved nothing, or was refused since."""
    seen: set[tuple[str, bool]] = set()
    waiting = [(name, False) for name in roots(flow)]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        name, is_proved = place
        is_verify = flow.nodes[name].kind == "verify"
        waiting += [
            (target, way == "next" if is_verify else is_proved) for way, target in edges(flow, name).items()
        ]
    return {name for name, is_proved in seen if not is_proved}
