"""Customers from XLSX workbooks: what cells show is what is read, and no workbook does harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core.db import Database
from core.errors import Invalid
from core.models import Tenant
from customers.importing import Report, import_customers, sheets
from customers.models import Customer, CustomerNumber, Vehicle
from tests.customers.conftest import NOW

HEADINGS = ("姓名", "手机", "编号", "下次保养", "地址")


def workbook(*rows: tuple[Any, ...], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of one sheet with these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rezipped(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """*content* with some parts of the archive replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return out.getvalue()


def bring_in(database: Database, content: bytes, sheet: str = "") -> tuple[Report, str]:
    rejects = io.StringIO()
    rejects.fileno = lambda: 0  # type: ignore[method-assign]  # nothing is synced: no checkpoint asks
    with database.reading(2) as session:
        tenant = session.get_one(Tenant, 2)
    report = import_customers(
        database, tenant, io.BytesIO(content), at=NOW, sheet=sheet, rejects=lambda: rejects
    )
    return report, rejects.getvalue()


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        pytest.param("139 1111 0001", "+8613911110001", id="text"),
        pytest.param(13911110001, "+8613911110001", id="a number"),
        pytest.param(13911110001.0, "+8613911110001", id="a number with a dot"),
        pytest.param(1.3911110001e10, "+8613911110001", id="a number shown as a power"),
        pytest.param("+8613911110001", "+8613911110001", id="E.164"),
        pytest.param("'+8613911110001", "+8613911110001", id="guarded"),
    ],
)
def test_a_number_is_read_however_the_cell_keeps_it(database: Database, cell: object, address: str) -> None:
    report, _ = bring_in(database, workbook(HEADINGS, ("赵磊", cell, 42, None, None)))

    with database.reading(2) as session:
        assert session.scalars(select(CustomerNumber.address)).all() == [address]
        assert session.scalars(select(Customer.reference)).all() == ["42"]
    assert (report.encoding, report.accepted) == ("xlsx", 1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(date(2026, 12, 31), "2026-12-31", id="a day"),
        pytest.param(datetime(2026, 12, 31), "2026-12-31", id="a day at midnight"),  # noqa: DTZ001  # as a sheet has it
        pytest.param(datetime(2026, 12, 31, 8, 30), "2026-12-31 08:30", id="an instant"),  # noqa: DTZ001  # as above
        pytest.param(True, "true", id="a truth"),
        pytest.param(0.5, "0.5", id="a fraction"),
        pytest.param(123456789012345678, "1.23457E+17", id="more digits than a sheet keeps"),
        pytest.param("12 Quay Rd\r\nShanghai", "12 Quay Rd Shanghai", id="two lines"),
    ],
)
def test_what_a_cell_shows_is_its_text(value: object, shown: str) -> None:
    assert sheets.text_of(value) == shown


def test_bad_rows_are_told_by_row_and_column_and_can_be_mended(database: Database) -> None:
    content = workbook(
        HEADINGS,
        ("赵磊", 13911110001, "A1", date(2027, 1, 2), "Quay\nRoad"),
        (),
        ("钱七", "#N/A", "A2", None, None),
        ("孙八", 1381122, "A3", "31.12.2026", None),
        ("李九", 13911110001, "A4", None, None),
        ("周十", 13911110002, "A5", None, None, "too far right"),
        ("吴一", 139111100011112222, "A6", None, None),
    )

    report, rejects = bring_in(database, content)

    assert (report.rows, report.accepted, report.duplicates) == (6, 1, 1)
    assert [(r.line, r.column, r.code) for r in report.rejected] == [
        (4, "手机", "cell_error"),
        (5, "手机", "number_invalid"),
        (7, "", "too_many_cells"),
        (8, "手机", "number_spoiled"),
    ]
    assert rejects.splitlines()[0] == "error,姓名,手机,编号,下次保养,地址"
    assert "下次保养: enter a date like 2026-12-31" in rejects
    with database.reading(2) as session:
        assert session.scalars(select(Customer.address)).all() == ["Quay Road"]
        assert session.scalars(select(Vehicle.next_service_on)).all() == [date(2027, 1, 2)]


def test_hidden_rows_and_merged_cells_are_read_as_they_stand(database: Database) -> None:
    def change(book: Any) -> None:
        book.active.row_dimensions[2].hidden = True
        book.active.merge_cells("A2:A3")

    rows = (HEADINGS, ("赵磊", 13911110001), (None, 13911110002), ("钱七", 13911110003))
    report, _ = bring_in(database, workbook(*rows, change=change))

    assert report.accepted == 3
    with database.reading(2) as session:
        assert session.scalars(select(Customer.name).order_by(Customer.id)).all() == ["赵磊", "", "钱七"]


def test_a_formula_counts_with_the_value_it_had(database: Database) -> None:
    content = workbook(HEADINGS, ("赵磊", "=1+1"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    content = rezipped(
        content, {"xl/worksheets/sheet1.xml": sheet.replace(b"<v />", b"<v>13911110001</v>").replace(b"<v></v>", b"<v>13911110001</v>")}
    )  # fmt: skip

    report, _ = bring_in(database, content)

    assert report.accepted == 1


def test_a_sheet_may_be_named(database: Database) -> None:
    def change(book: Any) -> None:
        other = book.create_sheet("名单")
        other.append(HEADINGS)
        other.append(("赵磊", 13911110001))
        book.active.sheet_state = "hidden"

    content = workbook(("nothing here",), change=change)

    assert bring_in(database, content)[0].accepted == 1, "the first that can be seen"
    assert bring_in(database, content, "名单")[0].duplicates == 1
    with pytest.raises(Invalid, match="there is no sheet Sheet9; the workbook has Sheet, 名单"):
        bring_in(database, content, "Sheet9")


GOOD = workbook(HEADINGS, ("赵磊", 13911110001))
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet/>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(workbook(), "empty_file", id="nothing in it"),
        pytest.param(workbook(HEADINGS), "no_rows", id="only headings"),
        pytest.param(workbook(("a", "b"), (1, 2)), "no_number_column", id="no number column"),
        pytest.param(b"PK\x03\x04 and no more", "bad_workbook", id="no archive"),
        pytest.param(GOOD[: len(GOOD) // 2], "bad_workbook", id="cut off"),
        pytest.param(rezipped(GOOD, {"xl/worksheets/sheet1.xml": b"<work"}), "bad_workbook", id="no XML"),
        pytest.param(rezipped(GOOD, {"xl/worksheets/sheet1.xml": DTD}), "bad_workbook", id="an external entity"),
        pytest.param(rezipped(GOOD, {"xl/sharedStrings.xml": DTD}), "bad_workbook", id="entities in texts"),
        pytest.param(rezipped(GOOD, {"docProps/app.xml": DTD.decode().encode("utf-16")}), "bad_workbook", id="entities in UTF-16"),
        pytest.param(rezipped(GOOD, {"xl/worksheets/sheet1.xml": b" " * 70_000 + DTD}), "bad_workbook", id="entities far below"),
        pytest.param(rezipped(GOOD, {"xl/styles.xml": b" " * 20_000_001}), "workbook_too_big", id="styles that unpack to 20 MB"),
        pytest.param(rezipped(GOOD, {"xl/worksheets/sheet1.xml": b"A" * 10_000_001}), "workbook_too_big", id="a small file with one cell without end"),
        pytest.param(workbook(("A" * 20_000, "b"), (1, 2)), "no_number_column", id="a heading without end"),
        pytest.param(rezipped(GOOD, {f"xl/media/{n}": b"" for n in range(2000)}), "workbook_too_big", id="thousands of parts"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_workbook", id="an old or encrypted one"),
    ],
)  # fmt: skip
def test_a_workbook_that_cannot_be_used_says_why_and_changes_nothing(
    database: Database, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring_in(database, content)

    assert refused.value.code == code
    with database.reading(2) as session:
        assert session.scalars(select(Customer.id)).all() == []


def test_an_archive_that_lies_about_its_size_is_not_unpacked(database: Database) -> None:
    lying = bytearray(rezipped(GOOD, {"xl/worksheets/sheet1.xml": b" " * 3_000_000}))
    lying[:] = lying.replace((3_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))

    with pytest.raises(Invalid) as refused:
        bring_in(database, bytes(lying))

    assert refused.value.code == "bad_workbook"


def test_a_row_far_below_is_no_reason_to_count_there_for_ever(database: Database) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="2"', b'<row r="99999999999"').replace(b'r="A2"', b'r="A99999999999"')

    with pytest.raises(Invalid) as refused:
        bring_in(database, rezipped(GOOD, {"xl/worksheets/sheet1.xml": far}))

    assert refused.value.code == "bad_workbook"
