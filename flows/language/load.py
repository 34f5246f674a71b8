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
from flows.language.finding import Finding, Unfit
from flows.language.flow import Flow
from flows.language.nodes import NODES
from flows.language.where import line_of

MAX_NODES = 300

CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "union_tag_not_found": "kind_missing",
    "union_tag_invalid": "kind_unknown",
}


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
        message = f"a flow may have {MAX_NODES} nodes, this one has {len(nodes)}; split it"
        raise Unfit([Finding(name, "", "error", "too_many_nodes", message)])


def _found(name: str, document: str, error: ValidationError) -> Iterator[Finding]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        path = [part for part in fault["loc"] if part not in NODES or fault["loc"].index(part) != 2]
        in_node = path[0] == "nodes" and len(path) > 1 if path else False
        node = str(path[1])[:40] if in_node else ""
        field = ".".join(str(part)[:40] for part in (path[2:] if in_node else path))
        code = CODES.get(fault["type"], "field_wrong")
        yield Finding(name, node, "error", code, _at(document, path) + _remedy(code, field, fault["msg"]))


def _remedy(code: str, field: str, message: str) -> str:
    match code:
        case "field_missing":
            return f"add {field}"
        case "field_unknown":
            return f"remove {field}; there is no such field here"
        case "kind_missing":
            return f"add kind, one of {' '.join(NODES)}"
        case "kind_unknown":
            return f"this kind does not exist; use one of {' '.join(NODES)}"
    wrong = message.removeprefix("Value error, ")
    return f"{field}: {wrong[:1].lower()}{wrong[1:]}" if field else wrong


def _at(document: str, path: list[str | int]) -> str:
    line = line_of(document, path)
    return f"line {line}: " if line else ""


def _dangling(flow: Flow, document: str) -> Iterator[Finding]:
    """Exits and references that lead to nothing."""
    if flow.default_language not in flow.languages:
        message = f"default_language: {flow.default_language} is not among languages; add it there or choose another"
        yield Finding(flow.name, "", "error", "language_unknown", message)
    heads = {"start": flow.start, "person": flow.person, "machine": flow.machine}
    heads |= {f"anywhere {key}": target for key, target in flow.anywhere.items()}
    for field, target in heads.items():
        if target and target not in flow.nodes:
            where = _at(document, list(field.split()))
            yield _unknown_exit(flow, "", f"{where}{field}", target)
    for name, node in flow.nodes.items():
        for field, target in node.exits().items():
            if target not in flow.nodes:
                yield _unknown_exit(flow, name, f"{_at(document, ['nodes', name])}{field}", target)
        calendar = getattr(node, "calendar", None)
        if calendar is not None and calendar not in flow.hours:
            message = (
                f"{_at(document, ['nodes', name])}there is no calendar {calendar}; define it under hours"
            )
            yield Finding(flow.name, name, "error", "calendar_unknown", message)


def _unknown_exit(flow: Flow, node: str, field: str, target: str) -> Finding:
    message = f"{field} leads to {target}, which does not exist; write that node or choose another"
    return Finding(flow.name, node, "error", "exit_unknown", message)
