"""Lint: where calls can go. Every node is reached, every loop is counted, every call ends, a person is never far."""

from __future__ import annotations

from collections.abc import Iterator

from core.sentences import Sentence
from flows.language.engine import MAX_STEPS
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.nodes import AnyNode
from flows.language.rules import Rules

LISTENING = ("menu", "speech", "collect", "rate", "language")
"""Kinds that take keys."""
COUNTING = ("menu", "speech", "collect", "rate")
"""Kinds that always wait and count, so a loop through them ends; a language may be known and a number missing."""
ALWAYS_WAITING = (*COUNTING, "record")
MENUS = ("menu", "speech")
PERSON = ("dial", "queue", "transfer", "handover")
"""Where 0 may lead: whoever is handed over comes to the menu of the hotline, which has a 0 of its own."""
RETURNED_CALL = "returned_call"


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about the shape of *flow*."""
    reached = reachable(flow)
    for name in flow.nodes:
        if name not in reached:
            yield Finding(flow.name, name, "error", "unreachable", "no path leads here; link it or remove it")
        if flow.nodes[name].kind == "handover" and flow.name != RETURNED_CALL:
            message = f"only the flow {RETURNED_CALL} is left for another; link a node of this flow instead"
            yield Finding(flow.name, name, "error", "handover_misplaced", message)
    yield from _transfers(flow)
    yield from _endings(flow, reached)
    yield from _loops(flow)
    yield from _depth(flow, rules)
    yield from _persons(flow)


def edges(flow: Flow, name: str) -> dict[str, str]:
    """Every way out of node *name*, the keys that work anywhere and the call of a person among them."""
    node = flow.nodes[name]
    ways = dict(node.exits())
    if node.kind in LISTENING:
        ways |= {f"anywhere {key}": target for key, target in flow.anywhere.items()}
    if flow.person and node.kind in (*LISTENING, "record"):
        ways["person"] = flow.person
    return ways


def roots(flow: Flow) -> list[str]:
    """Where calls begin, and where they are put when they cannot go on."""
    return [name for name in (flow.start, flow.machine, flow.person) if name]


def reachable(flow: Flow) -> set[str]:
    """Every node a call may get to."""
    return _spread(roots(flow), {name: list(edges(flow, name).values()) for name in flow.nodes})


def ends(node: AnyNode) -> bool:
    """Whether a call may end at *node*."""
    return node.kind in ("hangup", "optout", "handover") or (
        (node.kind == "dial" or node.kind == "queue" or node.kind == "transfer") and node.next is None
    )


def _spread(start: list[str], ways: dict[str, list[str]]) -> set[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        for target in ways[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _transfers(flow: Flow) -> Iterator[Finding]:
    """Only calls of ours are abandoned in law, and their pace follows the agents of one team."""
    teams: set[str] = set()
    for name, node in flow.nodes.items():
        if node.kind != "transfer":
            continue
        teams.add(node.team)
        if flow.direction != "outbound":
            message = Sentence("this is for people we call; let those who ring us wait in a queue")
            yield Finding(flow.name, name, "error", "transfer_misplaced", message)
        elif len(teams) > 1:
            message = Sentence(
                "a flow brings people to one team only, whose free agents decide how many are called"
            )
            yield Finding(flow.name, name, "error", "several_teams", message)


def _endings(flow: Flow, reached: set[str]) -> Iterator[Finding]:
    back: dict[str, list[str]] = {name: [] for name in flow.nodes}
    for name in flow.nodes:
        for target in edges(flow, name).values():
            back[target].append(name)
    ending = _spread([name for name, node in flow.nodes.items() if ends(node)], back)
    for name in flow.nodes:
        if name in reached and name not in ending:
            message = Sentence(
                "no call that gets here ends in a person, a message or a goodbye; lead it to one"
            )
            yield Finding(flow.name, name, "error", "no_end", message)


def _loops(flow: Flow) -> Iterator[Finding]:
    """Loops that no menu or collect counts, and chains too long for one turn."""
    kept = {name: _uncounted(node) for name, node in flow.nodes.items() if node.kind not in COUNTING}
    if circling := _on_loops(kept):
        names = ", ".join(circling)
        message = Sentence(
            "calls can circle here without being asked ({names}); lead one way out or put a menu in between",
            names=names,
        )
        yield Finding(flow.name, circling[0], "error", "uncounted_loop", message)
        return
    automatic = {name: ways for name, ways in kept.items() if flow.nodes[name].kind not in ALWAYS_WAITING}
    rounds = 1 + sum(_rounds(flow, name, automatic) for name in automatic)
    for name, length in _lengths(automatic).items():
        if length * rounds >= MAX_STEPS - 1:
            message = Sentence(
                "{count} nodes follow here without waiting for the caller, {most} may; join some or jump less often",
                count=length * rounds,
                most=MAX_STEPS - 2,
            )
            yield Finding(flow.name, name, "error", "chain_too_long", message)
            return


def _uncounted(node: AnyNode) -> set[str]:
    """The ways out that may be taken any number of times."""
    return {node.otherwise} if node.kind == "jump" else set(node.exits().values())


def _rounds(flow: Flow, name: str, automatic: dict[str, set[str]]) -> int:
    """How often a call may jump back from *name* without being asked in between."""
    node = flow.nodes[name]
    if node.kind != "jump" or node.to not in automatic:
        return 0
    ways = {
        one: [target for target in flow.nodes[one].exits().values() if target in automatic]
        for one in automatic
    }
    return node.times if name in _spread([node.to], ways) else 0


def _on_loops(ways: dict[str, set[str]]) -> list[str]:
    """The nodes of *ways* on a loop or between two: what is left after taking off loose ends, forwards and backwards."""
    left = dict(ways)
    while True:
        onward = {name for name, targets in left.items() if targets & left.keys()}
        entered = {target for name in left for target in left[name] if target in left}
        stay = onward & entered
        if len(stay) == len(left):
            return list(left)
        left = {name: targets for name, targets in left.items() if name in stay}


def _lengths(ways: dict[str, set[str]]) -> dict[str, int]:
    """How many nodes of the loop-free *ways* can follow one another, from each."""
    lengths: dict[str, int] = {}
    while len(lengths) < len(ways):
        for name, targets in ways.items():
            inner = [target for target in targets if target in ways]
            if name not in lengths and all(target in lengths for target in inner):
                lengths[name] = 1 + max((lengths[target] for target in inner), default=0)
    return lengths


def _depth(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Menus within menus; a questionnaire going outwards is no depth."""
    if flow.direction != "inbound":
        return
    depth = {flow.start: _menus(flow, flow.start)}
    waiting = [flow.start]
    while waiting:
        name = waiting.pop(0)
        for target in flow.nodes[name].exits().values():
            deeper = depth[name] + _menus(flow, target)
            if deeper < depth.get(target, 999):
                depth[target] = deeper
                waiting.append(target)
    for name, menus in depth.items():
        if menus > rules.max_depth and _menus(flow, name):
            message = Sentence(
                "this is the {menus}th menu in a row, {max_depth} are bearable; bring it nearer to the start",
                menus=menus,
                max_depth=rules.max_depth,
            )
            yield Finding(flow.name, name, "warning", "menu_too_deep", message)


def _menus(flow: Flow, name: str) -> int:
    return int(flow.nodes[name].kind in MENUS)


def _persons(flow: Flow) -> Iterator[Finding]:
    if flow.direction != "inbound":
        return
    for name, node in flow.nodes.items():
        if node.kind not in MENUS:
            continue
        target = node.exits().get("key 0") or flow.anywhere.get("0") or flow.person
        if not target:
            message = Sentence("0 must lead to a person; add the option 0 or name the flow's person")
            yield Finding(flow.name, name, "error", "person_missing", message)
        elif not _meets_person(flow, target):
            message = Sentence(
                "0 leads to {target}, where no person is dialled without another question; lead it to a dial",
                target=target,
            )
            yield Finding(flow.name, name, "error", "person_unreachable", message)


def _meets_person(flow: Flow, target: str) -> bool:
    ways = {
        name: [] if node.kind in LISTENING else list(node.exits().values())
        for name, node in flow.nodes.items()
    }
    return any(flow.nodes[name].kind in PERSON for name in _spread([target], ways))
