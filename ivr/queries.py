"""What the console shows of the hotline: calls, one call step by step, messages, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound
from core.models import Staff
from customers.models import Customer
from flows.models import FlowVersion
from ivr.models import Call, CallStep, HotlineNumber, Voicemail

Messages = Select[Voicemail, int | None, str | None, str | None, str | None]
FILTERS = ("direction", "state", "reason", "customer_id")
"""Columns the list of calls can be narrowed by."""


@dataclass(frozen=True)
class CallRow:
    """A call in the list. *address* is the person's number (or such as anonymous)."""

    id: int
    carrier_id: str
    direction: str
    address: str
    caller: str
    called: str
    customer_id: int | None
    customer_name: str
    delivery_id: int | None
    flow: str
    flow_name: str
    language: str
    state: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    duration_s: int
    voicemails: int


@dataclass(frozen=True)
class StepRow:
    """One step: what was heard from the caller, then what the node said or caused."""

    turn: int
    node: str
    kind: str
    heard: str
    said: str
    effect: str
    at: datetime


@dataclass(frozen=True)
class VoicemailRow:
    """A message in the list. *call_id* is the id of its call's page, None if no call of ours is known."""

    id: int
    call_id: int | None
    caller: str
    customer_id: int | None
    customer_name: str
    topic: str
    duration_s: int
    state: str
    owner_id: int | None
    owner_name: str
    due_at: datetime
    is_escalated: bool
    done_at: datetime | None
    note: str
    at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has dealt with it in time."""
        return self.state == "new" and self.due_at < now


@dataclass(frozen=True)
class CallDetail:
    """A call with everything kept of it."""

    row: CallRow
    steps: Sequence[StepRow]
    messages: Sequence[VoicemailRow]


@dataclass(frozen=True)
class NumberRow:
    """A number of ours and what answers it. *published_at* is None if its flow is not published."""

    id: int
    address: str
    flow: str
    forward_to: str
    published_at: datetime | None
    variables: dict[str, str] = field(default_factory=dict)


def calls(
    session: Session,
    *,
    limit: int = 50,
    before_id: int | None = None,
    filters: Mapping[str, Any] | None = None,
) -> list[CallRow]:
    """The latest calls first; the page after a row begins *before_id* of it. *filters*: values by the names in FILTERS."""
    statement = _calls().order_by(Call.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(Call.id < before_id)
    for name, value in (filters or {}).items():
        if name not in FILTERS:
            raise Invalid(
                "bad_filter", "narrow calls by {filters}, not by {name}", filters=FILTERS, name=name
            )
        statement = statement.where(getattr(Call, name) == value)
    return [_call_row(*row) for row in session.execute(statement)]


def call(session: Session, call_id: int) -> CallDetail:
    """One call, step by step. Raises NotFound."""
    found = session.execute(_calls().where(Call.id == call_id)).one_or_none()
    if found is None:
        raise NotFound("no_call", "there is no such call")
    row = _call_row(*found)
    steps = select(CallStep).where(CallStep.carrier_id == row.carrier_id)
    return CallDetail(
        row=row,
        steps=[
            StepRow(step.turn, step.node, step.kind, step.heard, step.said, step.effect, step.at)
            for step in session.scalars(steps.order_by(CallStep.turn, CallStep.position))
        ],
        messages=_messages(session, _voicemails().where(Voicemail.call_id == row.carrier_id)),
    )


def voicemails(session: Session, state: str | None = None, limit: int = 200) -> list[VoicemailRow]:
    """Messages in *state* (new or done; None is all): what is due first stands first, what is done last by when."""
    order = Voicemail.done_at.desc() if state == "done" else Voicemail.due_at
    statement = _voicemails().order_by(order, Voicemail.id).limit(limit)
    return _messages(session, statement.where(Voicemail.state == state) if state else statement)


def numbers(session: Session) -> list[NumberRow]:
    """Our numbers, and whether the flow of each is published."""
    published = and_(
        FlowVersion.tenant_id == HotlineNumber.tenant_id,
        FlowVersion.name == HotlineNumber.flow,
        FlowVersion.state == "published",
    )
    statement = select(HotlineNumber, FlowVersion.published_at).outerjoin(FlowVersion, published)
    return [
        NumberRow(number.id, number.address, number.flow, number.forward_to, at, number.variables)
        for number, at in session.execute(statement.order_by(HotlineNumber.address))
    ]


def _calls() -> Select[Call, str | None, int]:
    messages = (
        select(func.count())
        .where(Voicemail.call_id == Call.carrier_id, Voicemail.tenant_id == Call.tenant_id)
        .scalar_subquery()
    )
    statement: Any = select(Call, Customer.name, messages).outerjoin(
        Customer, Customer.id == Call.customer_id
    )
    return cast("Select[Call, str | None, int]", statement)


def _call_row(found: Call, customer_name: str | None, voicemails: int) -> CallRow:
    return CallRow(
        id=found.id,
        carrier_id=found.carrier_id,
        direction=found.direction,
        address=found.caller if found.direction == "in" else found.called,
        caller=found.caller,
        called=found.called,
        customer_id=found.customer_id,
        customer_name=customer_name or "",
        delivery_id=found.delivery_id,
        flow=found.flow,
        flow_name=found.flow_name,
        language=found.language,
        state=found.state,
        reason=found.reason,
        started_at=found.started_at,
        ended_at=found.ended_at,
        duration_s=found.duration_s,
        voicemails=voicemails,
    )


def _voicemails() -> Messages:
    statement: Any = (
        select(Voicemail, Call.id, Call.caller, Customer.name, Staff.name)
        .outerjoin(Call, Call.carrier_id == Voicemail.call_id)
        .outerjoin(Customer, Customer.id == Voicemail.customer_id)
        .outerjoin(Staff, Staff.id == Voicemail.owner_id)
    )
    return cast("Messages", statement)


def _messages(session: Session, statement: Messages) -> list[VoicemailRow]:
    return [
        VoicemailRow(
            id=found.id,
            call_id=call_id,
            caller=found.caller or caller or "",
            customer_id=found.customer_id,
            customer_name=customer_name or "",
            topic=found.topic,
            duration_s=found.duration_s,
            state=found.state,
            owner_id=found.owner_id,
            owner_name=owner_name or "",
            due_at=found.due_at,
            is_escalated=found.escalated_at is not None,
            done_at=found.done_at,
            note=found.note,
            at=found.at,
        )
        for found, call_id, caller, customer_name, owner_name in session.execute(statement)
    ]
