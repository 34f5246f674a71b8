"""
What we text back: to HELP who we are, to START whether that is really wanted. Deliveries like any other, from the number
that was texted, and at most one of a kind a day to one number, so that two machines never talk for ever (14107).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.models import Tenant
from core.phone import pretty, region_of
from core.states import move_all
from outbound import deliveries, settings
from outbound.models import REPLY, Sender, Source
from outbound.texting import FREQUENCY, PROGRAM
from outbound.work import DEFAULT_LANGUAGE

EXPIRES = timedelta(hours=12)
CLOSES = timedelta(days=3)
TEXTS: Mapping[str, Mapping[str, str]] = {
    # SM-2: business, program, frequency, rates, support, STOP
    "help": {
        "en": "{{ company }}: {{ program }}. {{ frequency }} Msg & data rates may apply. Help: {{ support }}. Reply STOP to end.",
        "zh": "【{{ company }}】{{ program }}。{{ frequency }}可能产生短信费用。客服：{{ support }}。回复R退订。",
    },
    "ask": {
        "en": "{{ company }}: you asked to get our messages again. Reply YES to confirm. Otherwise nothing changes.",
        "zh": "【{{ company }}】您申请重新接收我们的短信，请回复“是”确认；不回复则维持不变。",
    },
    "welcome": {
        "en": "{{ company }}: you will hear from us again. {{ frequency }} Help: {{ support }}. Reply STOP to end.",
        "zh": "【{{ company }}】您将重新收到我们的短信。{{ frequency }}客服：{{ support }}。回复R退订。",
    },
    "call": {
        "en": "{{ company }}: your number was taken off our list by request. To hear from us again, please call {{ support }}.",
        "zh": "【{{ company }}】您的号码已按要求停止联系。如需恢复，请致电{{ support }}。",
    },
}


@dataclass(frozen=True)
class Guest:
    """Who texted us. *customer_id* is None for strangers and numbers several customers hold; *language* is theirs, or ""."""

    address: str
    customer_id: int | None
    language: str


def reply(session: Session, tenant: Tenant, sender: Sender, to: Guest, kind: str, at: datetime) -> None:
    """Have the text *kind* brought *to* whoever wrote, by *sender*, in their language."""
    language = to.language or ("zh" if region_of(to.address) == "CN" else tenant.language)
    if language not in TEXTS[kind]:
        language = DEFAULT_LANGUAGE
    values = _values(session, tenant, sender, language)
    source = _source(session, tenant, sender, kind, at)
    deliveries.add(
        session, source, [deliveries.Wanted(to.customer_id, to.address, language, values)], at, at + EXPIRES
    )


def _values(session: Session, tenant: Tenant, sender: Sender, language: str) -> dict[str, str]:
    own = settings.of(tenant).texting
    we_call_from = select(Sender.address).where(Sender.tenant_id == tenant.id, Sender.channel == "voice")
    support = own.support or session.scalar(we_call_from.order_by(Sender.id).limit(1)) or sender.address
    return {
        "company": tenant.name,
        "program": own.program.get(language, PROGRAM[language]),
        "frequency": own.frequency.get(language, FREQUENCY[language]),
        "support": pretty(support) if support.startswith("+") else support,
    }


def _source(session: Session, tenant: Tenant, sender: Sender, kind: str, at: datetime) -> Source:
    name = f"{REPLY}{kind}:{sender.id}:{at:%Y%m%d}"
    mine = select(Source).where(Source.tenant_id == tenant.id, Source.name == name)
    if found := session.scalar(mine):
        return found
    old = (Source.tenant_id == tenant.id) & Source.name.startswith(REPLY) & (Source.created_at < at - CLOSES)
    move_all(session, Source, old, "done")
    content = {"texts": {language: {"text": text} for language, text in TEXTS[kind].items()}}
    about = {"channel": "sms", "purpose": "transactional", "content": content}
    try:
        with session.begin_nested():
            source = deliveries.open_source(session, tenant.id, name, **about)  # type: ignore[arg-type]  # one word a parameter
            source.sender_id = sender.id
    except IntegrityError:  # another host was faster
        return session.scalars(mine).one()
    return source
