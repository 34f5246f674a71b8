"""Vehicles and customer files from a file: what is new goes in, what is there is completed, each bad row is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from aftersales.models import CustomerFile
from core.runtime import Runtime
from customers.importing import Report
from customers.models import Vehicle
from tests.aftersales.importing.conftest import BringIn

pytestmark = pytest.mark.storage


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.rows, report.accepted, report.duplicates, len(report.rejected)


def faults(report: Report) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.code) for each in report.rejected]


def every(runtime: Runtime, model: Any) -> list[Any]:
    with runtime.database.reading(1) as session:
        return list(session.scalars(select(model).order_by(model.id)))


def test_a_vehicle_comes_with_everything_its_row_says(runtime: Runtime, bring_in: BringIn) -> None:
    report = bring_in(
        "vehicles",
        "手机,车牌,车型,车种,车架号,保养周期,下一次保养期,购车日期,保修到期\n"
        "415 555 0101,沪A12345,Golf,轿车,WVW1,6个月,2027/1/31,2024年1月31日,2027-01-31\n",
    )
    [vehicle] = every(runtime, Vehicle)

    assert counts(report) == (1, 1, 0, 0)
    assert (vehicle.customer_id, vehicle.plate, vehicle.model) == (1, "沪A12345", "Golf")
    assert (vehicle.kind, vehicle.serial, vehicle.service_every_months) == ("轿车", "WVW1", 6)
    assert (vehicle.next_service_on, vehicle.sold_on) == (date(2027, 1, 31), date(2024, 1, 31))


def test_a_vehicle_that_is_there_is_changed_not_doubled(runtime: Runtime, bring_in: BringIn) -> None:
    bring_in("vehicles", "reference,plate,serial,model\nK1,P1,S1,Golf\nK1,,,Polo\nK2,P1,,\n")

    again = bring_in(
        "vehicles",
        "reference,plate,serial,model,next service\n"
        "K1,P1,,,2027-01-31\nK1,P7,S1,,\nK1,,,Polo,\nK2,P1,,,\nK1,P3,,Golf,\n",
    )

    assert counts(again) == (5, 3, 2, 0)
    found = [(one.customer_id, one.plate, one.serial, one.model) for one in every(runtime, Vehicle)]
    assert found == [(1, "P7", "S1", "Golf"), (1, "", "", "Polo"), (2, "P1", "", ""), (1, "P3", "", "Golf")]
    assert every(runtime, Vehicle)[0].next_service_on == date(2027, 1, 31), "an empty cell says nothing"


def test_bad_rows_of_vehicles_are_told(bring_in: BringIn) -> None:
    report = bring_in(
        "vehicles",
        "reference,plate,service interval,sold on\nK1,,,\nK9,P1,,\nK1,P1,241,\nK1,P1,six,\nK1,P1,,soon\nK1,P1,,\nK1,P1,6,\n",
    )

    assert counts(report) == (7, 1, 0, 6)
    assert faults(report) == [
        (2, "plate", "missing"),
        (3, "reference", "unknown_customer"),
        (4, "service interval", "bad_count"),
        (5, "service interval", "bad_count"),
        (6, "sold on", "bad_date"),
        (8, "", "said_twice"),
    ]


def test_a_file_is_opened_and_completed_by_a_later_row(runtime: Runtime, bring_in: BringIn) -> None:
    bring_in("orders", "number,reference,step,received\nA-1,K1,workshop,2026-11-17\n")
    first = bring_in(
        "files",
        "reference,work order,intake,intake on,plate,service items\nK1,A-1,,,,oil\nK2,,来访,2026-11-10,P1,\n",
    )
    later = "reference,work order,intake,intake on,plate,next topic,next contact,completed\n"
    later += (
        "K1,A-1,,,,new oil,2026-12-01 10:30,\nK2,,visit,2026-11-10,P1,winter tyres,2026-12-02,2026-11-12\n"
    )
    second, third = bring_in("files", later), bring_in("files", later)

    assert (counts(first), counts(second), counts(third)) == ((2, 2, 0, 0), (2, 2, 0, 0), (2, 0, 2, 0))
    repair, visit = every(runtime, CustomerFile)
    assert (repair.state, repair.service_items, repair.next_topic) == ("complete", "oil", "new oil")
    assert (repair.next_contact_at, repair.is_late) == (datetime(2026, 12, 1, 18, 30, tzinfo=UTC), False)
    assert (visit.state, visit.intake, visit.intake_on, visit.is_late) == (
        "complete",
        "visit",
        date(2026, 11, 10),
        False,
    )
    assert (visit.next_contact_at, visit.vehicle_id) == (
        datetime(2026, 12, 2, 17, tzinfo=UTC),
        every(runtime, Vehicle)[0].id,
    )


def test_a_complete_file_of_the_past_comes_complete_and_stays_so(runtime: Runtime, bring_in: BringIn) -> None:
    content = "reference,intake,intake on,next topic,next contact,completed\nK1,consultation,2025-03-02,tyres,2025-03-20,2025-03-05\n"

    assert counts(bring_in("files", content)) == (1, 1, 0, 0)
    report = bring_in("files", content.replace("tyres", "brakes"))

    [file] = every(runtime, CustomerFile)
    assert (file.state, file.is_late, file.completed_by) == ("complete", True, "import:jobs.csv")
    assert faults(report) == [(2, "", "file_complete")]
    assert file.next_topic == "tyres"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        # reference, work order, intake, intake on, next topic, next contact, completed
        pytest.param("K1,,repair,,,,", "work order", "missing", id="a repair without its job"),
        pytest.param("K1,A-9,,,,,", "work order", "no_work_order", id="a job nobody knows"),
        pytest.param("K2,A-1,,,,,", "work order", "no_work_order", id="another customer's job"),
        pytest.param("K1,A-1,visit,,,,", "intake", "bad_word", id="a job that is no repair"),
        pytest.param("K1,,,,,,", "intake", "missing", id="no intake"),
        pytest.param("K1,,party,,,,", "intake", "bad_word", id="no such intake"),
        pytest.param("K1,,visit,2026-11-19,,,", "intake on", "in_the_future", id="tomorrow's visit"),
        pytest.param("K1,,visit,,tyres,,", "next contact", "missing", id="a topic without a time"),
        pytest.param("K1,,visit,,,2026-12-01,", "next topic", "missing", id="a time without a topic"),
        pytest.param(
            "K1,,visit,,tyres,2026-11-01,", "next contact", "bad_date", id="a next contact that is over"
        ),
        pytest.param(
            "K1,,visit,,,,2026-11-18", "next contact", "missing", id="complete without the next contact"
        ),
        pytest.param(
            "K1,,visit,2026-11-10,tyres,2026-12-01,2026-11-09",
            "completed",
            "bad_date",
            id="complete before it began",
        ),
        pytest.param(
            "K1,,visit,2026-11-10,tyres,2026-12-01,2026-11-20",
            "completed",
            "bad_date",
            id="complete tomorrow",
        ),
        pytest.param(
            "K1,,visit,," + "x" * 201 + ",2026-12-01,", "next topic", "too_long", id="a topic too long"
        ),
    ],
)
def test_a_bad_row_of_files_is_told(
    runtime: Runtime, bring_in: BringIn, row: str, column: str, code: str
) -> None:
    bring_in("orders", "number,reference\nA-1,K1\n")

    report = bring_in(
        "files", f"reference,work order,intake,intake on,next topic,next contact,completed\n{row}\n"
    )

    assert faults(report) == [(2, column, code)]
    assert every(runtime, CustomerFile) == []


def test_the_command_tells_as_the_customers_import_does(
    app: Flask, bring_in: BringIn, tmp_path: Path
) -> None:
    file = tmp_path / "jobs.csv"
    file.write_text("job,whose,colour\nA-1,K1,red\nA-2,K9,red\n", encoding="utf-8")
    run = app.test_cli_runner().invoke
    command = ["aftersales", "import", "orders", str(file), "--map", "whose=reference"]

    dry = run(args=[*command, "--json", "--dry-run"])
    assert not (tmp_path / "jobs.rejected.csv").exists()
    wet = run(args=[*command, "--json"])

    assert (wet.exit_code, dry.stdout) == (1, wet.stdout)
    told = json.loads(wet.stdout)
    assert {name: told[name] for name in ("rows", "accepted", "duplicates")} == {
        "rows": 2,
        "accepted": 1,
        "duplicates": 0,
    }
    assert [sorted(each) for each in told["rejected"]] == [["code", "column", "line", "reason", "value"]]
    assert "column colour is no field" in wet.stderr
    rejected = (tmp_path / "jobs.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rejected[0] == "error,job,whose,colour"
    assert rejected[1].endswith("A-2,K9,red")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["orders", "nowhere.csv"], 2, "does not exist", id="no such file"),
        pytest.param(
            ["orders", "FILE", "--map", "job=colour"],
            2,
            "colour is no field; enter one of number",
            id="no field",
        ),
        pytest.param(["parts", "FILE"], 2, "No such command", id="no such kind"),
        pytest.param(["vehicles", "FILE"], 1, "no column says whose each row is", id="nobody's"),
        pytest.param(["orders", "FILE", "--tenant", "x"], 1, "there is no tenant", id="no tenant"),
    ],
)
def test_wrong_use_says_how(
    app: Flask, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    file = tmp_path / "jobs.csv"
    file.write_text("job\nA-1\n", encoding="utf-8")

    result = app.test_cli_runner().invoke(
        args=["aftersales", "import", *(str(file) if each == "FILE" else each for each in arguments)]
    )

    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())
