"""Reads a flow from its YAML document, refusing what cannot be walked; every refusal names node, field and line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from core import yaml
from core.errors import Invalid
from core.sentences import Sentence
from flows.language.finding import Finding, Unfit
from flows.language.flow import Flow
from flows.language.nodes import NODES
from flows.language.remedies import code_of, remedy
from flows.language.where import line_of

MAX_NODES = 1000


def load(document: str, called: str = "flow") -> Flow:
    """
    The flow in *document*. Raises Unfit (an Invalid) with every fault found, each naming its remedy.

    Faults speak of the flow by its own name, or as *called* where it has none.
    """
    try:
        plain = yaml.parse(document)
    except Invalid as error:
        raise Unfit([Finding(called, "", "error", error.code, error.message)]) from error
    if not isinstance(plain, dict):
        raise Unfit(
            [Finding(called, "", "error", "not_a_flow", "write a flow: name, languages, start and nodes")]
        )
    name = plain.get("name")
    named = name if isinstance(name, str) and re.fullmatch(r"[\w-]{1,40}", name) else called
    _check_outline(named, plain)
    try:
        flow = Flow.model_validate({**plain, "hash": digest(plain)})
    except UnicodeEncodeError as error:
        message = Sentence("remove the characters that are no text (broken Unicode)")
        raise Unfit([Finding(named, "", "error", "bad_text", message)]) from error
    except ValidationError as error:
        raise Unfit(_found(named, document, error)) from error
    if dangling := list(_dangling(flow, document)):
        raise Unfit(dangling)
    return flow


def digest(plain: dict[str, Any]) -> str:
    """What tells versions apart: 16 hex digits over the document without its comments and layout; order counts, it is spoken."""
    canonical = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _check_outline(name: str, plain: dict[str, Any]) -> None:
    if "hash" in plain:
        raise Unfit([Finding(name, "", "error", "field_unknown", "remove hash; it is computed")])
    nodes = plain.get("nodes")
    if isinstance(nodes, dict) and len(nodes) > MAX_NODES:
        message = Sentence(
            "a flow may have {most} nodes, this one has {count}; split it", most=MAX_NODES, count=len(nodes)
        )
        raise Unfit([Finding(name, "", "error", "too_many_nodes", message)])


def _found(name: str, document: str, error: ValidationError) -> Iterator[Finding]:
    for fault in error.errors(include_url=False, include_input=False):
        path = _path(fault["loc"])
        node = str(path[1])[:40] if path[:1] == ["nodes"] and len(path) > 1 else ""
        field = ".".join(str(part)[:40] for part in path[2 if node else 0 :])
        yield Finding(name, node, "error", code_of(fault), _at(line_of(document, path), remedy(field, fault)))


def _path(loc: tuple[str | int, ...]) -> list[str | int]:
    """*loc* as it stands in the document: the validator puts in the kind after the node, and a mark after a wrong key."""
    path = [part for at, part in enumerate(loc) if not (at == 2 and loc[0] == "nodes" and part in NODES)]
    return [part for part in path if part != "[key]"]


def _at(line: int | None, said: Sentence) -> Sentence:
    return Sentence("line {line}: {said}", line=line, said=said) if line else said


def _dangling(flow: Flow, document: str) -> Iterator[Finding]:
    """Exits and references that lead to nothing."""
    if flow.default_language not in flow.languages:
        message = Sentence(
            "default_language: {default_language} is not among languages; add it there or choose another",
            default_language=flow.default_language,
        )
        yield Finding(flow.name, "", "error", "language_unknown", message)
    heads = {"start": flow.start, "person": flow.person, "machine": flow.machine}
    heads |= {f"anywhere {key}": target for key, target in flow.anywhere.items()}
    for field, target in heads.items():
        if target and target not in flow.nodes:
            at = line_of(document, list(field.split()))
            yield Finding(flow.name, "", "error", "exit_unknown", _at(at, _unknown_exit(field, target)))
    for name, node in flow.nodes.items():
        for field, target in node.exits().items():
            if target not in flow.nodes:
                at = line_of(document, ["nodes", name])
                yield Finding(flow.name, name, "error", "exit_unknown", _at(at, _unknown_exit(field, target)))
        calendar = getattr(node, "calendar", None)
        if calendar is not None and calendar not in flow.hours:
            message = Sentence("there is no calendar {calendar}; define it under hours", calendar=calendar)
            at = line_of(document, ["nodes", name])
            yield Finding(flow.name, name, "error", "calendar_unknown", _at(at, message))


def _unknown_exit(field: str, target: str) -> Sentence:
    return Sentence(
        "{field} leads to {target}, which does not exist; write that node or choose another",
        field=field,
        target=target,
    )
