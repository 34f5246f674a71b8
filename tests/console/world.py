"""Two companies with staff of every role, a running and a finished campaign, a call, messages and customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.definition import Definition
from broadcast.models import Campaign, Recipient, Wave
from console.staff import hash_password
from core.db import ALL_TENANTS, Database
from core.models import ROLES, Staff, Tenant
from customers.models import ConsentEvent, Customer, CustomerNumber, Touch, Vehicle
from ivr.models import Call, CallStep, Voicemail
from outbound.models import Attempt, Delivery, InboundText, Sender, Source

PASSWORD = "seven quiet lanterns"
HASHED = hash_password(PASSWORD)
NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
NAMES = ("Chen Jie", "王芳", "Emma Clark", "Liu Yang", "Omar Haddad", "李娜")


DRAFT = {
    "name": "Winter tyres",
    "purpose": "marketing",
    "channel": "sms",
    "audience": {"segment": {"tags": ["fleet"]}},
    "message": {
        "en": {"text": "【Northern】Hello {{ name }}. To stop, call 400-820-5501"},
        "zh": {"text": "【北方】{{ name }}您好，拒收请拨400-820-5501按1"},
    },
}


@dataclass(frozen=True)
class Company:
    """The ids of what one company has."""

    tenant_id: int
    slug: str
    customer_id: int
    running_id: int
    finished_id: int
    draft_id: int
    call_id: int
    message_id: int
    text_id: int

    def email(self, role: str) -> str:
        """Who signs in with *role*."""
        return f"{role}@{self.slug}.example"


def build(database: Database) -> tuple[Company, Company]:
    """Ours and another company, alike."""
    with database.session(ALL_TENANTS) as session:
        return _company(session, "north", "Northern Motors", 1), _company(session, "south", "南方汽车", 2)


def _company(session: Session, slug: str, name: str, index: int) -> Company:
    tenant = Tenant(slug=slug, name=name, zone="Asia/Shanghai", region="CN", language="zh", created_at=NOW)
    session.add(tenant)
    session.flush()
    staff = [
        Staff(
            tenant_id=tenant.id,
            email=f"{role}@{slug}.example",
            name="Li Wei",
            password=HASHED,
            roles=[role],
            created_at=NOW,
        )
        for role in ROLES
    ]
    session.add_all(staff)
    session.flush()
    customers = [_customer(session, tenant.id, index, at, name) for at, name in enumerate(NAMES)]
    running = _campaign(session, tenant.id, index, "Autumn service reminder", "running", customers)
    finished = _campaign(session, tenant.id, index, "Recall letter", "finished", customers)
    draft = Campaign(
        tenant_id=tenant.id,
        name="Winter tyres",
        purpose="marketing",
        definition=Definition.model_validate(DRAFT).model_dump(),
        created_by="marketing@north.example",
        created_at=NOW,
    )
    session.add(draft)
    session.flush()
    session.add(Wave(tenant_id=tenant.id, campaign_id=draft.id, position=1, channel="sms"))
    text_id = _text(session, tenant.id, index, customers[0])
    call_id, message_id = _call(session, tenant.id, index, customers[0], staff[1].id)
    return Company(
        tenant.id, slug, customers[0].id, running.id, finished.id, draft.id, call_id, message_id, text_id
    )


def add_wave(app: Flask, campaign_id: int) -> None:
    """A second wave of a running campaign, by SMS, to which one person has come."""
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        first = session.scalars(select(Wave).where(Wave.campaign_id == campaign_id)).one()
        person = session.scalars(
            select(Recipient).where(Recipient.campaign_id == campaign_id, Recipient.state == "open").limit(1)
        ).one()
        before = session.scalars(
            select(Delivery).where(
                Delivery.source_id == first.source_id, Delivery.customer_id == person.customer_id
            )
        ).one()
        source = Source(
            tenant_id=first.tenant_id,
            name="second",
            channel="sms",
            purpose="service",
            priority=2,
            created_at=NOW,
        )
        session.add(source)
        session.flush()
        session.add(
            Wave(
                tenant_id=first.tenant_id,
                campaign_id=campaign_id,
                position=2,
                channel="sms",
                source_id=source.id,
                targeted=1,
            )
        )
        first.targeted, person.position, before.source_id = 6, 2, source.id


def address(index: int, at: int) -> str:
    """A mobile number in Shanghai."""
    return f"+86138{index}7{at:02}{4 + at}01{at}"


def _customer(session: Session, tenant_id: int, index: int, at: int, name: str) -> Customer:
    customer = Customer(
        tenant_id=tenant_id,
        reference=f"K-{at:04}",
        name=name,
        company="Harbour Freight Ltd" if at == 0 else "",
        language="en" if name.isascii() else "zh",
        address="12 Quay Road, Shanghai" if at == 0 else "",
        preferred_channel="sms" if at == 0 else "",
        tags=["fleet"] if at == 0 else [],
        created_at=NOW,
    )
    session.add(customer)
    session.flush()
    who = {"tenant_id": tenant_id, "customer_id": customer.id}
    session.add(CustomerNumber(**who, address=address(index, at), kind="mobile"))
    session.add(Vehicle(**who, plate=f"沪A·8K{at}16", model="Ranger 2.0"))
    session.add(
        ConsentEvent(
            **who, purpose="marketing", level="express_written", source="import", at=NOW - timedelta(days=9)
        )
    )
    session.add(
        Touch(
            **who,
            address=address(index, at),
            channel="sms",
            direction="out",
            purpose="service",
            source=f"attempt:0{at}",
            at=NOW - timedelta(days=2),
        )
    )
    return customer


# state, reason of the delivery; state, outcome of its attempt
ENDS = (
    ("reached", "", "ended", "reached"),
    ("failed", "bad_number", "ended", "undelivered"),
    ("held", "quiet_hours", "", ""),
    ("blocked", "opted_out", "", ""),
    ("active", "", "accepted", ""),
    ("pending", "", "", ""),
)
OVER = (("reached", "", "ended", "reached"),) * 4 + (
    ("failed", "no_answer", "ended", "no_answer"),
    ("blocked", "consent", "", ""),
)


def _campaign(
    session: Session, tenant_id: int, index: int, name: str, state: str, customers: list[Customer]
) -> Campaign:
    channel = "voice" if state == "running" else "fax"
    campaign = Campaign(
        tenant_id=tenant_id,
        name=name,
        purpose="service",
        state=state,
        targeted=len(customers),
        created_by="marketing@north.example",
        created_at=NOW - timedelta(hours=2),
        launched_by="marketing@north.example",
        launched_at=NOW - timedelta(hours=1),
        expires_at=NOW + timedelta(hours=9),
    )
    source = Source(
        tenant_id=tenant_id,
        name=f"{state}:{index}",
        channel=channel,
        purpose="service",
        priority=2,
        created_at=NOW,
    )
    sender = Sender(
        tenant_id=tenant_id, channel=channel, address=f"+8640082{index}1234", rate_per_s=1.0, next_at=NOW
    )
    session.add_all((campaign, source, sender))
    session.flush()
    session.add(
        Wave(tenant_id=tenant_id, campaign_id=campaign.id, position=1, channel=channel, source_id=source.id)
    )
    for at, (customer, end) in enumerate(zip(customers, ENDS if state == "running" else OVER, strict=True)):
        _recipient(session, campaign, source, sender, customer, address(index, at), end)
    return campaign


def _recipient(
    session: Session,
    campaign: Campaign,
    source: Source,
    sender: Sender,
    customer: Customer,
    to: str,
    end: tuple[str, str, str, str],
) -> None:
    state, reason, attempt_state, outcome = end
    tenant_id = campaign.tenant_id
    settled = state if state in Recipient.STATES else "open"
    session.add(
        Recipient(
            tenant_id=tenant_id,
            campaign_id=campaign.id,
            customer_id=customer.id,
            state=settled,
            reason=reason if settled != "open" else "",
        )
    )
    delivery = Delivery(
        tenant_id=tenant_id,
        source_id=source.id,
        customer_id=customer.id,
        channel=source.channel,
        address=to,
        language="en",
        state=state,
        reason="" if state == "failed" else reason,
        cause=reason if state == "failed" else "",
        attempts=1 if attempt_state else 0,
        due_at=NOW + timedelta(hours=1),
        expires_at=NOW + timedelta(hours=9),
        created_at=NOW,
    )
    session.add(delivery)
    session.flush()
    if attempt_state:
        session.add(
            Attempt(
                tenant_id=tenant_id,
                delivery_id=delivery.id,
                source_id=source.id,
                sender_id=sender.id,
                channel=source.channel,
                address=to,
                token=f"token-{delivery.id:016}",
                state=attempt_state,
                outcome=outcome,
                duration_s=56 if outcome == "reached" else 0,
                pages=2 if source.channel == "fax" and outcome == "reached" else 0,
                started_at=NOW - timedelta(minutes=5),
                submitted_at=NOW - timedelta(minutes=5),
            )
        )


def _text(session: Session, tenant_id: int, index: int, customer: Customer) -> int:
    """What the customer wrote to the running campaign, and may be an opt-out."""
    delivery = (
        session.query(Delivery)
        .filter_by(tenant_id=tenant_id, customer_id=customer.id)
        .order_by(Delivery.id)
        .first()
    )
    text = InboundText(
        tenant_id=tenant_id,
        carrier_id=f"SM{index:032x}",
        from_address=address(index, 0),
        to_address="+864008201234",
        body="please stop texting me <b>now</b>",
        kind="refusal",
        state="review",
        customer_id=customer.id,
        delivery_id=delivery.id if delivery else None,
        due_at=NOW + timedelta(hours=9),
        at=NOW - timedelta(minutes=20),
    )
    session.add(text)
    session.flush()
    return text.id


def _call(session: Session, tenant_id: int, index: int, customer: Customer, owner_id: int) -> tuple[int, int]:
    sid = f"CA{index:032x}"
    call = Call(
        tenant_id=tenant_id,
        carrier_id=sid,
        direction="in",
        caller=address(index, 0),
        called="+864008201234",
        customer_id=customer.id,
        flow="f" * 16,
        flow_name="hotline",
        language="zh",
        state="ended",
        reason="message_taken",
        started_at=NOW - timedelta(hours=3),
        ended_at=NOW - timedelta(hours=3),
        duration_s=74,
    )
    session.add(call)
    steps = (
        (1, "welcome", "menu", "", "欢迎致电北方汽车。维修请按 1，预约保养请按 2，人工服务请按 0。", ""),
        (2, "repair", "record", "1", "请在提示音后留言。", ""),
        (3, "repair", "message_left", "", "", "box=repair duration_s=41"),
    )
    for turn, node, kind, heard, said, effect in steps:
        session.add(
            CallStep(
                tenant_id=tenant_id,
                carrier_id=sid,
                turn=turn,
                position=0,
                node=node,
                kind=kind,
                heard=heard,
                said=said,
                effect=effect,
                at=NOW - timedelta(hours=3),
            )
        )
    messages = [
        Voicemail(
            tenant_id=tenant_id,
            call_id=sid,
            recording_id=f"RE{at:031x}{index}",
            recording_url="",
            caller=address(index, at),
            customer_id=customer.id if at == 0 else None,
            topic="repair" if at == 0 else "complaint",
            duration_s=41,
            owner_id=owner_id,
            due_at=NOW + timedelta(hours=at - 1, minutes=30),
            at=NOW - timedelta(hours=3),
        )
        for at in (0, 1)
    ]
    session.add_all(messages)
    session.flush()
    return call.id, messages[0].id
