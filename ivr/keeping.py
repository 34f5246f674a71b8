"""
Carries spooled calls, steps and messages into the database: many entries at a time, in any order, twice without harm.

A row is inserted by whichever entry comes first; what an entry alone knows is then set by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from aftersales import recordings
from core.bulk import in_chunks, run_tuples
from core.db import Base, ScopedSession, is_sqlite
from core.states import move_each
from customers.models import CustomerNumber, Touch
from flows.language.paths import RETURNED_CALL
from ivr import voicemail
from ivr.models import Call, CallStep, Voicemail
from ivr.registering import register
from outbound import returned
from outbound.models import Delivery

Entry = Mapping[str, Any]
Holders = Mapping[tuple[int, str], int]
STEP = ("tenant_id", "carrier_id", "turn", "position", "node", "kind", "heard", "said", "effect", "at")
INSERT_STEP = (
    f"INSERT INTO call_step ({', '.join(STEP)}) VALUES ({', '.join('?' * len(STEP))}) ON CONFLICT DO NOTHING"  # noqa: S608  # names of our own columns
)


def keep_steps(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
    """Turns of calls: their steps and effects, the language, the word the flow ended with; and how calls began."""
    _keep_calls(session, entries)
    _keep_beginnings(session, [entry for entry in entries if "began" in entry])
    _keep_changes(session, [entry for entry in entries if "about" in entry])
    rows = (
        (
            entry["tenant_id"],
            entry["carrier_id"],
            entry["turn"],
            position,
            node,
            kind,
            entry["heard"] if position == 0 else "",
            said,
            effect,
            at,
        )
        for entry in entries
        for at in (_instant(entry["at"]),)
        for position, (node, kind, said, effect) in enumerate(entry["rows"])
    )
    run_tuples(session, CallStep, INSERT_STEP, STEP, rows)
    latest = {
        entry["carrier_id"]: entry["language"] for entry in sorted(entries, key=lambda e: int(e["turn"]))
    }
    _set(session, Call, [{"carrier_id": call, "language": language} for call, language in latest.items()])
    reasons = {entry["carrier_id"]: entry["reason"] for entry in entries if entry["reason"]}
    _set(session, Call, [{"carrier_id": call, "reason": reason} for call, reason in reasons.items()])
    register(session, entries)


def keep_ended(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
    """Inbound calls that are over. The flow's own word for the end goes before the carrier's."""
    _keep_calls(session, entries)
    first = _firsts(entries, "carrier_id")
    found = session.execute(select(Call.id, Call.carrier_id, Call.reason).where(Call.carrier_id.in_(first)))
    rows = [
        {
            "id": row.id,
            "reason": row.reason or first[row.carrier_id]["reason"],
            "duration_s": first[row.carrier_id]["duration_s"],
            "ended_at": _instant(first[row.carrier_id]["at"]),
        }
        for row in found
    ]
    move_each(session, Call, rows, "ended")
    returned.over(session, {call: (one["duration_s"], _instant(one["at"])) for call, one in first.items()})


def keep_voicemails(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
    """Messages left, each with an owner and a due time; the carrier's report and the flow's make one row."""
    holders = _holders(session, entries)
    terms = voicemail.Terms(session, {int(entry["tenant_id"]) for entry in entries})
    rows = [
        {
            "tenant_id": entry["tenant_id"],
            "call_id": entry["carrier_id"],
            "recording_id": entry["recording_id"],
            "recording_url": entry["recording_url"],
            "caller": entry["caller"],
            "topic": entry["topic"],
            "duration_s": entry["duration_s"],
            "owner_id": terms.next_owner(entry["tenant_id"]),
            "due_at": terms.due_at(entry["tenant_id"], _instant(entry["at"])),
            "at": _instant(entry["at"]),
        }
        for entry in _firsts(entries, "recording_id").values()
    ]
    _insert(session, Voicemail, rows)
    known = [entry for entry in entries if entry["topic"]]
    _set(
        session,
        Voicemail,
        [
            {
                "recording_id": entry["recording_id"],
                "caller": entry["caller"],
                "topic": entry["topic"],
                "customer_id": holders.get((entry["tenant_id"], entry["caller"])),
            }
            for entry in known
        ],
        key="recording_id",
    )


def keep_proofs(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
    """What was recorded of calls."""
    recordings.keep(session, [{**entry, "at": _instant(entry["at"])} for entry in entries])


def _keep_calls(session: Session, entries: Sequence[Entry]) -> None:
    """A row for each call that has none; its customer is whoever alone holds the caller's number."""
    calls = _firsts(entries, "carrier_id")
    known = set(session.scalars(select(Call.carrier_id).where(Call.carrier_id.in_(calls))))
    fresh = [entry for call, entry in calls.items() if call not in known]
    if not fresh:
        return
    holders = _holders(session, [entry for entry in fresh if entry["direction"] == "in"])
    rows = [
        {
            "tenant_id": entry["tenant_id"],
            "carrier_id": entry["carrier_id"],
            "direction": entry["direction"],
            "caller": entry["caller"],
            "called": entry["called"],
            "customer_id": holders.get((entry["tenant_id"], entry["caller"]))
            if entry["direction"] == "in"
            else None,
            "flow": "",
            "started_at": _instant(entry["at"]),
        }
        for entry in fresh
    ]
    _insert(session, Call, rows)
    _insert(session, Touch, [_touch(row) for row in rows if row["customer_id"]])


def _touch(call: Entry) -> dict[str, Any]:
    return {
        "tenant_id": call["tenant_id"],
        "customer_id": call["customer_id"],
        "address": call["caller"],
        "channel": "voice",
        "direction": "in",
        "purpose": "service",
        "source": f"call:{call['carrier_id']}",
        "at": call["started_at"],
    }


def _keep_beginnings(session: Session, entries: Sequence[Entry]) -> None:
    """What only the first turn knows: the flow, when it was, and for a call we placed its delivery."""
    begun = {entry["carrier_id"]: _instant(entry["at"]) for entry in entries}
    _set(session, Call, [{"carrier_id": call, "started_at": at} for call, at in begun.items()])
    changed = _changed(session, [entry for entry in entries if entry["began"]["flow_name"] == RETURNED_CALL])
    _set_flows(
        session,
        {entry["carrier_id"]: entry["began"] for entry in entries if entry["carrier_id"] not in changed},
    )


def _keep_changes(session: Session, entries: Sequence[Entry]) -> None:
    """Calls that went on in another flow: who rang back is told of something, or in the menu."""
    _set_flows(session, {entry["carrier_id"]: entry["about"] for entry in entries})


def _changed(session: Session, entries: Sequence[Entry]) -> set[str]:
    """Those of these calls that have gone on in another flow already: their beginning came later."""
    calls = [entry["carrier_id"] for entry in entries]
    if not calls:
        return set()
    other = Call.flow_name.not_in(("", RETURNED_CALL))
    return set(session.scalars(select(Call.carrier_id).where(Call.carrier_id.in_(calls), other)))


def _set_flows(session: Session, about: Mapping[str, Entry]) -> None:
    rows = [
        {"carrier_id": call, "flow": one["flow"], "flow_name": one["flow_name"]}
        for call, one in about.items()
    ]
    _set(session, Call, rows)
    if linked := {call: int(one["delivery_id"]) for call, one in about.items() if one["delivery_id"]}:
        _link_deliveries(session, linked)


def _link_deliveries(session: Session, linked: Mapping[str, int]) -> None:
    found = session.execute(select(Delivery.id, Delivery.customer_id).where(Delivery.id.in_(linked.values())))
    customer_of = {row.id: row.customer_id for row in found}
    rows = [
        {"carrier_id": call, "delivery_id": delivery, "customer_id": customer_of[delivery]}
        for call, delivery in linked.items()
        if delivery in customer_of
    ]
    _set(session, Call, rows)


def _holders(session: Session, entries: Sequence[Entry]) -> Holders:
    """(tenant, number) -> the one customer who holds it; numbers of several customers say nothing."""
    numbers = sorted({entry["caller"] for entry in entries if entry["caller"]})
    tenants = {entry["tenant_id"] for entry in entries}
    found: dict[tuple[int, str], int] = {}
    for chunk in in_chunks(numbers):
        statement = (
            select(CustomerNumber.tenant_id, CustomerNumber.address, func.min(CustomerNumber.customer_id))
            .where(CustomerNumber.tenant_id.in_(tenants), CustomerNumber.address.in_(chunk))
            .group_by(CustomerNumber.tenant_id, CustomerNumber.address)
            .having(func.count(CustomerNumber.customer_id.distinct()) == 1)
        )
        found |= {(tenant, address): customer for tenant, address, customer in session.execute(statement)}
    return found


def _insert(session: Session, model: type[Base], rows: Sequence[Entry]) -> None:
    """Insert those of *rows* that are not there yet: one statement, prepared once, run for each."""
    if rows:
        insert: Any = sqlite.insert if is_sqlite(session) else postgresql.insert
        session.connection().execute(insert(model.__table__).on_conflict_do_nothing(), rows)


def _set(
    session: Session, model: type[Call | Voicemail], rows: Sequence[Entry], key: str = "carrier_id"
) -> None:
    """Set the same columns of many rows, each found by its *key*."""
    if not rows:
        return
    table: Any = model.__table__
    columns = [name for name in rows[0] if name != key]
    statement = (
        update(table)
        .where(table.c[key] == bindparam("key_"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    values = [{"key_": row[key], **{f"new_{name}": row[name] for name in columns}} for row in rows]
    session.connection().execute(statement, values)


def _firsts(entries: Sequence[Entry], key: str) -> dict[str, Entry]:
    """The first entry of each *key*, in their order."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry[key], entry)
    return found


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
