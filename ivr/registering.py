"""
Tells after-sales of calls: on record each, demands and complaints as cases (R-41, R-48).

It runs where steps are carried into the database, in the same transaction, and may do so twice.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from aftersales import calls, cases, details
from aftersales.calls import Heard
from aftersales.models import FollowUp, Outreach
from core.bulk import in_chunks
from core.db import ScopedSession
from core.errors import Invalid
from core.models import Tenant
from ivr.answers import KEPT
from ivr.models import Call

LOGGER = logging.getLogger(__name__)
Entry = Mapping[str, Any]
CASE = re.compile(r"kind=(?P<kind>\w+) urgency=(?P<urgency>\w+) ?(?P<text>.*)", re.DOTALL)
# how a flow ends where somebody did not want to talk
REFUSED = ("refused", "opted_out")


def register(session: ScopedSession, entries: Sequence[Entry]) -> None:
    """Put on record whatever of these turns after-sales is to know."""
    people, ours, promised = _calls(session, sorted({entry["carrier_id"] for entry in entries}))
    calls.heard(session, list(ours.values()))
    calls.spoke(session, sorted({entry["carrier_id"] for entry in entries if entry["heard"]} & ours.keys()))
    answers: dict[str, dict[str, str]] = {}
    for entry in entries:
        call_id = entry["carrier_id"]
        for position, (_, kind, _, effect) in enumerate(entry["rows"]):
            if kind == "answer" and call_id in ours and (kept := KEPT.fullmatch(effect)):
                answers.setdefault(call_id, {})[kept["name"]] = kept["value"]
            elif kind == "case":
                _open_case(session, people.get(call_id), promised.get(call_id), entry, position, effect)
    calls.answered(session, answers)
    calls.refused(
        session,
        sorted({entry["carrier_id"] for entry in entries if entry["reason"] in REFUSED} & ours.keys()),
    )


def _calls(
    session: ScopedSession, call_ids: Sequence[str]
) -> tuple[dict[str, int | None], dict[str, Heard], dict[str, FollowUp | Outreach]]:
    """Whose these calls are; those that are after-sales' to note: what came in, follow-ups and outreach of its own; and these."""
    people: dict[str, int | None] = {}
    ours: dict[str, Heard] = {}
    promised: dict[str, FollowUp | Outreach] = {}
    for chunk in in_chunks(call_ids):
        rows = session.execute(
            select(Call, FollowUp, Outreach)
            .outerjoin(FollowUp, FollowUp.delivery_id == Call.delivery_id)
            .outerjoin(Outreach, Outreach.call_id == Call.delivery_id)
            .where(Call.carrier_id.in_(chunk))
        )
        for call, follow_up, outreach in rows:
            people[call.carrier_id] = call.customer_id
            if follow_up or outreach:
                promised[call.carrier_id] = follow_up or outreach
            if call.direction == "in" or follow_up or outreach:
                other = call.caller if call.direction == "in" else call.called
                ours[call.carrier_id] = Heard(
                    call.tenant_id, call.carrier_id, call.direction, call.started_at, call.customer_id, other,
                    follow_up.id if follow_up else None,
                )  # fmt: skip
    return people, ours, promised


def _open_case(
    session: ScopedSession,
    customer_id: int | None,
    promised: FollowUp | Outreach | None,
    entry: Entry,
    position: int,
    effect: str,
) -> None:
    wish = CASE.fullmatch(effect)
    if not wish:
        return
    tenant = session.get_one(Tenant, entry["tenant_id"])
    other = entry["caller"] if entry["direction"] == "in" else entry["called"]
    try:
        cases.open_case(
            session, tenant, f"call:{entry['carrier_id']}:{entry['turn']}:{position}",
            kind=wish["kind"], who="hotline", text=details.told(details.read(wish["text"])), customer_id=customer_id,
            address=other, is_urgent=wish["urgency"] == "urgent",
            work_order_id=promised.work_order_id if promised else None,
            owner_id=promised.owner_id if isinstance(promised, FollowUp) else None, at=datetime.fromisoformat(entry["at"]),
        )  # fmt: skip
    except Invalid as error:
        # the call is on record all the same, and the others of this batch must get there
        LOGGER.error("call %s: no case: %s", entry["carrier_id"], error.message)
