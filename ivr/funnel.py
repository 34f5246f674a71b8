"""
Where callers go in one version of a flow: how often each node is come to, what is answered there, who gives up, and how long it takes.

One query over the steps on record, of the newest MOST calls of those days: an answer to a node is the first step of the next turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, case, cast, extract, func, select

from core.db import ScopedSession
from core.errors import NotFound
from flows import publish
from flows.language.flow import Flow
from flows.language.nodes import AnyNode
from ivr.models import Call, CallStep

MOST = 20_000
"""Calls that are looked at."""
MENUS = ("menu", "language", "speech")
TALKS = ("dial", "transfer")
"""Kinds answered by one key; what is keyed in elsewhere is told as `entry`, how a dialled person answered as it is."""
ENTRY = "entry"
GONE = ("hung_up", "abandoned")


@dataclass
class Passed:
    """
    One node. *answers*: key, `entry`, or how a dialling ended -> how often; of these *no_input* were silence, *no_match* meant nothing
    there and *zero* led to a person. *hang_ups*: calls that broke off there. *wait_s* on average until an answer.
    """

    node: str
    kind: str
    entries: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    no_input: int = 0
    no_match: int = 0
    zero: int = 0
    hang_ups: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True)
class Funnel:
    """A version of a flow between two instants (UTC); *is_all* if no call of those days was left out."""

    flow: str
    version: str
    since: datetime
    until: datetime
    calls: int
    is_all: bool
    nodes: tuple[Passed, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, as `flask ivr funnel --json` prints it."""
        plain = asdict(self)
        return {
            **plain,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "nodes": list(plain["nodes"]),
        }


def funnel(
    session: ScopedSession, tenant_id: int, name: str, version: str, since: datetime, until: datetime
) -> Funnel:
    """
    The calls of the flow *name* that began from *since* on and before *until*, in its *version* (a hash; "": the published one). Raises
    NotFound.
    """
    found = (
        publish.by_hash(session, tenant_id, version)
        if version
        else publish.published(session, tenant_id, name)
    )
    if found.name != name:
        raise NotFound(
            "flow_unknown", "there is no version {hash} of the flow {name!r}", hash=version, name=name
        )
    flow = publish.loaded(found.document)
    mine = (
        Call.tenant_id == tenant_id,
        Call.flow == found.hash,
        Call.started_at >= since,
        Call.started_at < until,
    )
    chosen = (
        select(Call.carrier_id, Call.reason).where(*mine).order_by(Call.started_at.desc()).limit(MOST + 1)
    )
    calls = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    rows = session.execute(_counted(chosen.limit(MOST), tenant_id)).all()
    return Funnel(
        flow.name, found.hash, since, until, min(calls, MOST), calls <= MOST, tuple(_told(flow, rows))
    )


def _counted(chosen: Any, tenant_id: int) -> Any:
    """Rows of (node, kind, role, answer, stays, count, hang-ups, answered, seconds)."""
    calls = chosen.subquery()
    within: Any = {"partition_by": CallStep.carrier_id, "order_by": (CallStep.turn, CallStep.position)}
    one_key = CallStep.kind.in_((*MENUS, *TALKS))
    steps = (
        select(
            CallStep.node, CallStep.kind, CallStep.turn, CallStep.position, CallStep.at, calls.c.reason,
            case((one_key, CallStep.heard), (CallStep.heard == "", ""), else_=ENTRY).label("answer"),
            func.lag(CallStep.node).over(**within).label("before"),
            func.lead(CallStep.turn).over(**within).label("next_turn"),
            func.lead(CallStep.at).over(**within).label("next_at"),
        )
        .join(calls, calls.c.carrier_id == CallStep.carrier_id)
        .where(CallStep.tenant_id == tenant_id, CallStep.effect == "")
        .subquery()
    )  # fmt: skip
    is_answer = (steps.c.position == 0) & (steps.c.turn > 0)
    is_entry = ~is_answer & (steps.c.before.is_(None) | (steps.c.before != steps.c.node))
    role = case((is_answer, "answer"), (is_entry, "entry"), else_="goes_on").label("role")
    answer = case((is_answer, steps.c.answer), else_="").label("answer")
    stays = case((steps.c.next_turn == steps.c.turn, 0), else_=1).label("stays")
    breaks_off = case((steps.c.next_turn.is_(None) & steps.c.reason.in_(GONE), 1), else_=0)
    waits = steps.c.next_turn > steps.c.turn
    seconds = cast(extract("epoch", steps.c.next_at), Integer) - cast(extract("epoch", steps.c.at), Integer)
    return select(
        steps.c.node, steps.c.kind, role, answer, stays, func.count().label("count"),
        func.sum(breaks_off).label("hang_ups"),
        func.sum(case((waits, 1), else_=0)).label("waited"),
        func.sum(case((waits, seconds), else_=0)).label("seconds"),
    ).group_by(steps.c.node, steps.c.kind, role, answer, stays)  # fmt: skip


def _told(flow: Flow, rows: Iterable[Any]) -> Iterable[Passed]:
    """The nodes of *flow* that calls came to, in its order; steps that are none of its nodes' are left out."""
    passed = {name: Passed(name, node.kind) for name, node in flow.nodes.items()}
    waits = dict.fromkeys(passed, (0, 0))
    for row in rows:
        one = passed.get(row.node)
        if one is None or one.kind != row.kind:
            continue
        one.hang_ups += int(row.hang_ups)
        waited, seconds = waits[row.node]
        waits[row.node] = waited + int(row.waited), seconds + int(row.seconds)
        if row.role == "entry":
            one.entries += row.count
        elif row.role == "answer":
            _answered(flow, one, row.answer, bool(row.stays), row.count)
    for name, (waited, seconds) in waits.items():
        passed[name].wait_s = round(seconds / waited, 1) if waited else 0.0
    return [one for one in passed.values() if one.entries or one.answers]


def _answered(flow: Flow, one: Passed, answer: str, stays: bool, count: int) -> None:
    node = flow.nodes[one.node]
    one.answers[answer] = one.answers.get(answer, 0) + count
    if answer == "":
        one.no_input += count
    elif node.kind in TALKS:
        pass
    elif node.kind in MENUS:
        one.no_match += count if answer not in _keys(flow, node) and (stays or len(answer) == 1) else 0
        one.zero += count if answer == "0" and "0" in _keys(flow, node) else 0
    else:
        one.zero += count if answer == "0" and not stays else 0
        one.no_match += count if stays else 0


def _keys(flow: Flow, node: AnyNode) -> set[str]:
    """What means something at a menu."""
    options: Mapping[str, object] = getattr(node, "options", {})
    return {*options, *flow.anywhere, "*", *("0" if flow.person else "")}
