"""Registers and summaries on screen, on paper and as tables: who sees them, what is in them, and that a signature lasts."""

from __future__ import annotations

import csv
import hashlib
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from aftersales import calls, jobs, settings, summaries
from aftersales.models import Document, Letter, Summary
from aftersales.registers import period
from core import clock
from core.db import ALL_TENANTS
from core.models import Tenant
from core.runtime import Runtime
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.orders import add_orders
from tests.console.world import NOW, Company

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEXT_MONTH = datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


@pytest.fixture
def record_id(app: Flask, ours: Company) -> int:
    """A complaint on the telephone, its words a formula, and a letter of the same day; a file of an order, late."""
    add_orders(app, ours)
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        said = calls.Said(points="=1+1 刹车异响 ☃", demand="complaint", reply="pending", satisfaction=2)
        made = calls.record(
            session,
            tenant,
            said,
            direction="in",
            who="desk",
            customer_id=ours.customer_id,
            address="+8613800138000",
        )
        session.add(
            Letter(
                tenant_id=tenant.id, kind="reply", means="post", customer_id=ours.customer_id, address="人民路 1 号",
                subject="About your brakes", sender="desk", made_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        return made.id


@pytest.fixture
def boss(signed_in: SignIn) -> FlaskClient:
    return signed_in("supervisor")


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        pytest.param("files", ("Chen Jie", "Repair", "沪A"), id="files"),
        pytest.param("records", ("Chen Jie", "=1+1", "A complaint", "Incoming"), id="records"),
        pytest.param("calls", ("Chen Jie", "+8613800138000", "Spoke with the customer"), id="calls"),
        pytest.param("letters", ("Reply", "人民路 1 号", "About your brakes", "Post"), id="letters"),
    ],
)
def test_a_form_is_on_screen_on_paper_and_a_table(
    boss: FlaskClient, record_id: int, kind: str, shown: tuple[str, ...]
) -> None:
    screen = words(boss.get(f"/registers/{kind}").text)
    table = boss.get(f"/registers/{kind}.csv?period=2026-11").data.decode("utf-8-sig")
    paper = text_of(boss.get(f"/registers/{kind}.pdf?period=2026").data)

    for text in shown:
        assert text in screen
        assert text in table
        assert text.replace(" ", "") in paper.replace(" ", "").replace("\r\n", "")
    heading, *rows = csv.reader(StringIO(table))
    assert all(len(row) == len(heading) for row in rows)


def test_no_spreadsheet_runs_what_a_caller_said(boss: FlaskClient, record_id: int) -> None:
    table = boss.get("/registers/records.csv").data.decode("utf-8-sig")

    assert "'=1+1" in table
    assert "'+8613800138000" in table


def test_one_record_has_every_field_and_what_the_font_lacks_is_shown(
    boss: FlaskClient, record_id: int
) -> None:
    said = words(boss.get(f"/registers/records/{record_id}").text)
    paper = text_of(boss.get(f"/registers/records/{record_id}.pdf").data)

    for text in ("Has to be looked into", "Spoke with the customer"):
        assert text in said
        assert text in paper
    assert "刹车异响 □" in paper


@pytest.mark.parametrize("kind", ["files", "records", "calls", "letters"])
def test_a_period_without_anything_is_an_empty_form(boss: FlaskClient, record_id: int, kind: str) -> None:
    assert "Nothing in this period" in boss.get(f"/registers/{kind}?period=2020-02").text
    assert boss.get(f"/registers/{kind}.csv?period=2020").data.count(b"\n") == 1
    assert boss.get(f"/registers/{kind}.pdf?period=2020-12").data.startswith(b"%PDF")


@pytest.mark.parametrize(
    "name", ["2026-13", "26", "２０２６", "2026-1", "%07", "2026-02-01", "-1", "9999-01"]
)
def test_what_is_no_period_is_told(boss: FlaskClient, name: str) -> None:
    answer = boss.get(f"/registers/calls?period={name}")

    assert answer.status_code == 400
    assert "Enter a month such as 2026-03" in answer.text


@pytest.mark.parametrize(
    "path", ["/registers/records/999999", "/registers/files/999999", "/registers/calls/1"]
)
def test_what_is_not_there_is_not_found(boss: FlaskClient, path: str) -> None:
    assert boss.get(path).status_code == 404
    assert boss.get(f"{path}.pdf").status_code == 404


def drafted(app: Flask) -> int:
    runtime: Runtime = app.extensions["carillon"]
    clock.freeze(NEXT_MONTH)
    for _ in range(2):
        jobs.summarize(runtime, None)  # type: ignore[arg-type]  # it needs no threads
    # whoever is signed in is so now
    clock.freeze(NOW)
    with runtime.database.reading(ALL_TENANTS) as session:
        made = select(Summary.id).where(Summary.period == "2026-11").order_by(Summary.tenant_id)
        return session.scalars(made).first() or 0


def test_a_month_that_is_over_is_drafted_once_and_agrees_with_the_registers(
    app: Flask, boss: FlaskClient, record_id: int
) -> None:
    summary_id = drafted(app)

    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        figures = session.get_one(Summary, summary_id).figures
    rows = list(
        csv.reader(StringIO(boss.get("/registers/calls.csv?period=2026-11").data.decode("utf-8-sig")))
    )
    assert sum(figures["calls"]["direction"].values()) == len(rows) - 1
    assert figures["calls"]["demand"] == {"complaint": 1}
    assert figures["letters"] == {"reply": 1}
    assert figures["cases"]["opened"]["complaint"] == 1
    assert "2026-11" in boss.get("/summaries").text


def test_a_signed_summary_is_the_same_to_the_byte_for_ever(
    app: Flask, boss: FlaskClient, record_id: int
) -> None:
    path = f"/summaries/{drafted(app)}"
    assert send(boss, f"{path}/sign", {"words": " "}).status_code == 400
    sent = {"words": "A quiet month.\n安静的一个月。", "meeting_on": "2026-12-02"}
    assert send(boss, f"{path}/edit", sent).status_code == 303
    assert send(boss, f"{path}/sign", sent).status_code == 303

    signed = boss.get(f"{path}.pdf").data
    assert "安静的一个月" in text_of(signed)
    assert hashlib.sha256(signed).hexdigest()[:16] in boss.get("/summaries").text
    assert send(boss, f"{path}/edit", {"words": "No, a loud one."}).status_code == 409
    assert boss.get(f"{path}.pdf").data == signed


def test_a_document_somebody_changed_is_not_shown_as_signed(
    app: Flask, boss: FlaskClient, record_id: int
) -> None:
    path = f"/summaries/{drafted(app)}"
    send(boss, f"{path}/sign", {"words": "A quiet month."})
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(Document).values(content=b"%PDF forged"))

    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session, pytest.raises(RuntimeError):
        summaries.archive.find(session, session.scalars(select(Summary.sha256)).first() or "")


@pytest.mark.parametrize(
    ("data", "status", "told"),
    [
        pytest.param({"words": "x" * 20_001}, 400, "Shorten this to", id="too long"),
        pytest.param({"words": "\0"}, 400, "Remove the NUL character", id="no text"),
        pytest.param({"words": "x", "meeting_on": "soon"}, 400, "Enter a day, such as", id="no day"),
    ],
)
def test_a_mistake_in_a_summary_is_told(
    app: Flask, boss: FlaskClient, record_id: int, data: dict[str, str], status: int, told: str
) -> None:
    answer = send(boss, f"/summaries/{drafted(app)}/edit", data)

    assert answer.status_code == status
    assert told in words(answer.text)


def test_a_year_is_drafted_when_december_is_over(app: Flask, ours: Company, record_id: int) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        clock.freeze(datetime(2027, 1, 1, 0, 30, tzinfo=SHANGHAI))
        # nothing happened in December, so only the year is told of
        assert summaries.draft_due(session, tenant, clock.now()) == 1
        assert session.scalars(select(Summary.period)).all() == ["2026"]


def test_nothing_of_another_company_is_counted_or_shown(
    app: Flask, boss: FlaskClient, theirs: Company, record_id: int
) -> None:
    runtime: Runtime = app.extensions["carillon"]
    with runtime.database.session(theirs.tenant_id) as session:
        tenant = session.get_one(Tenant, theirs.tenant_id)
        over = period(settings.days_of(tenant), "2026-11")
        counted = summaries.figures(session, over)
        assert summaries.draft_due(session, tenant, NEXT_MONTH) == 0
    add_orders(app, theirs)
    summary_id = drafted(app)

    assert counted["calls"]["direction"] == {}
    assert counted["cases"] == {
        "opened": {},
        "closed": {},
        "escalated": 0,
        "not_same_day": 0,
        "open_at_end": 0,
    }
    assert (counted["files"]["opened"], counted["letters"], counted["agents"]) == (0, {}, [])
    with runtime.database.reading(ALL_TENANTS) as session:
        assert session.get_one(Summary, summary_id).tenant_id != theirs.tenant_id
        other = session.scalars(select(Summary.id).where(Summary.tenant_id == theirs.tenant_id)).one()
    assert boss.get(f"/summaries/{other}").status_code == 404
    assert boss.get(f"/summaries/{other}.pdf").status_code == 404
