"""
Lint: whoever takes a call we place hears nothing about the person it is for before a key was pressed.

A machine, a colleague or a child may have answered; only a key shows that somebody listens (peers.md §4: voicemail).
"""

from __future__ import annotations

from collections.abc import Iterator

from core.sentences import Sentence
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.nodes import AnyNode
from flows.language.paths import COUNTING, LISTENING
from flows.language.prompt import words
from flows.language.rules import Rules
from flows.language.text import names_in
from flows.language.wording import ladders


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about what *flow* tells before anybody pressed a key."""
    if flow.direction != "outbound" or flow.personal == "at_once":
        return
    for name in flow.nodes:
        if name in without_key(flow):
            for told in sorted(_told(flow.nodes[name]) & rules.personal):
                yield _finding(flow, name, told)
    standing = {name for ladder in flow.texts.values() for said in ladder.values() for name in _names(said)}
    for told in sorted(standing & rules.personal):
        yield _finding(flow, "", told)


def without_key(flow: Flow) -> set[str]:
    """The nodes that are reached though nobody presses a key."""
    seen: set[str] = set()
    waiting = [name for name in (flow.start, flow.machine) if name]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting += _silent_exits(flow, flow.nodes[name])
    return seen


def _silent_exits(flow: Flow, node: AnyNode) -> list[str]:
    exits = node.exits()
    if node.kind in COUNTING:
        given_up = [flow.person] if flow.person else []
        return [exits["otherwise"], *given_up]
    if node.kind in LISTENING and flow.person:
        return [*exits.values(), flow.person]
    return list(exits.values())


def _told(node: AnyNode) -> set[str]:
    spoken = [words(parts) for said in node.texts().values() for parts in said.values()]
    return _names([*spoken, *(template for _, _, template in ladders(node))])


def _names(templates: list[str] | tuple[str, ...]) -> set[str]:
    return {name for template in templates for name in names_in(template)}


def _finding(flow: Flow, node: str, name: str) -> Finding:
    message = Sentence(
        "{name} is told to whoever takes the call, an answering machine too; say it after a key was pressed, or write personal: at_once",
        name=name,
    )
    return Finding(flow.name, node, "error", "personal_too_soon", message)
