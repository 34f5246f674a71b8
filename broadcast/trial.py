"""Test-sends: what one customer would get, brought to a confirmed number of whoever asks, by the way everything leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast import trial_numbers
from broadcast.models import Campaign, Trial, TrialNumber
from broadcast.said import said_in
from core import audit, clock
from core.db import ScopedSession
from core.errors import Conflict, NotFound
from core.models import Staff, Tenant
from customers import segments
from customers.models import Customer
from customers.segments import Member
from outbound import deliveries, settings
from outbound.channels import CHANNELS
from outbound.models import PRIORITIES, TRIAL, Delivery, Source
from outbound.retry import RETRIES
from outbound.work import text_in

WITHIN = timedelta(hours=1)
DAY = timedelta(hours=24)
SHOWN = 10


@dataclass(frozen=True)
class TrialRow:
    """A test as a screen shows it; *state* and *reason* are its delivery's."""

    id: int
    at: datetime
    who: str
    channel: str
    address: str
    state: str
    reason: str


def send(
    session: ScopedSession,
    campaign: Campaign,
    staff_id: int,
    position: int,
    customer_id: int,
    number_id: int,
) -> Trial:
    """
    Bring what *customer_id* would get of the wave at *position* to a number of *staff_id*. It is a real send and costs.

    Raises Conflict if the number is not confirmed or the day's tests are used up, Invalid if the message cannot be made.
    """
    staff = session.get_one(Staff, staff_id)
    wave = said_in(session, campaign, position)
    number = trial_numbers.confirmed(session, staff_id, number_id, wave.channel)
    _check_limit(session, staff)
    member = _member(session, campaign, customer_id, wave.channel)
    values = {**wave.content["variables"], **member.fields}
    units = CHANNELS[wave.channel].check(text_in(wave.content, member.language), values, member.language)
    trial = Trial(
        tenant_id=campaign.tenant_id,
        campaign_id=campaign.id,
        staff_id=staff_id,
        customer_id=customer_id,
        position=position,
        channel=wave.channel,
        address=number.address,
        at=clock.now(),
    )
    session.add(trial)
    session.flush()
    wanted = deliveries.Wanted(None, number.address, member.language, member.fields, units)
    source = deliver(session, campaign.tenant_id, f"{TRIAL}{trial.id}", wave.channel, wave.content, wanted)
    trial.source_id = source.id
    about = f"campaign:{campaign.id}"
    audit.record(
        session, campaign.tenant_id, staff.email, "test", about, trial=trial.id, customer=customer_id
    )
    return trial


def deliver(
    session: Session,
    tenant_id: int,
    name: str,
    channel: str,
    content: Mapping[str, Any],
    wanted: deliveries.Wanted,
) -> Source:
    """One try within the hour, before everything else; the sources of tests that are over are closed on the way."""
    _close_ended(session, tenant_id)
    source = deliveries.open_source(
        session,
        tenant_id,
        name,
        channel=channel,
        purpose="transactional",
        content=content,
        retries={cause: {"times": 0, "after_s": 60} for cause in RETRIES[channel]},
    )
    source.priority = PRIORITIES["transactional"]
    now = clock.now()
    deliveries.add(session, source, [wanted], now, now + WITHIN)
    return source


def send_code(session: ScopedSession, staff_id: int, channel: str, number: str) -> TrialNumber:
    """Note *number* as *staff_id*'s and send a code there. Raises Invalid or Conflict saying what to do."""
    mine = trial_numbers.add(session, staff_id, channel, number)
    code = trial_numbers.new_code(session, mine)
    staff = session.get_one(Staff, staff_id)
    wanted = deliveries.Wanted(None, mine.address, staff.language, {"code": code, "name": staff.name})
    name = f"{TRIAL}code:{mine.id}:{clock.new_token()[:8]}"
    deliver(session, mine.tenant_id, name, channel, trial_numbers.code_content(session, mine), wanted)
    return mine


def latest(session: Session, campaign: Campaign) -> Sequence[TrialRow]:
    """The latest tests of *campaign* and how they went, newest first."""
    rows = session.execute(
        select(Trial, Staff.name, Delivery.state, Delivery.reason, Delivery.cause)
        .join(Staff, Staff.id == Trial.staff_id)
        .outerjoin(Delivery, Delivery.source_id == Trial.source_id)
        .where(Trial.campaign_id == campaign.id)
        .order_by(Trial.id.desc())
        .limit(SHOWN)
    )
    return [
        TrialRow(
            id=trial.id,
            at=trial.at,
            who=name,
            channel=trial.channel,
            address=trial.address,
            state=state or "pending",
            reason=cause or reason or "",
        )
        for trial, name, state, reason, cause in rows
    ]


def _check_limit(session: ScopedSession, staff: Staff) -> None:
    most = settings.of(session.get_one(Tenant, staff.tenant_id)).launch.tests_per_day
    mine = select(func.count()).select_from(Trial)
    used = session.scalar(mine.where(Trial.staff_id == staff.id, Trial.at > clock.now() - DAY)) or 0
    if used >= most:
        raise Conflict(
            "tests_used_up",
            "you have sent {used} tests within 24 hours; {most} are allowed, wait until tomorrow",
            used=used,
            most=most,
        )


def _member(session: ScopedSession, campaign: Campaign, customer_id: int, channel: str) -> Member:
    chosen = select(Customer.id).where(Customer.id == customer_id)
    found = next(segments.members_of(session, campaign.tenant_id, chosen, channel), None)
    if found is None:
        raise NotFound("no_customer", "there is no customer {number}", number=customer_id)
    return found


def _close_ended(session: Session, tenant_id: int) -> None:
    """A test is done when nothing of it is open."""
    is_open = select(Delivery.id).where(
        Delivery.source_id == Source.id, Delivery.state.in_(("pending", "held", "active"))
    )
    over = select(Source).where(
        Source.tenant_id == tenant_id,
        Source.state == "open",
        Source.name.startswith(TRIAL),
        ~is_open.exists(),
    )
    for source in session.scalars(over.limit(100)).all():
        deliveries.close(session, source)
