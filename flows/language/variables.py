"""Lint: every variable used is declared, of a fitting type and length, and every declared one is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.sentences import Sentence
from flows.language.finding import Finding
from flows.language.flow import BUILT_IN, Flow
from flows.language.lookups import BOOKED, LOOKUPS, OPENED, PERSON
from flows.language.nodes import Storing
from flows.language.nodes.collect import CollectNode
from flows.language.rules import Rules
from flows.language.text import names_in
from flows.language.wording import templates

KEYED = ("digits", "number")


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about the variables of *flow*."""
    secret = {node.store for node in flow.nodes.values() if node.kind == "collect" and node.secret}
    used: set[str] = set()
    for node, template in templates(flow):
        for name in names_in(template):
            used.add(name)
            yield from _known(flow, node, name)
            if name in secret:
                message = Sentence(
                    "{name} is secret and must not be said or kept; remove it from the text", name=name
                )
                yield Finding(flow.name, node, "error", "secret_spoken", message)
    for name, node_ in flow.nodes.items():
        if node_.kind == "branch":
            used.add(node_.variable)
            yield from _known(flow, name, node_.variable)
        if isinstance(node_, Storing):
            for variable, place in node_.stores().items():
                used.add(variable)
                yield from _stored(flow, name, place, variable)
        if node_.kind == "collect":
            yield from _keyed(flow, name, node_)
        if node_.kind == "lookup":
            yield from _looked_up(flow, name, node_.store, LOOKUPS[node_.what].gives)
        if node_.kind == "case":
            yield from _looked_up(flow, name, node_.store, OPENED)
        if node_.kind == "appointment":
            yield from _looked_up(flow, name, node_.store, BOOKED[node_.do])
        if node_.kind == "verify":
            for variable in (one for proof in node_.proofs() for one in names_in(proof)):
                used.add(variable)
                yield from _known(flow, name, variable)
        if node_.kind == "dial":
            yield from _dialled(flow, name, node_.number)
    yield from _declared(flow, used)


def _known(flow: Flow, node: str, name: str) -> Iterator[Finding]:
    if name not in flow.variables and name not in BUILT_IN:
        message = Sentence("{name} is not declared; add it to variables or mend the name", name=name)
        yield Finding(flow.name, node, "error", "variable_unknown", message)


def _stored(flow: Flow, name: str, place: str, variable: str) -> Iterator[Finding]:
    if variable not in flow.variables:
        message = Sentence(
            "{place}: {variable} is not declared; add it to variables", place=place, variable=variable
        )
        yield Finding(flow.name, name, "error", "variable_unknown", message)


def _keyed(flow: Flow, name: str, node: CollectNode) -> Iterator[Finding]:
    declared = flow.variables.get(node.store)
    if declared is None:
        return
    if declared.type not in KEYED:
        message = Sentence(
            "store: {store} is a {type}, keys make digits; declare it as digits or number",
            store=node.store,
            type=declared.type,
        )
        yield Finding(flow.name, name, "error", "variable_type", message)
    if node.max_digits > declared.max_length:
        message = Sentence(
            "{max_digits} digits do not fit into {store}; raise its max_length or ask for fewer",
            max_digits=node.max_digits,
            store=node.store,
        )
        yield Finding(flow.name, name, "error", "variable_too_short", message)


def _looked_up(
    flow: Flow, name: str, store: Mapping[str, str], gives: Mapping[str, tuple[str, str]]
) -> Iterator[Finding]:
    for value, variable in store.items():
        declared = flow.variables.get(variable)
        if declared and declared.type not in ("text", gives[value][0]):
            message = Sentence(
                "store.{value}: {variable} is a {type}; declare it as {wanted}",
                value=value,
                variable=variable,
                type=declared.type,
                wanted=gives[value][0],
            )
            yield Finding(flow.name, name, "error", "variable_type", message)


def _dialled(flow: Flow, name: str, number: str) -> Iterator[Finding]:
    for variable in names_in(number):
        declared = flow.variables.get(variable)
        if declared and declared.type != "phone":
            message = Sentence(
                "number: {variable} is a {type}; declare it as phone", variable=variable, type=declared.type
            )
            yield Finding(flow.name, name, "error", "variable_type", message)


def _declared(flow: Flow, used: set[str]) -> Iterator[Finding]:
    for name, declared in flow.variables.items():
        if name in (*BUILT_IN, PERSON):
            message = Sentence("variables: {name} is known in every call; choose another name", name=name)
            yield Finding(flow.name, "", "error", "variable_taken", message)
        elif name not in used:
            message = Sentence("variables: {name} is used nowhere; use it or remove it", name=name)
            yield Finding(flow.name, "", "warning", "variable_unused", message)
        if len(declared.default) > declared.max_length:
            message = Sentence(
                "variables: the default of {name} is longer than its max_length; shorten it", name=name
            )
            yield Finding(flow.name, "", "error", "variable_too_short", message)
