"""
Who rings back after a call of ours they missed: which company rang and why, then what it was to tell, or the hotline's menu.

That is a flow of its own (`returned_call`: the tenant's, or the one that is shipped) before the others. It is looked up whether
a call was missed; without the database, and where nobody is ever called, everybody is simply in the menu.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.db import ScopedSession
from core.models import Tenant
from core.runtime import Runtime
from flows.language.paths import RETURNED_CALL
from ivr import settings
from ivr.asks import Desk
from ivr.leg import number_or_none
from ivr.talk import Talk
from outbound import returned
from outbound.deliveries import Answered
from outbound.returned import Missed

log = logging.getLogger(__name__)
TO_MESSAGE, TO_MENU = "to_message", "to_menu"
# what a missed call was about, by who had asked for it; an offer is told by its purpose
WHY = {"follow_up": "question"}


@dataclass(frozen=True)
class Known:
    """What the *flow* (its hash) for those who ring back is told of the missed call."""

    flow: str
    delivery_id: int
    variables: Mapping[str, str]
    language: str


def is_one(talk: Talk) -> bool:
    """Whether *talk* is in the flow for those who ring back."""
    return talk.flow.name == RETURNED_CALL and talk.leg.direction == "in"


def look_up(desk: Desk, flows: Mapping[int, str], talk: Talk) -> Known | None:
    """What the caller missed. *flows*: tenant -> hash of its flow for those who ring back; who calls nobody has none."""
    flow, caller = flows.get(talk.tenant_id), number_or_none(talk.leg.caller)
    if not flow or not caller:
        return None
    return desk.look_up(talk.tenant_id, lambda session: known(session, talk.tenant_id, flow, caller))


def message(desk: Desk, talk: Talk) -> Answered | None:
    """What the missed call was to say; None without the database."""
    delivery_id = talk.delivery_id or 0
    return desk.look_up(talk.tenant_id, lambda session: returned.message(session, delivery_id))


def known(session: ScopedSession, tenant_id: int, flow: str, caller: str) -> Known | None:
    """What *caller* (E.164) missed within the days the tenant has decided."""
    tenant = session.get_one(Tenant, tenant_id)
    days = settings.of(tenant).returned_call_days
    found = returned.missed(session, tenant_id, caller, clock.now() - timedelta(days=days)) if days else None
    if found is None:
        return None
    rang_on = found.at.astimezone(ZoneInfo(tenant.zone)).date().isoformat()
    variables = {"company": tenant.name, "rang_on": rang_on, "why": _why(found)}
    return Known(flow, found.delivery_id, variables, found.language)


def _why(missed: Missed) -> str:
    if missed.purpose == "marketing":
        return "offer"
    return WHY.get(missed.source.partition(":")[0], "notice")


def took(runtime: Runtime, talk: Talk, at: datetime) -> None:
    """The caller has pressed a key: they are rung no more about it. Now, or as soon as the database is back."""
    delivery_id = talk.delivery_id or 0
    try:
        with runtime.database.hurried(talk.tenant_id) as session:
            returned.took(session, delivery_id, talk.leg.call_sid, at)
    except (SQLAlchemyError, OSError) as error:
        log.error("call %s: a returned call is spooled: %s", talk.leg.call_sid, type(error).__name__)
        entry = {"delivery_id": delivery_id, "call_id": talk.leg.call_sid, "at": at.isoformat()}
        runtime.spool.append("returned_call", entry)
