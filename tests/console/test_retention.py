"""What is kept no longer than the profile says: numbers, words, touches; recordings at the carrier, too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from aftersales import calls, jobs
from aftersales.calls import Said
from aftersales.models import CallRecord
from core import clock
from core.db import ALL_TENANTS
from core.models import AuditEntry, Tenant
from customers import jobs as customer_jobs
from customers.models import Touch
from customers.retention import YEAR, horizon
from ivr import jobs as hotline_jobs
from ivr.models import Call, CallStep
from outbound import jobs as outgoing_jobs
from outbound.models import Attempt, Delivery, InboundText
from tests.console.world import NOW, Company

pytestmark = pytest.mark.storage


def keep_no_longer(app: Flask, at: datetime) -> None:
    """What the worker does."""
    clock.freeze(at)
    runtime = app.extensions["carillon"]
    with ThreadPoolExecutor(1) as pool:
        customer_jobs.keep_no_longer(runtime, pool)
        outgoing_jobs.forget(runtime, pool)
        hotline_jobs.forget(runtime, pool)
        jobs.forget(runtime, pool)


@pytest.fixture
def years(app: Flask, ours: Company) -> timedelta:
    """How long our company keeps records; a call on record besides what it has anyway, and nothing on its way."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        calls.record(
            session,
            tenant,
            Said(points="Runs well."),
            direction="in",
            who="desk",
            customer_id=ours.customer_id,
            at=NOW,
        )
        session.execute(update(Attempt).values(state="ended"))
        session.execute(
            update(Delivery).where(Delivery.state.in_(("active", "pending", "held"))).values(state="expired")
        )
        return clock.now() - horizon(tenant, clock.now()).records


def held(app: Flask, company: Company) -> dict[str, int]:
    """How much is kept of our company, by what it is."""
    with app.extensions["carillon"].database.reading(company.tenant_id) as session:
        counted = {
            "touches": select(func.count(Touch.id)),
            "numbers": select(func.count(Delivery.id)).where(Delivery.address.startswith("+")),
            "tries": select(func.count(Attempt.id)).where(Attempt.address.startswith("+")),
            "texts": select(func.count(InboundText.id)).where(InboundText.body != ""),
            "callers": select(func.count(Call.id)).where(Call.caller != ""),
            "steps": select(func.count(CallStep.id)),
            "words": select(func.count(CallRecord.id)).where(CallRecord.points != ""),
        }
        return {name: session.scalar(each) or 0 for name, each in counted.items()}


def test_records_are_kept_for_their_years_and_no_longer(app: Flask, ours: Company, years: timedelta) -> None:
    assert years == 5 * YEAR, "the profile of our country"
    before = held(app, ours)
    assert all(before.values()), "else this proves nothing"

    keep_no_longer(app, NOW + years - timedelta(days=3))
    assert held(app, ours) == before

    keep_no_longer(app, NOW + years + timedelta(days=1))
    assert not any(held(app, ours).values())
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        kept = session.scalars(select(Delivery).where(Delivery.tenant_id == ours.tenant_id)).all()
        assert {delivery.address for delivery in kept} == {f"~{delivery.id}" for delivery in kept}, (
            "rows still count"
        )
        said = session.scalars(
            select(AuditEntry.details).where(
                AuditEntry.action == "not_kept_longer", AuditEntry.tenant_id == ours.tenant_id
            )
        )
        assert {each["what"] for each in said} == {
            "touches", "numbers of deliveries", "texts that came in", "calls", "records of calls",
        }  # fmt: skip


def test_a_tenant_s_own_figure_counts(app: Flask, ours: Company, years: timedelta) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        session.get_one(Tenant, ours.tenant_id).policy = {
            "figures": {"cn": {"record_years": 10, "audio_days": 30}}
        }
    before = held(app, ours)

    keep_no_longer(app, NOW + years + timedelta(days=1))

    assert held(app, ours) == before


def test_what_is_on_its_way_is_left_alone(app: Flask, ours: Company, years: timedelta) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        waiting = session.scalars(select(Delivery)).first()
        assert waiting
        waiting.state, number, waiting_id = "pending", waiting.address, waiting.id

    keep_no_longer(app, NOW + 2 * years)

    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        assert session.get_one(Delivery, waiting_id).address == number
