"""
Fills a database with the demo company, in two steps: `set_up` what must be there before anything starts (about two
seconds), `fill` the customers and campaigns while web and exchange already run. Both may be run again.

The clock. Two countries must be open at once for about ten real minutes. China's windows open at 09:00 Shanghai time
(01:00 UTC); American ones close at 21:00 local time: 02:00 UTC in the east, 03:00, 04:00 and 05:00 UTC from Chicago to
Los Angeles in winter. So the demo starts on a Tuesday in December at 09:05 in Shanghai, which is Monday 17:05 on the
Pacific coast, 18:05 in the mountains, 19:05 in Chicago and 20:05 in New York. At fourteen business seconds a real
one the east closes after four real minutes, Chicago after eight, the mountains after twelve, the coast after seventeen. 97 % of the Americans live west of that first line; Florida, closed to marketing since 20:00, and
latecomers in the east show what is held and why. A call of seventy seconds takes five real ones, an engaged line is
tried again after 21, and a campaign, given two hours, ends with a certificate after less than nine real minutes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.staff import add_staff
from core import clock, schema
from core.db import ALL_TENANTS, ScopedSession
from core.errors import Conflict
from core.jobs import HEARTBEAT_S
from core.models import Staff, Tenant
from core.runtime import Runtime
from core.turned import last_running, read_turn, write_turn
from demo import company, flows, numbers, population
from demo.names import COMPANY
from flows.language.rules import Rules
from flows.publish import publish
from ivr.models import HotlineNumber
from ivr.queue import agents, teams
from ivr.queue.models import Agent
from outbound.models import Attempt, Sender

SLUG = "lakeside"
TEAM = "service"
NAME = f"{COMPANY['en']} {COMPANY['zh']}"
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_MORNING = datetime(2026, 12, 1, 9, 5, tzinfo=ZONE)
SPEED = 14.0
PASSWORD = "seven bells at noon"  # noqa: S105  # the demo company's, printed on screen; nothing real is behind it
STAFF = (
    (
        "grace.lin@lakeside.example",
        "Grace Lin",
        ("supervisor", "marketing", "after_sales", "administrator"),
        "en",
    ),
    ("chen.yu@lakeside.example", "陈宇", ("marketing", "after_sales"), "zh"),
    ("audit@lakeside.example", "Ines Marsh", ("auditor",), "en"),
)
# an engaged line is tried again within the demo: the strict default waits four hours and allows one contact a day
FIGURES = {"campaign": {"attempts": 3, "gap_hours": 0, "per_day": 3}, "caps": {"marketing": {"day": 3}}}
POLICY = {"figures": {"us": FIGURES, "cn": FIGURES}}


def set_up(runtime: Runtime) -> clock.Turn:
    """Schema, clock, company, staff, numbers, flows and the exchange's population; how the clock was turned."""
    refuse_if_real(runtime)
    schema.upgrade(runtime.database)
    turn = turn_clock(runtime)
    with runtime.database.session(ALL_TENANTS) as session:
        tenant = _tenant(session)
    with runtime.database.session(tenant.id) as session:
        _staff(session, tenant.id)
        _numbers(session, tenant.id)
        _agents(session)
        for document in flows.documents():
            publish(session, tenant.id, document, Rules(), clock.now(), "demo")
    population.write(runtime.config.state_dir / "population.yaml", runtime.config, company.people())
    return turn


def refuse_if_real(runtime: Runtime) -> None:
    """The demo's customers may have real people's numbers: it must never meet a real carrier."""
    config = runtime.config
    real = [channel for channel in ("voice", "sms", "fax") if config.carrier_of(channel) != "exchange"]
    if config.is_production or real:
        raise Conflict(
            "not_a_demo",
            "the demo company runs only on a loopback PUBLIC_URL with the embedded exchange for voice, SMS and fax",
        )


def turn_clock(runtime: Runtime) -> clock.Turn:
    """Start business time on the first morning; a demo that ran already goes on from where it was stopped or killed."""
    before = read_turn(runtime.database, runtime.config)
    business = before.at(_stopped_at(runtime, before)) if before else FIRST_MORNING.astimezone(UTC)
    turn = clock.Turn(clock.real(), business, SPEED, before)
    write_turn(runtime.database, turn)
    clock.turn(turn)
    return turn


def _stopped_at(runtime: Runtime, turn: clock.Turn) -> datetime:
    """The real instant after which nothing can have happened: between two signs of life the clock ran on."""
    with runtime.database.reading(ALL_TENANTS) as session:
        signs = (last_running(session), session.scalar(select(func.max(Attempt.submitted_at))))
    last = max((turn.real, *(sign for sign in signs if sign)))
    return min(last + timedelta(seconds=HEARTBEAT_S), clock.real())


def find_tenant(session: Session) -> Tenant | None:
    """The demo company, if it is there."""
    return session.scalar(select(Tenant).where(Tenant.slug == SLUG))


def _tenant(session: Session) -> Tenant:
    tenant = find_tenant(session)
    if tenant is None:
        tenant = Tenant(
            slug=SLUG,
            name=NAME,
            zone=str(ZONE),
            region="CN",
            language="en",
            created_at=clock.now(),
            policy=POLICY,
        )
        session.add(tenant)
        session.flush()
    return tenant


def _staff(session: ScopedSession, tenant_id: int) -> None:
    known = set(session.scalars(select(Staff.email)))
    for email, name, roles, language in STAFF:
        if email not in known:
            add_staff(session, tenant_id, email, name, roles, language, PASSWORD)


def _agents(session: ScopedSession) -> None:
    """Two of the staff take callers who want a person, as long as they do not say otherwise."""
    tenant = find_tenant(session)
    if tenant is None or session.scalar(select(Agent.id).limit(1)) is not None:
        return
    teams.decide(session, tenant, TEAM, {}, "demo")
    for email, phone in numbers.AGENTS.items():
        agents.asks(
            session, agents.enrol(session, tenant, email, phone, ("zh", "en"), (TEAM,), "demo"), "available"
        )


def _numbers(session: ScopedSession, tenant_id: int) -> None:
    answered = set(session.scalars(select(HotlineNumber.address)))
    for address in numbers.HOTLINES:
        if address not in answered:
            session.add(
                HotlineNumber(tenant_id=tenant_id, address=address, flow="hotline", forward_to=numbers.DESK)
            )
    sending = {(row.channel, row.address) for row in session.execute(select(Sender.channel, Sender.address))}
    for one in numbers.SENDERS:
        if (one.channel, one.address) not in sending:
            session.add(
                Sender(
                    tenant_id=tenant_id,
                    channel=one.channel,
                    address=one.address,
                    rate_per_s=one.rate_per_s,
                    lines=one.lines,
                    next_at=clock.real(),
                )
            )
