"""Lint: who is called can stop the calls by one key, hears so in the first prompt, and may press it at every question."""

from __future__ import annotations

from collections.abc import Iterator

from core.sentences import Sentence
from flows.language import text
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.menus import names_key
from flows.language.nodes import AnyNode
from flows.language.nodes.collect import CollectNode
from flows.language.nodes.rate import RateNode
from flows.language.paths import LISTENING
from flows.language.prompt import words
from flows.language.rules import Rules

MAX_OPENINGS = 50


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about the opt-out of *flow*, where the rules want one."""
    if (flow.direction, flow.purpose) not in rules.optout_for:
        return
    for name, node in flow.nodes.items():
        if node.kind in LISTENING:
            yield from _stops(flow, name, node)
    if flow.machine and flow.purpose in rules.optout_within_s:
        yield from _on_machine(flow, flow.machine, rules)
    for opening in _openings(flow, flow.start):
        last = flow.nodes[opening[-1]]
        if last.kind not in LISTENING:
            message = Sentence(
                "this opening takes no key, so the calls cannot be stopped; ask something before it ends"
            )
            yield Finding(flow.name, opening[-1], "error", "optout_missing", message)
        elif keys := _stop_keys(flow, last):
            for lang in flow.languages:
                yield from _announced(flow, opening, keys, lang, rules)


def _stop_keys(flow: Flow, node: AnyNode) -> list[str]:
    """The keys that stop the calls at *node*."""
    own: dict[str, str | None] = {}
    if node.kind == "menu" or node.kind == "speech":
        own = {key: option.next for key, option in node.options.items()}
    ways = {**flow.anywhere, **own}
    return [key for key, target in ways.items() if target and flow.nodes[target].kind == "optout"]


def _stops(flow: Flow, name: str, node: AnyNode) -> Iterator[Finding]:
    keys = _stop_keys(flow, node)
    taken = [key for key in keys if isinstance(node, CollectNode | RateNode) and node.accepts(key)]
    if taken:
        message = Sentence(
            "{key} is an answer here and cannot stop the calls; ask for two digits or another range",
            key=taken[0],
        )
        yield Finding(flow.name, name, "error", "optout_shadowed", message)
    elif not keys:
        message = Sentence("no key stops the calls here; add one to anywhere that leads to an optout")
        yield Finding(flow.name, name, "error", "optout_missing", message)


def _on_machine(flow: Flow, machine: str, rules: Rules) -> Iterator[Finding]:
    """A machine presses no key: it must be left the name of the company and a number to call."""
    for opening in _openings(flow, machine):
        for lang in flow.languages:
            said = " ".join(_said(flow.nodes[name], lang) for name in opening)
            names = text.names_in(said)
            phones = [
                name for name in names if name in flow.variables and flow.variables[name].type == "phone"
            ]
            if rules.identify not in names or not phones:
                message = Sentence(
                    "what a machine hears in {lang} must name {{{{ {identify} }}}} and a number that stops the calls; add a variable of type phone to it",
                    lang=lang,
                    identify=rules.identify,
                )
                yield Finding(flow.name, opening[-1], "error", "machine_unstoppable", message)


def _openings(flow: Flow, start: str) -> list[list[str]]:
    """The nodes passed from *start* up to the first that waits, one list for each way."""
    done: list[list[str]] = []
    growing = [[start]]
    while growing and len(done) < MAX_OPENINGS:
        path = growing.pop()
        node = flow.nodes[path[-1]]
        exits = [target for target in node.exits().values() if target not in path]
        if node.kind in (*LISTENING, "record", "dial", "queue", "transfer") or not exits:
            done.append(path)
        else:
            growing += [[*path, target] for target in dict.fromkeys(exits)]
    return done


def _announced(flow: Flow, opening: list[str], keys: list[str], lang: str, rules: Rules) -> Iterator[Finding]:
    said = [sentence for name in opening for sentence in text.sentences(_said(flow.nodes[name], lang))]
    naming = next((at for at, one in enumerate(said) if any(names_key(one, key) for key in keys)), None)
    who = next((at for at, one in enumerate(said) if rules.identify in text.names_in(one)), None)
    place = opening[-1]
    if who is None:
        message = Sentence(
            "the first prompt in {lang} does not say who calls; use {{{{ {identify} }}}} in it",
            lang=lang,
            identify=rules.identify,
        )
        yield Finding(flow.name, place, "error", "caller_unnamed", message)
    if naming is None:
        message = Sentence(
            "the first prompt in {lang} does not say that {key} stops the calls; say so",
            lang=lang,
            key=keys[0],
        )
        yield Finding(flow.name, place, "error", "optout_unspoken", message)
    elif who is not None and flow.purpose in rules.optout_within_s:
        gap = sum(text.seconds(sentence, lang) for sentence in said[who + 1 : naming])
        if gap > rules.optout_within_s[flow.purpose]:
            message = Sentence(
                "in {lang} the opt-out is named about {gap:.0f} s after the company, it must be within {most:.0f}; "
                "say it first",
                lang=lang,
                gap=gap,
                most=rules.optout_within_s[flow.purpose],
            )
            yield Finding(flow.name, place, "error", "optout_late", message)


def _said(node: AnyNode, lang: str) -> str:
    return " ".join(words(spoken.get(lang, ())) for spoken in node.texts().values())
