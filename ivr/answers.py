"""What people answered by keys: in a campaign's calls, and one customer in all of theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.models import Call, CallStep
from outbound.models import Delivery

KEPT = re.compile(r"name=(?P<name>\w+) value=(?P<value>.*)", re.DOTALL)
SHOWN = 50


@dataclass(frozen=True)
class Count:
    """How many calls gave *value* as their answer to the question *name*."""

    name: str
    value: str
    calls: int


@dataclass(frozen=True)
class AnswerRow:
    """One answer given on the telephone."""

    at: datetime
    call_id: int
    name: str
    value: str


def counts(session: Session, source_ids: Sequence[int]) -> list[Count]:
    """The answers of all calls of these sources, question by question, the commonest first."""
    number = func.count(CallStep.carrier_id.distinct())
    rows = session.execute(
        select(CallStep.effect, number)
        .join(Call, Call.carrier_id == CallStep.carrier_id)
        .join(Delivery, Delivery.id == Call.delivery_id)
        .where(Delivery.source_id.in_(source_ids), CallStep.kind == "answer")
        .group_by(CallStep.effect)
    )
    found = [Count(*_read(effect), calls) for effect, calls in rows]
    return sorted(found, key=lambda one: (one.name, -one.calls, one.value))


def of_customer(session: Session, customer_id: int) -> list[AnswerRow]:
    """The newest answers of one customer."""
    rows = session.execute(
        select(CallStep.at, Call.id, CallStep.effect)
        .join(Call, Call.carrier_id == CallStep.carrier_id)
        .where(Call.customer_id == customer_id, CallStep.kind == "answer")
        .order_by(CallStep.id.desc())
        .limit(SHOWN)
    )
    return [AnswerRow(at, call_id, *_read(effect)) for at, call_id, effect in rows]


def _read(effect: str) -> tuple[str, str]:
    kept = KEPT.fullmatch(effect)
    return (kept["name"], kept["value"]) if kept else ("", effect)
