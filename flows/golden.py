"""
Golden calls: examples staff have heard and found right. Publishing plays them again, and what would now be heard otherwise is
shown before anybody hears it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import sentences
from core.db import clean
from core.errors import Conflict, Invalid, NotFound
from core.models import Tenant
from core.sentences import Sentence
from flows.language.flow import Flow
from flows.language.turn import Facts
from flows.models import GoldenCall
from flows.playing import Played, check, play

CALLER, CALLED = "+14155550123", "+18005550100"
MOST = 100
MOST_CHARS = 80


@dataclass(frozen=True)
class Example:
    """A call: *answers* one a question, *at* an instant, or naive by the company's clocks, *refusals* as `flows.playing.play` takes them."""

    answers: tuple[str, ...]
    at: datetime
    language: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A golden call that would be heard otherwise; *lines* as a unified diff of what was heard."""

    label: str
    lines: tuple[str, ...]


class ChangedCalls(Conflict):
    """Golden calls would be heard otherwise."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = tuple(changes)
        told = [line for change in changes for line in (f"{change.label}:", *change.lines)]
        meant = Sentence("if that is meant, publish with --accept-changes")
        super().__init__("golden_calls_changed", sentences.lines([*told, meant]))


def keep(
    session: Session, tenant: Tenant, flow: Flow, label: str, example: Example, who: str, now: datetime
) -> GoldenCall:
    """Keep what *example* hears in *flow* as right. Raises Invalid for a label, language, variable or refusal there is none of, Conflict if the label is taken."""
    label = clean(label).strip()
    if not 0 < len(label) <= MOST_CHARS or not label.isprintable():
        raise Invalid("bad_label", "enter a label of at most {most} characters, in one line", most=MOST_CHARS)
    mine = of_flow(session, tenant.id, flow.name)
    if label in {one.label for one in mine}:
        raise Conflict(
            "label_taken",
            "there is a golden call {label!r} of this flow already; remove it first or choose another label",
            label=label,
        )
    if len(mine) >= MOST:
        raise Conflict("too_many", "a flow may have {most} golden calls; remove some", most=MOST)
    added = GoldenCall(
        tenant_id=tenant.id,
        name=flow.name,
        label=label,
        answers=list(example.answers),
        at=example.at if example.at.tzinfo else example.at.replace(tzinfo=ZoneInfo(tenant.zone)),
        language=example.language,
        variables=dict(example.variables),
        refusals=dict(example.refusals),
        heard=[],
        created_by=who,
        created_at=now,
    )
    check(flow, _facts(tenant, added), added.refusals)
    added.heard = heard(tenant, flow, added)
    session.add(added)
    session.flush()
    return added


def forget(session: Session, tenant_id: int, name: str, label: str) -> None:
    """Keep this call no longer. Raises NotFound."""
    mine = (GoldenCall.tenant_id == tenant_id, GoldenCall.name == name, GoldenCall.label == label)
    if session.scalar(select(GoldenCall.id).where(*mine)) is None:
        raise NotFound(
            "no_golden_call", "the flow {name!r} has no golden call {label!r}", name=name, label=label
        )
    session.execute(delete(GoldenCall).where(*mine))


def of_flow(session: Session, tenant_id: int, name: str = "") -> list[GoldenCall]:
    """The golden calls of a flow, of all if it is not named."""
    mine = select(GoldenCall).where(GoldenCall.tenant_id == tenant_id)
    named = mine.where(GoldenCall.name == name) if name else mine
    return list(session.scalars(named.order_by(GoldenCall.name, GoldenCall.label)))


def changes(session: Session, tenant: Tenant, flow: Flow) -> list[Change]:
    """Which golden calls would be heard otherwise in *flow*."""
    found = []
    for one in of_flow(session, tenant.id, flow.name):
        lines = heard(tenant, flow, one)
        if lines != one.heard:
            found.append(
                Change(one.label, tuple(difflib.unified_diff(one.heard, lines, lineterm="", n=1))[2:])
            )
    return found


def accept(session: Session, tenant: Tenant, flow: Flow) -> None:
    """What golden calls hear in *flow* is right from now on."""
    for one in of_flow(session, tenant.id, flow.name):
        one.heard = heard(tenant, flow, one)


def heard(tenant: Tenant, flow: Flow, call: GoldenCall) -> list[str]:
    """The dialogue of *call* in *flow*, a line for what is said and one for what is answered."""
    return lines(play(flow, call.answers, _facts(tenant, call), call.refusals))


def _facts(tenant: Tenant, call: GoldenCall) -> Facts:
    variables = {str(name): str(value) for name, value in call.variables.items()}
    return Facts(call.at.astimezone(ZoneInfo(tenant.zone)), CALLER, CALLED, variables, call.language or None)


def lines(played: Played) -> list[str]:
    """A call as people read it."""
    told: list[str] = []
    for turn in played.turns:
        told += [f"({turn.node}, {turn.lang})", *(f"  {said}" for said in turn.says)]
        told += [
            f"  [{sent.by} to {sent.to}] {line}"
            for sent in turn.sends
            for line in sent.text.splitlines()
            if line
        ]
        told += [f"> {turn.answered}"] if turn.answered is not None else []
    return [*told, f"ended: {played.ended}"]
