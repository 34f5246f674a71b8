"""What was recorded as proof on the pages it belongs to: who may listen, what a deleted one says, what is on record."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from aftersales import cases
from aftersales.models import CallRecording, ExtraWork, Outreach
from core.db import ALL_TENANTS
from core.models import AuditEntry, Tenant
from ivr.models import Call
from outbound.models import Attempt
from tests.console.browser import words
from tests.console.conftest import SignIn
from tests.console.orders import add_orders
from tests.console.world import NOW, Company

pytestmark = pytest.mark.storage


@pytest.fixture
def pages(app: Flask, ours: Company) -> dict[str, str]:
    """The pages of a job, a call and a case that one recording belongs to."""
    order_id, _ = add_orders(app, ours)
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        call = session.get_one(Call, ours.call_id)
        attempt = session.scalars(select(Attempt).order_by(Attempt.id)).all()[0]
        attempt.carrier_id = call.carrier_id
        extra = ExtraWork(
            tenant_id=ours.tenant_id, work_order_id=order_id, item="Brake discs", price_cents=1, currency="CNY", state="agreed",
            proof="call", answered_at=NOW, answer_by=NOW, created_by="x", created_at=NOW,
        )  # fmt: skip
        session.add(extra)
        session.flush()
        session.add(
            Outreach(
                tenant_id=ours.tenant_id, kind="extra_work", key="k", customer_id=ours.customer_id, subject_id=extra.id, work_order_id=order_id,
                state="answered", call_id=attempt.delivery_id, due_at=NOW, expires_at=NOW, created_at=NOW,
            )
        )  # fmt: skip
        session.add(CallRecording(tenant_id=ours.tenant_id, call_id=call.carrier_id, recording_id="RE" + "a" * 32, duration_s=31, at=NOW))  # fmt: skip
        case = cases.open_case(session, session.get_one(Tenant, ours.tenant_id), f"call:{call.carrier_id}:2:0", kind="call_back", who="x")  # fmt: skip
        return {
            "job": f"/work-orders/{order_id}",
            "call": f"/calls/{ours.call_id}",
            "case": f"/cases/{case.id}",
        }


@pytest.mark.parametrize("page", ["job", "call", "case"])
def test_a_recording_is_heard_where_it_belongs(signed_in: SignIn, pages: dict[str, str], page: str) -> None:
    assert 'src="/calls/recordings/1/audio"' in signed_in("after_sales").get(pages[page]).text

    shown = signed_in("marketing").get(pages[page]).text
    assert "/calls/recordings/" not in shown
    assert "Recorded" in words(shown)


def test_who_listens_is_on_record_and_other_companies_do_not(
    app: Flask, signed_in: SignIn, pages: dict[str, str], ours: Company, theirs: Company
) -> None:
    path = "/calls/recordings/1/audio"
    assert signed_in("after_sales").get(path).status_code == 503, "no carrier is there to fetch it from"
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        (heard,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "recording_heard")).all()
        assert (heard.who, heard.about) == (ours.email("after_sales"), "call_recording:1")
        session.get_one(CallRecording, 1).tenant_id = theirs.tenant_id
    assert signed_in("supervisor").get(path).status_code == 404


@pytest.mark.parametrize("page", ["job", "call", "case"])
def test_a_deleted_recording_says_so(
    app: Flask, signed_in: SignIn, ours: Company, pages: dict[str, str], page: str
) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        session.scalars(select(CallRecording)).one().audio_deleted_at = NOW

    shown = signed_in("supervisor").get(pages[page]).text
    assert "/calls/recordings/" not in shown
    assert "deleted on" in words(shown)
    assert signed_in("supervisor").get("/calls/recordings/1/audio").status_code == 404
