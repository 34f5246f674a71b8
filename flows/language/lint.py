"""
Proves a flow fit to be published: `lint(flow, rules)` lists what is wrong, each finding with its remedy.

An error must be mended before publishing; a warning may stand.
"""

from __future__ import annotations

import json
from dataclasses import replace

from core.sentences import Sentence
from flows.language import (
    clips,
    menus,
    optouts,
    passing,
    paths,
    privacy,
    proofs,
    variables,
    verified,
    ways,
    wording,
)
from flows.language.context import ERRORS, GAVE_UP, REPEATS, TRIES, TROUBLE
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.lookups import PERSON
from flows.language.rules import Rules
from flows.language.turn import State

__all__ = ["Finding", "Rules", "lint", "token_chars"]

MAX_ID_DIGITS = 19
CHECKS = (
    paths.check,
    menus.check,
    wording.check,
    variables.check,
    optouts.check,
    privacy.check,
    proofs.check,
    verified.check,
    passing.check,
    clips.check,
)


def lint(flow: Flow, rules: Rules) -> list[Finding]:
    """Every finding with the way there, in the order of the checks and then of the document."""
    leading = ways.shortest(flow)
    findings = [
        replace(finding, path=leading.get(finding.node, ()))
        for check in CHECKS
        for finding in check(flow, rules)
    ]
    size = token_chars(flow, rules)
    if size > rules.token_chars:
        message = Sentence(
            "the state of a call may grow to {size} characters, {token_chars} fit into a link; shorten max_length of the variables or declare fewer",
            size=size,
            token_chars=rules.token_chars,
        )
        findings.append(Finding(flow.name, "", "error", "state_too_long", message))
    return findings


def token_chars(flow: Flow, rules: Rules) -> int:
    """The longest the encrypted state of a call can become: itself and a frame of 24 bytes, in base 64."""
    longest = State(
        flow.hash,
        max(flow.nodes, key=len),
        999,
        max(flow.languages, key=len),
        dict.fromkeys((TRIES, REPEATS, ERRORS, TROUBLE, GAVE_UP, *_jumps(flow)), 99),
        {
            name: "x" * declared.max_bytes
            for name, declared in flow.variables.items()
            if declared.lasts == "call"
        }
        | _person(flow),
    )
    plain = len(json.dumps(longest.to_dict(), separators=(",", ":"))) + rules.token_extra_bytes
    return 4 * -(-(24 + plain) // 3)


def _jumps(flow: Flow) -> list[str]:
    """The counters of the nodes that jump."""
    return [f"{node.COUNTER}{name}" for name, node in flow.nodes.items() if node.kind == "jump"]


def _person(flow: Flow) -> dict[str, str]:
    """Who the caller is, once it is proved."""
    return {PERSON: "9" * MAX_ID_DIGITS} if any(node.kind == "verify" for node in flow.nodes.values()) else {}
