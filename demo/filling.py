"""
The second step of the demo: customers through the real import, what is in the workshop, then the three
campaigns, created and launched as staff would.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from broadcast import campaigns
from broadcast.definition import read
from broadcast.models import Campaign
from core import clock
from core.db import ALL_TENANTS
from core.errors import NotFound
from core.models import Tenant
from core.runtime import Runtime
from customers.importing import import_customers
from customers.models import Touch
from demo import appointments, company, customer_files, history, workshop
from demo.seed import STAFF, find_tenant, refuse_if_real

CAMPAIGNS = Path(__file__).with_name("campaigns")
AGREED_BEFORE = timedelta(days=40)
Say = Callable[[str], None]


def fill(runtime: Runtime, say: Say) -> None:
    """Import and launch whatever is not there yet; *say* is told of each step."""
    refuse_if_real(runtime)
    with runtime.database.reading(ALL_TENANTS) as session:
        tenant = find_tenant(session)
    if tenant is None:
        raise NotFound("no_demo", "there is no demo company yet; run: flask demo setup")
    with runtime.database.reading(tenant.id) as session:
        # what is done last; an import that was cut short is repeated
        rung = select(Touch.id).where(Touch.source.startswith(history.BY_STAFF))
        is_filled = session.scalar(rung.limit(1)) is not None
    if not is_filled:
        _customers(runtime, tenant, say)
    with runtime.database.session(tenant.id) as session:
        if jobs := workshop.fill(session, tenant, clock.now()):
            say(f"workshop: {jobs} work orders")
        if expected := appointments.fill(session, tenant, clock.now()):
            say(f"calendar: {expected} appointments")
    _campaigns(runtime, tenant, say)


def _customers(runtime: Runtime, tenant: Tenant, say: Say) -> None:
    everybody = company.people()
    lists = (
        ("America", "US", customer_files.american(everybody)),
        ("China", "CN", customer_files.chinese(everybody)),
    )
    now = clock.now()
    for name, region, content in lists:
        report = import_customers(
            runtime.database,
            tenant,
            io.BytesIO(content),
            region=region,
            at=now - AGREED_BEFORE,
            source=f"{name} list",
        )
        say(
            f"{name}: {report.accepted} customers imported, {report.duplicates} were in twice, {len(report.rejected)} rows rejected"
        )
    by_hand = customer_files.in_lists(everybody)[1]
    with runtime.database.session(tenant.id) as session:
        history.enter_by_hand(session, tenant.id, by_hand, now - AGREED_BEFORE)
        history.opt_out_some(session, tenant.id, everybody, now - timedelta(days=9))
        history.ring_often(session, tenant.id, everybody, now)


def _campaigns(runtime: Runtime, tenant: Tenant, say: Say) -> None:
    who = STAFF[0][0]
    for path in sorted(CAMPAIGNS.glob("*.yaml"), reverse=True):
        text = path.read_text(encoding="utf-8")
        with runtime.database.session(tenant.id) as session:
            campaign = session.scalar(select(Campaign).where(Campaign.name == read(text).name))
            campaign = campaign or campaigns.create(session, tenant, text, who)
        if campaign.state != "draft":
            continue
        with runtime.database.reading(tenant.id) as session:
            content = campaigns.ready(session, campaign)
        with runtime.database.session(tenant.id) as session:
            campaigns.launch(session, campaigns.get(session, campaign.id), content, who)
        say(f"launched: {campaign.name}")
