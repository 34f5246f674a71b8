"""What a snapshot holds, gathered from the database: see ivr/snapshot.py for its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core import clock
from core.db import ScopedSession
from core.models import Tenant
from flows import publish
from flows.language.paths import RETURNED_CALL
from flows.models import FlowVersion
from ivr import settings
from ivr.models import Announcement, BlockedCaller, HotlineNumber
from outbound.models import Sender

RETIRED_KEPT = 20
"""Former versions kept of each flow, for calls that began on them."""


def build(session: ScopedSession) -> dict[str, Any]:
    """The body of a snapshot of every tenant."""
    flows: dict[str, str] = {}
    published: dict[tuple[int, str], str] = {}
    former: dict[tuple[int, str], int] = {}
    versions = (
        select(FlowVersion).where(FlowVersion.state != "draft").order_by(FlowVersion.published_at.desc())
    )
    for version in session.scalars(versions):
        key = (version.tenant_id, version.name)
        if version.state == "published":
            published[key] = version.hash
        else:
            former[key] = former.get(key, 0) + 1
        if former.get(key, 0) <= RETIRED_KEPT:
            flows[version.hash] = version.document
    numbers = {
        row.address: {
            "tenant": row.tenant_id,
            "flow": published.get((row.tenant_id, row.flow), ""),
            "forward_to": row.forward_to,
            "variables": row.variables,
        }
        for row in session.scalars(select(HotlineNumber).order_by(HotlineNumber.id))
    }
    numbers |= _senders(session, numbers)
    returned = _returned_calls(session, published, flows)
    served = session.scalars(select(Tenant)).all()
    tenants = {
        str(row.id): {"name": row.name, "zone": row.zone, "region": row.region, "language": row.language}
        for row in served
    }
    return {
        "numbers": numbers,
        "tenants": tenants,
        "flows": flows,
        "announcements": _announcements(session),
        "blocked": _blocked(session),
        "returned_calls": returned,
        "limits": {str(row.id): settings.of(row).limits.model_dump(mode="json") for row in served},
    }


def _senders(session: ScopedSession, numbers: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The numbers we only call and text from: who rings them comes to the tenant's first hotline."""
    first: dict[int, dict[str, Any]] = {}
    for row in numbers.values():
        first.setdefault(row["tenant"], row)
    sending = select(Sender.address, Sender.tenant_id).where(Sender.channel.in_(("voice", "sms")))
    return {
        row.address: first[row.tenant_id]
        for row in session.execute(sending.order_by(Sender.id))
        if row.tenant_id in first and row.address not in numbers
    }


def _announcements(session: ScopedSession) -> dict[str, list[dict[str, Any]]]:
    """Those that are not over."""
    found: dict[str, list[dict[str, Any]]] = {}
    still = select(Announcement).where(Announcement.ends_at > clock.now()).order_by(Announcement.id)
    for row in session.scalars(still):
        when = {"from": row.starts_at.isoformat(), "until": row.ends_at.isoformat()}
        found.setdefault(str(row.tenant_id), []).append({"texts": row.texts, **when})
    return found


def _blocked(session: ScopedSession) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in session.scalars(select(BlockedCaller).order_by(BlockedCaller.address)):
        found.setdefault(str(row.tenant_id), []).append(row.address)
    return found


def _returned_calls(
    session: ScopedSession, published: Mapping[tuple[int, str], str], flows: dict[str, str]
) -> dict[str, str]:
    """Tenant -> hash of the flow for those who ring back, its own or the shipped one; only of tenants that call people at all."""
    shipped = publish.library(RETURNED_CALL)
    ours = publish.loaded(shipped).hash
    flows.setdefault(ours, shipped)
    calling = select(Sender.tenant_id).where(Sender.channel == "voice").distinct().order_by(Sender.tenant_id)
    return {str(one): published.get((one, RETURNED_CALL), ours) for one in session.scalars(calling)}
