"""Work orders from a file: entered with all they bring with them, moved on as by everybody else, each bad row told."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from aftersales import settings, work_orders
from aftersales.importing import new_orders, order_rows, running
from aftersales.importing.entries import Entry
from aftersales.models import CustomerFile, FollowUp, WorkOrder, WorkOrderStep
from core.errors import Invalid
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from customers.importing import Report
from customers.importing.rows import Row
from customers.models import Vehicle
from tests.aftersales.importing.conftest import BringIn

pytestmark = pytest.mark.storage
GOOD = "number,reference\nA-1,K1\n"


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.rows, report.accepted, report.duplicates, len(report.rejected)


def stored(runtime: Runtime, number: str) -> WorkOrder:
    with runtime.database.reading(1) as session:
        return work_orders.by_number(session, 1, number)


def how_many(runtime: Runtime, model: Any) -> int:
    with runtime.database.reading(1) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_job_comes_with_everything_its_row_says(runtime: Runtime, bring_in: BringIn) -> None:
    report = bring_in(
        "orders",
        "工单号,客户编号,车牌,维修类型,状态,接车日期,承诺日期,客户要求,维修项目,货币,里程,部门\n"
        'A-1,K1,沪A 12345,brakes,维修中,2026-11-16 14:30,2026年11月20日,轻声,刹车片；机油,cny,"12,345 km",workshop\n',
    )
    order = stored(runtime, "A-1")

    assert counts(report) == (1, 1, 0, 0)
    assert (order.customer_id, order.kind, order.state, order.department) == (
        1,
        "brakes",
        "workshop",
        "workshop",
    )
    assert order.received_at == datetime(2026, 11, 16, 22, 30, tzinfo=UTC)
    assert order.promised_at == datetime(2026, 11, 21, 8, tzinfo=UTC), (
        "the day is over at midnight in Los Angeles"
    )
    assert (order.wish, order.currency, order.odometer_km) == ("轻声", "CNY", 12_345)
    assert order.items == [{"text": "刹车片", "price_cents": 0}, {"text": "机油", "price_cents": 0}]
    with runtime.database.reading(1) as session:
        assert [step.what for step in work_orders.steps_of(session, order.id)] == [
            "reception",
            "promised",
            "workshop",
        ]
        [file] = session.scalars(select(CustomerFile))
        assert (file.work_order_id, file.due_on, file.is_late) == (order.id, date(2026, 11, 18), False)
        [vehicle] = session.scalars(select(Vehicle))
        assert (vehicle.id, vehicle.plate, file.vehicle_id) == (order.vehicle_id, "沪A 12345", vehicle.id)


def test_one_handed_over_lately_is_to_be_called_and_one_of_last_year_is_not(
    runtime: Runtime, bring_in: BringIn
) -> None:
    bring_in("orders", "number,reference,delivered at\nNEW,K1,2026-11-16\nOLD,K1,2025-11-16\n")

    with runtime.database.reading(1) as session:
        [call] = session.scalars(select(FollowUp))
        [file] = session.scalars(select(CustomerFile))
    assert (call.step, call.earliest_on, call.due_on) == ("first", date(2026, 11, 19), date(2026, 11, 23))
    assert {call.work_order_id, file.work_order_id} == {stored(runtime, "NEW").id}
    assert stored(runtime, "OLD").state == "delivered"


def test_the_usual_days_of_a_repair_promise_when_it_is_ready(runtime: Runtime, bring_in: BringIn) -> None:
    with runtime.database.session(1) as session:
        kept = settings.read("repair_days: {brakes: 2}")
        settings.change(session, session.get_one(Tenant, 1), kept, "sue")

    bring_in("orders", "number,reference,kind,received\nA-1,K1,brakes,2026-11-17\nA-2,K1,paint,2026-11-17\n")

    assert stored(runtime, "A-1").promised_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert stored(runtime, "A-2").promised_at is None


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        pytest.param("reference", "K9", "unknown_customer", id="a customer nobody knows"),
        pytest.param("phone", "415 555 0199", "unknown_customer", id="a number nobody has"),
        pytest.param("phone", "415 555 0102", "several_customers", id="a number of two"),
        pytest.param("phone", "1.38E+10", "number_spoiled", id="a number Excel has spoiled"),
        pytest.param("phone", "", "customer_missing", id="nobody"),
        pytest.param("received at", "11/16/2026", "bad_date", id="a day the American way round"),
        pytest.param("received at", "16.11.2026", "bad_date", id="a day the German way round"),
        pytest.param("received at", "2026-02-30", "bad_date", id="a day that is none"),
        pytest.param("received at", "46342", "bad_date", id="a day as the spreadsheet counts it"),
        pytest.param("received at", "0001-01-01", "bad_date", id="a day of antiquity"),
        pytest.param("received at", "9999-12-31", "bad_date", id="the last day there is"),
        pytest.param("received at", "2026-11-16 25:00", "bad_time", id="an hour that is none"),
        pytest.param("received at", "2026-11-19", "in_the_future", id="taken in tomorrow"),
        pytest.param("delivered at", "2026-12-01", "in_the_future", id="handed over next month"),
        pytest.param("step", "delivered", "missing", id="handed over nobody knows when"),
        pytest.param("step", "lost", "bad_word", id="no step"),
        pytest.param("department", "kitchen", "unknown_department", id="no department"),
        pytest.param("odometer", "-5", "bad_count", id="less than nothing"),
        pytest.param("odometer", "9" * 400, "bad_count", id="a number without end"),
        pytest.param("odometer", "１２,34", "bad_count", id="a comma in the wrong place"),
        pytest.param("currency", "€", "bad_currency", id="no currency"),
        pytest.param("items", "x" * 201, "too_many_items", id="an item too long"),
        pytest.param("wish", "x" * 1001, "too_long", id="a wish too long"),
        pytest.param("wish", "x" * 66_000, "row_too_long", id="a huge cell"),
        pytest.param("wish", "a\0b", "control_character", id="NUL"),
        pytest.param("plate", "x" * 21, "too_long", id="a plate too long"),
        pytest.param("number", "", "missing", id="no number"),
        pytest.param("number", "x" * 41, "too_long", id="a number too long"),
        pytest.param("number", "A-1\x1b[2J", "control_character", id="a terminal's command"),
    ],
)
def test_a_bad_cell_is_told_and_the_good_row_below_goes_in(
    bring_in: BringIn, heading: str, value: str, code: str
) -> None:
    row = {"number": "A-0", "reference": "" if heading in ("reference", "phone") else "K1", heading: value}
    cells = ",".join(f'"{cell}"' for cell in row.values())
    good = ",".join({"number": "A-9", "reference": "K1"}.get(name, "") for name in row)

    report = bring_in("orders", f"{','.join(row)}\n{cells}\n{good}\n")

    assert counts(report) == (2, 1, 0, 1)
    [refused] = report.rejected
    is_of_row = code == "row_too_long" or (heading, code) == ("step", "missing")
    assert (refused.line, refused.column, refused.code) == (2, "" if is_of_row else heading, code)
    assert refused.reason


def test_dates_that_contradict_each_other_are_told(bring_in: BringIn) -> None:
    report = bring_in(
        "orders",
        "number,reference,step,received at,promised at,delivered at\n"
        "A,K1,,2026-11-16,,2026-11-15\nB,K1,,2026-11-16,2026-11-15,\nC,K1,ready,2026-11-16,,2026-11-17\n"
        "D,K1,,2026-11-16 14:00,,2026-11-16\n",
    )

    assert [(each.line, each.column, each.code) for each in report.rejected] == [
        (2, "delivered at", "bad_date"),
        (3, "promised at", "bad_date"),
        (4, "delivered at", "not_delivered"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), id="UTF-8 with its mark"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.encode("gb18030"), id="GB18030"),
        pytest.param(lambda text: text.replace(",", ";").encode(), id="semicolons"),
        pytest.param(lambda text: text.replace(",", "\t").replace("\n", "\r\n").encode(), id="tabs"),
    ],
)
def test_every_way_of_writing_the_file_is_read(runtime: Runtime, bring_in: BringIn, written: Any) -> None:
    report = bring_in("orders", written("工单号,手机,客户要求\nA-1,(415) 555-0101,请尽快修理发动机\n"))

    assert counts(report) == (1, 1, 0, 0)
    assert stored(runtime, "A-1").wish == "请尽快修理发动机"


def test_a_workbook_shows_what_its_formulas_came_to(runtime: Runtime, bring_in: BringIn) -> None:
    book = openpyxl.Workbook()
    for row in (
        ("number", "reference", "received at", "odometer", "wish"),
        (1001, "K1", datetime.fromisoformat("2026-11-16T14:30"), 12_000.0, "'=SUM(A1:A9)"),
        ("=1+1", "K1", None, None, None),
        (1003, "#N/A", None, None, None),
        (1004, "K1", "16 Nov", None, None),
    ):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)

    report = bring_in("orders", out.getvalue())

    order = stored(runtime, "1001")
    assert (order.received_at, order.odometer_km) == (datetime(2026, 11, 16, 22, 30, tzinfo=UTC), 12_000)
    assert order.wish == "=SUM(A1:A9)", "text is text: the guard against formulas comes off"
    assert [(each.line, each.column, each.code) for each in report.rejected] == [
        (3, "number", "missing"),
        (4, "reference", "cell_error"),
        (5, "received at", "bad_date"),
    ]


def test_the_same_file_again_changes_nothing_and_a_newer_one_moves_jobs_on(
    runtime: Runtime, bring_in: BringIn
) -> None:
    monday = (
        "number,reference,plate,step,promised at,items\nA-1,K1,P1,workshop,2026-11-20,oil\nA-2,K1,,ready,,\n"
    )
    assert counts(bring_in("orders", monday)) == (2, 2, 0, 0)
    steps = how_many(runtime, WorkOrderStep)
    assert counts(bring_in("orders", monday)) == (2, 0, 2, 0)
    assert how_many(runtime, WorkOrderStep) == steps

    report = bring_in(
        "orders",
        "number,reference,plate,step,promised at,items,delivered at,department\n"
        "A-1,K1,P2,ready,2026-11-21,oil;brakes,,finance\nA-2,K1,,,,,2026-11-18 08:30,\n",
    )

    assert counts(report) == (2, 2, 0, 0)
    first, second = stored(runtime, "A-1"), stored(runtime, "A-2")
    assert (first.state, first.department, [item["text"] for item in first.items]) == (
        "ready",
        "finance",
        ["oil", "brakes"],
    )
    assert first.promised_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    with runtime.database.reading(1) as session:
        assert session.get_one(Vehicle, first.vehicle_id).plate == "P2"
        assert session.scalars(select(FollowUp.step)).all() == ["first"]
    assert (second.state, second.delivered_at) == ("delivered", datetime(2026, 11, 18, 16, 30, tzinfo=UTC))


def test_a_job_goes_forward_only_and_a_refused_row_changes_nothing(
    runtime: Runtime, bring_in: BringIn
) -> None:
    bring_in("orders", "number,reference,step,wish\nA-1,K1,ready,soon\n")

    report = bring_in("orders", "number,reference,step,wish,plate\nA-1,K1,workshop,sooner,P9\n")

    [refused] = report.rejected
    assert (refused.column, refused.value, refused.code) == ("step", "workshop", "step_back")
    assert (stored(runtime, "A-1").wish, how_many(runtime, Vehicle)) == ("soon", 0)


def test_another_customers_number_is_refused(runtime: Runtime, bring_in: BringIn) -> None:
    bring_in("orders", GOOD)

    report = bring_in("orders", "number,reference\nA-1,K2\n")

    assert [(each.column, each.code) for each in report.rejected] == [("number", "number_taken")]
    assert stored(runtime, "A-1").customer_id == 1


@pytest.mark.parametrize(
    "batch", [pytest.param(2_000, id="in one batch"), pytest.param(1, id="across batches")]
)
@pytest.mark.parametrize("dry_run", [False, True], ids=["for good", "tried"])
def test_a_row_that_stands_there_twice_is_one_or_is_told(
    bring_in: BringIn, monkeypatch: pytest.MonkeyPatch, batch: int, dry_run: bool
) -> None:
    monkeypatch.setattr(running, "BATCH", batch)

    report = bring_in(
        "orders", "number,reference,wish\nA-1,K1,a\nA-1,K1,a\nA-1,K1,b\nA-2,K1,a\n", dry_run=dry_run
    )

    assert counts(report) == (4, 2, 1, 1)
    assert (report.rejected[0].line, report.rejected[0].code) == (4, "said_twice")


def test_a_dry_run_tells_the_same_and_changes_nothing(runtime: Runtime, bring_in: BringIn) -> None:
    bring_in("orders", GOOD)
    content = "number,reference,step,plate,delivered at\nA-1,K1,ready,P1,\nA-2,K2,delivered,P2,2026-11-17\nA-3,K9,,,\n"
    before = {
        model: how_many(runtime, model) for model in (WorkOrder, WorkOrderStep, Vehicle, FollowUp, AuditEntry)
    }

    dry = bring_in("orders", content, dry_run=True)

    assert {model: how_many(runtime, model) for model in before} == before
    assert stored(runtime, "A-1").state == "reception"
    assert counts(dry) == counts(bring_in("orders", content)) == (3, 2, 0, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "empty_file", id="nothing"),
        pytest.param(b"\n\n", "empty_file", id="blank lines"),
        pytest.param(b"number,reference\n", "no_rows", id="only headings"),
        pytest.param(b"reference,step\nK1,ready\n", "no_order_column", id="no numbers"),
        pytest.param(b"number,customer\nA-1,Ann\n", "no_customer_column", id="nobody's"),
        pytest.param(b"number,number,reference\nA,B,K1\n", "duplicate_heading", id="two columns of numbers"),
        pytest.param(b"PK\x03\x04nonsense", "bad_workbook", id="no workbook"),
        pytest.param(b'"number,reference\nA-1,K1\n', "unread_heading", id="headings never closed"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    runtime: Runtime, bring_in: BringIn, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring_in("orders", content)

    assert refused.value.code == code
    assert how_many(runtime, WorkOrder) == 0


def test_a_number_somebody_else_enters_in_the_same_moment_is_theirs(
    runtime: Runtime, bring_in: BringIn
) -> None:
    bring_in("orders", GOOD)
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        rows = [Entry(Row(2, [], ""), {"number": number, "step": "ready"}, 2) for number in ("A-1", "A-2")]
        said = [order_rows.read(tenant, row, ()) for row in rows]

        assert new_orders.enter(session, tenant, said, {}, "import:jobs.csv") == {"A-2"}

    assert stored(runtime, "A-1").customer_id == 1
    with runtime.database.reading(1) as session:
        assert session.scalars(select(CustomerFile.work_order_id)).all() == [stored(runtime, "A-2").id]
