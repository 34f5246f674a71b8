"""How a caller gets to each node: the fewest answers that lead there, so that a finding can be heard in the simulator."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from flows.language.flow import Flow
from flows.language.nodes import AnyNode
from flows.language.paths import LISTENING, edges

MACHINE, NOTHING = "machine", "nothing"
Way = tuple[str, ...]
"""Keys, and words for what is no key: digits, message, nothing, closed, not_found …"""
ANSWERS: Mapping[tuple[str, str], str] = {
    ("collect", "next"): "digits",
    ("rate", "next"): "digits",
    ("record", "next"): "message",
    ("record", "otherwise"): NOTHING,
    ("record", "person"): NOTHING,
    ("dial", "next"): "talked",
    ("dial", "failed"): "nobody",
    ("transfer", "next"): "talked",
}


def shortest(flow: Flow) -> dict[str, Way]:
    """Node -> the answers that lead there from the start; a node that no answer leads to is left out."""
    found: dict[str, Way] = {}
    waiting: deque[tuple[str, Way]] = deque([(flow.start, ())])
    if flow.machine:
        waiting.append((flow.machine, (MACHINE,)))
    while waiting:
        name, path = waiting.popleft()
        if name in found:
            continue
        found[name] = path
        for way, target in edges(flow, name).items():
            if (answer := _answer(flow.nodes[name], way)) is None:
                waiting.appendleft((target, path))
            else:
                waiting.append((target, (*path, answer)))
    return found


def _answer(node: AnyNode, way: str) -> str | None:
    """What takes a caller from *node* on this *way*; None where nothing is asked and nothing decided."""
    if answer := ANSWERS.get((node.kind, way)):
        return answer
    kind, _, rest = way.partition(" ")
    if kind in ("key", "anywhere"):
        return rest
    if node.kind == "language" and way == "next":
        return next(iter(node.options))
    if node.kind in LISTENING:
        return {"otherwise": NOTHING, "person": "0"}.get(way, way)
    return None if way in ("next", "to") else way.removeprefix("case ")
