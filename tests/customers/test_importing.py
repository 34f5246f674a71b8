from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.db import ALL_TENANTS, Database
from core.errors import Invalid
from core.models import Tenant
from customers.importing import REASONS, Rejection, Report, import_customers, importing, reading
from customers.importing.rejects import guarded, unguarded
from customers.importing.rows import rows
from customers.models import ConsentEvent, Customer, CustomerNumber, Vehicle
from tests.customers.conftest import NOW, levels_of

NO_SUCH = "this is no telephone number that exists in US or abroad; enter it like +14155550123"


class Kept(io.StringIO):
    """A text whose content is still there after it is closed."""


def tenant(database: Database, number: int = 1) -> Tenant:
    with database.session(ALL_TENANTS) as session:
        return session.get_one(Tenant, number)


def bring_in(database: Database, content: bytes | str, **options: object) -> Report:
    raw = content.encode() if isinstance(content, str) else content
    return import_customers(database, tenant(database), io.BytesIO(raw), at=NOW, **options)  # type: ignore[arg-type]


def stored(database: Database, tenant_id: int = 1) -> list[tuple[str, str]]:
    """(name, E.164) of everybody in the file, in order."""
    with database.reading(tenant_id) as session:
        statement = select(Customer.name, CustomerNumber.address).join(
            CustomerNumber, CustomerNumber.customer_id == Customer.id
        )
        return [(row.name, row.address) for row in session.execute(statement.order_by(CustomerNumber.id))]


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.rows, report.accepted, report.duplicates, len(report.rejected)


GOOD = "name,mobile\nAnn,+14155550101\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # name, mobile: one line each; expected (line, column, value, code)
        pytest.param("Bob,1.38E+10", (2, "mobile", "1.38E+10", "number_spoiled"), id="Excel's 1.38E+10"),
        pytest.param("Bob,4155550102.0", (2, "mobile", "4155550102.0", "number_spoiled"), id="a decimal"),
        pytest.param("Bob,1-800-FLOWERS", (2, "mobile", "1-800-FLOWERS", "number_letters"), id="letters"),
        pytest.param(
            "Bob,电话4155550102", (2, "mobile", "电话4155550102", "number_letters"), id="Chinese words"
        ),
        pytest.param(
            "Bob,415-555-0102 x9", (2, "mobile", "415-555-0102 x9", "number_extension"), id="extension"
        ),
        pytest.param(
            "Bob,12345678", (2, "mobile", "12345678", "number_invalid"), id="too short for a number"
        ),
        pytest.param("Bob,+1999", (2, "mobile", "+1999", "number_short"), id="four digits"),
        pytest.param("Bob,911", (2, "mobile", "911", "number_emergency"), id="911"),
        pytest.param("Bob,112", (2, "mobile", "112", "number_emergency"), id="112"),
        pytest.param("Bob,110", (2, "mobile", "110", "number_emergency"), id="110"),
        pytest.param("Bob,119", (2, "mobile", "119", "number_emergency"), id="119"),
        pytest.param("Bob,120", (2, "mobile", "120", "number_emergency"), id="120"),
        pytest.param("Bob,10086", (2, "mobile", "10086", "number_short"), id="short code"),
        pytest.param("Bob,800-555-0199", (2, "mobile", "800-555-0199", "number_kind"), id="toll-free"),
        pytest.param("Bob,900 555 0123", (2, "mobile", "900 555 0123", "number_kind"), id="premium"),
        pytest.param("Bob,+864008208820", (2, "mobile", "+864008208820", "number_kind"), id="a Chinese 400"),
        pytest.param("Bob,", (2, "mobile", "", "number_missing"), id="no number"),
        pytest.param("Bob,'", (2, "mobile", "'", "number_missing"), id="only an apostrophe"),
        pytest.param("Bob,=1+1", (2, "mobile", "=1+1", "number_short"), id="a formula"),
        pytest.param(
            "Bob,4155550102/4155550103",
            (2, "mobile", "4155550102/4155550103", "number_invalid"),
            id="two numbers",
        ),
        pytest.param(
            "Bob,+14155550102,x", (2, "", "Bob,+14155550102,x", "too_many_cells"), id="a cell too many"
        ),
        pytest.param("Bob", (2, "", "Bob", "too_few_cells"), id="a cell too few"),
        pytest.param(
            "Lee, Bob,+14155550102",
            (2, "", "Lee, Bob,+14155550102", "too_many_cells"),
            id="a comma without quotes",
        ),
        pytest.param(
            '"Bob,+14155550102', (2, "", '"Bob,+14155550102', "unclosed_quote"), id="a quote never closed"
        ),
        pytest.param(
            '"Bob" Lee,+14155550102', (2, "", '"Bob" Lee,+14155550102', "bad_quote"), id="text behind a quote"
        ),
        pytest.param(
            '"Bob\nLee",+14155550102',
            (2, "", '"Bob\\nLee",+14155550102', "line_break"),
            id="a cell over two lines",
        ),
        pytest.param(
            '"B\n\nLee",+14155550102',
            (2, "", '"B\\n\\nLee",+14155550102', "line_break"),
            id="a cell over three lines",
        ),
        pytest.param("B\0b,+14155550102", (2, "name", "B\\x00b", "control_character"), id="NUL"),
        pytest.param("B\x0bb,+14155550102", (2, "name", "B\\x0bb", "control_character"), id="vertical tab"),
        pytest.param("B\tb,+14155550102", (2, "name", "B\\tb", "control_character"), id="tab inside a name"),
        pytest.param(
            "B\x1b[31m,+14155550102", (2, "name", "B\\x1b[31m", "control_character"), id="terminal escape"
        ),
        pytest.param(
            "B\u2028b,+14155550102", (2, "name", "B\\u2028b", "control_character"), id="line separator"
        ),
        pytest.param(
            "B\ufffdb,+14155550102", (2, "name", "B\ufffdb", "bad_byte"), id="replacement character"
        ),
        pytest.param(
            "x" * 121 + ",+14155550102", (2, "name", "x" * 79 + "…", "too_long"), id="a name too long"
        ),
        pytest.param(
            "x" * 66_000 + ",+14155550102", (2, "", "x" * 79 + "…", "row_too_long"), id="a row too long"
        ),
        pytest.param("\n\nBob,12", (4, "mobile", "12", "number_short"), id="line counted over blank ones"),
    ],
)
def test_a_bad_row_is_told_and_the_good_one_below_it_goes_in(
    database: Database, lines: str, expected: tuple[int, str, str, str]
) -> None:
    report = bring_in(database, f"name,mobile\n{lines}\nAnn,+14155550101\n")

    assert counts(report) == (2, 1, 0, 1)
    [rejection] = report.rejected
    assert (rejection.line, rejection.column, rejection.value, rejection.code) == expected
    assert rejection.reason
    assert stored(database) == [("Ann", "+14155550101")]


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        pytest.param("next service", "12/31/2026", "bad_date", id="day and month may be swapped"),
        pytest.param("next service", "2026-02-30", "bad_date", id="no such day"),
        pytest.param("next service", "46387", "bad_date", id="a spreadsheet's day number"),
        pytest.param("zone", "Mars/Olympus", "bad_zone", id="no such zone"),
        pytest.param("zone", "EST5EDT4", "bad_zone", id="no IANA zone"),
        pytest.param("language", "Klingon!", "bad_language", id="no language"),
        pytest.param("language", "xx", "bad_language", id="the code of no language"),
        pytest.param("state", "Floridia", "bad_state", id="no such state"),
        pytest.param("preferred channel", "telex", "bad_channel", id="no such channel"),
        pytest.param("consent marketing", "maybe", "bad_consent", id="no consent"),
        pytest.param("tags", ";".join(map(str, range(21))), "too_many_tags", id="21 tags"),
        pytest.param("plate", "B" * 21, "too_long", id="a plate too long"),
        pytest.param("fax", "12", "number_short", id="a second number that is none"),
    ],
)
def test_a_bad_cell_names_its_column(database: Database, heading: str, value: str, code: str) -> None:
    report = bring_in(database, f"mobile,{heading}\n+14155550101,{value}\n+14155550102,\n")

    assert counts(report) == (2, 1, 0, 1)
    [rejection] = report.rejected
    assert (rejection.line, rejection.column, rejection.value, rejection.code) == (2, heading, value, code)
    if code in REASONS:
        assert rejection.reason == REASONS[code]


def test_the_first_bad_cell_of_a_row_is_reported_and_the_rejects_file_lists_all(database: Database) -> None:
    text = Kept()

    report = bring_in(database, "zone,mobile\nMars,911\n", rejects=lambda: text)

    assert report.rejected == [Rejection(2, "zone", "Mars", "bad_zone", REASONS["bad_zone"])]
    assert text.getvalue().splitlines()[1] == (
        "zone: enter a time zone like America/New_York or Asia/Shanghai; "
        "mobile: this is an emergency number; enter the customer's own,Mars,911"
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "empty_file", id="nothing"),
        pytest.param(b"\n\r\n \n", "empty_file", id="blank lines"),
        pytest.param(codecs.BOM_UTF8, "empty_file", id="only a byte order mark"),
        pytest.param(b"name,mobile\n", "no_rows", id="only headings"),
        pytest.param(b"name,mobile\n,\n , \n", "no_rows", id="headings and rows without text"),
        pytest.param(b"name,colour\nAnn,red\n", "no_number_column", id="no number column"),
        pytest.param(b"Ann,+14155550101\nBob,+14155550102\n", "no_number_column", id="no headings"),
        pytest.param("手机,手机号码\n1,2\n".encode(), "duplicate_heading", id="two headings for one field"),
        pytest.param(b"mobile,mobile\n1,2\n", "duplicate_heading", id="the same heading twice"),
        pytest.param(
            b'name,"mobile\nAnn,+14155550101\n', "unread_heading", id="a quote open in the headings"
        ),
        pytest.param(b"na\0me,mobile\nAnn,+14155550101\n", "unread_heading", id="NUL in the headings"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no_number_column", id="a picture"),
        pytest.param(b"PK\x03\x04\x14\0\x06\0", "bad_workbook", id="a spreadsheet file"),
        pytest.param(b"mobile" + b",x" * 200 + b"\n", "too_many_columns", id="201 columns"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_changes_nothing(
    database: Database, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring_in(database, content)

    assert refused.value.code == code
    assert REASONS[code] in refused.value.message
    assert stored(database) == []


def test_limits_on_bytes_and_rows_hold(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 20)
    with pytest.raises(Invalid, match="500 MB"):
        bring_in(database, GOOD)
    monkeypatch.setattr(reading, "MAX_BYTES", 500_000_000)
    monkeypatch.setattr(importing, "MAX_ROWS", 1)
    with pytest.raises(Invalid, match="2,000,000 rows"):
        bring_in(database, GOOD + "Bob,+14155550102\n")


CHINESE = "姓名,手机号码,公司\n王芳,13800138000,北京汽车修理厂\n李雷,13900139000,上海飞跃公司\n"
WESTERN = "name,mobile\nMüller,+14155550101\nZoë “Z” Ångström,+14155550102\n"


@dataclass(frozen=True)
class Written:
    """A text in an encoding, and what reading it gives."""

    content: bytes
    encoding: str
    first: str


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(Written(CHINESE.encode(), "utf-8", "王芳"), id="UTF-8"),
        pytest.param(Written(CHINESE.encode("utf-8-sig"), "utf-8-sig", "王芳"), id="UTF-8 with mark"),
        pytest.param(
            Written(CHINESE.encode("utf-16"), "utf-16", "王芳"), id="UTF-16 little-endian with mark"
        ),
        pytest.param(
            Written(codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16", "王芳"),
            id="UTF-16 big-endian with mark",
        ),
        pytest.param(Written(CHINESE.encode("utf-16-le"), "utf-16-le", "王芳"), id="UTF-16 little-endian"),
        pytest.param(Written(CHINESE.encode("utf-16-be"), "utf-16-be", "王芳"), id="UTF-16 big-endian"),
        pytest.param(Written(CHINESE.encode("gb18030"), "gb18030", "王芳"), id="GB18030"),
        pytest.param(Written(CHINESE.encode("gbk"), "gb18030", "王芳"), id="GBK"),
        pytest.param(Written(WESTERN.encode("cp1252"), "cp1252", "Müller"), id="Windows-1252"),
        pytest.param(Written(WESTERN.encode(), "utf-8", "Müller"), id="UTF-8 with Western letters"),
        pytest.param(Written(GOOD.replace("\n", "\r\n").encode(), "utf-8", "Ann"), id="CR LF"),
        pytest.param(Written(GOOD.replace("\n", "\r").encode(), "utf-8", "Ann"), id="CR"),
        pytest.param(Written(GOOD.replace(",", ";").encode(), "utf-8", "Ann"), id="semicolons"),
        pytest.param(Written(GOOD.replace(",", "\t").encode(), "utf-8", "Ann"), id="tabs"),
        pytest.param(Written(f"sep=;\n{GOOD.replace(',', ';')}".encode(), "utf-8", "Ann"), id="a line sep=;"),
        pytest.param(Written(GOOD.rstrip().encode(), "utf-8", "Ann"), id="no newline at the end"),
        pytest.param(Written(f"\n\n{GOOD}".encode(), "utf-8", "Ann"), id="blank lines before the headings"),
        pytest.param(
            Written(b'"name","mobile"\n"Ann ""A"" Lee","+14155550101"\n', "utf-8", 'Ann "A" Lee'), id="quotes"
        ),
        pytest.param(
            Written(b'name,mobile\n"Lee, Ann",+14155550101\n', "utf-8", "Lee, Ann"), id="a comma in quotes"
        ),
    ],
)
def test_every_way_of_writing_the_file_is_read(database: Database, written: Written) -> None:
    report = bring_in(database, written.content, region="CN")

    assert report.encoding == written.encoding
    assert report.rejected == []
    assert stored(database)[0][0] == written.first


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            "姓名,手机\n王芳,+8613800138000\n李".encode() + b"\xe9,+8613900139000\n",
            (3, "姓名", "李\\xe9", "bad_byte"),
            id="a wrong byte in UTF-8",
        ),
        pytest.param(
            CHINESE.encode("gb18030") + b"\xff\xff,13700137000,x\n",
            (4, "姓名", "\\xff\\xff", "bad_byte"),
            id="in GB18030",
        ),
        pytest.param(
            b"name,mobile\nM\xfcller,+14155550101\nB\x81b,+14155550102\n",
            (3, "name", "B\\x81b", "bad_byte"),
            id="in cp1252",
        ),
        pytest.param(
            "姓名,手机\n王芳,+8613800138000\n李".encode("utf-16-le")
            + b"\x00\xd8"
            + ",+8613900139000\n".encode("utf-16-le"),
            (3, "姓名", "李\\x00\\xd8", "bad_byte"),
            id="half a character in UTF-16",
        ),
    ],
)
def test_a_wrong_byte_is_told_with_its_line(
    database: Database, content: bytes, expected: tuple[int, str, str, str]
) -> None:
    report = bring_in(database, content, region="CN")

    [rejection] = report.rejected
    assert (rejection.line, rejection.column, rejection.value, rejection.code) == expected
    assert report.accepted == report.rows - 1


def test_two_stray_quotes_do_not_swallow_the_customer_between_them(database: Database) -> None:
    report = bring_in(database, 'name,mobile\nAnn,"+14155550101\nBob,+14155550102\nEve,+14155550103"\n')

    assert stored(database)[0] == ("Bob", "+14155550102")
    assert report.rows == 3
    assert (report.rejected[0].line, report.rejected[0].code) == (2, "unclosed_quote")


def test_an_unclosed_quote_costs_its_own_line_only(database: Database) -> None:
    names = [f"N{n},+1415555{n:04}" for n in range(100, 130)]
    names[3] = '"N103,+14155550103'
    names[9] = 'N109,"+14155550109'

    report = bring_in(database, "name,mobile\n" + "\n".join(names))

    assert counts(report) == (30, 28, 0, 2)
    assert [(each.line, each.code) for each in report.rejected] == [
        (5, "unclosed_quote"),
        (11, "unclosed_quote"),
    ]


@pytest.mark.parametrize(
    ("content", "region", "report"),
    [
        pytest.param(
            "mobile\n+14155550101\n(415) 555-0101\n1 415 555 0101\n", "US", (3, 1, 2, 0), id="other formats"
        ),
        pytest.param(
            "mobile\n13800138000\n0086 138 0013 8000\n+86-13800138000\n", "CN", (3, 1, 2, 0), id="0086, +86"
        ),
        pytest.param(
            "mobile\n１３８００１３８０００\n13800138000\n", "CN", (2, 1, 1, 0), id="full-width digits"
        ),
        pytest.param(
            "mobile,phone\n+14155550101,\n,+14155550101\n", "US", (2, 1, 1, 0), id="in another column"
        ),
        pytest.param(
            "mobile,phone\n+14155550101,+14155550109\n+14155550102,+14155550109\n",
            "US",
            (2, 2, 0, 0),
            id="a shared phone",
        ),
    ],
)
def test_duplicates_are_found_by_number(
    database: Database, content: str, region: str, report: tuple[int, int, int, int]
) -> None:
    dry = bring_in(database, content, region=region, dry_run=True)
    assert stored(database) == []

    assert counts(dry) == report
    assert counts(bring_in(database, content, region=region)) == report
    again = bring_in(database, content, region=region)
    assert (again.accepted, again.duplicates) == (0, again.rows)


def test_duplicates_are_found_across_batches_dry_or_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    lines = "".join(f"C{n},+1415555{n % 5:04}\n" for n in range(20))

    assert counts(bring_in(database, "reference,mobile\n" + lines, dry_run=True)) == (20, 5, 15, 0)
    assert counts(bring_in(database, "reference,mobile\n" + lines)) == (20, 5, 15, 0)


def test_another_customers_reference_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    content = (
        "reference,mobile\nK1,+14155550101\nK2,+14155550102\nK1,+14155550103\n,+14155550104\n,+14155550105\n"
    )

    for dry in (True, False):
        report = bring_in(database, content, dry_run=dry)
        assert counts(report) == (5, 4, 0, 1)
        assert report.rejected == [
            Rejection(4, "reference", "K1", "reference_taken", REASONS["reference_taken"])
        ]


def test_everything_known_about_a_customer_is_kept(database: Database) -> None:
    report = bring_in(
        database,
        "客户编号,姓名,公司,手机,电话,传真,语言,时区,地址,首选渠道,车牌号,车型,下次保养,营销同意,标签,备注\n"
        "K-7,王芳,飞跃,13800138000,010-12345678,010-12345679,中文,asia/shanghai,长安街1号,短信,京A12345,红旗,2026年12月31日,书面,秋季;贵宾,x\n",
        region="CN",
    )

    assert (counts(report), report.left_out) == ((1, 1, 0, 0), ("备注",))
    with database.reading(1) as session:
        [one] = session.scalars(select(Customer))
        assert (one.reference, one.name, one.company, one.language) == ("K-7", "王芳", "飞跃", "zh")
        assert (one.zone, one.address, one.preferred_channel) == ("Asia/Shanghai", "长安街1号", "sms")
        assert (one.tags, one.created_at) == (["秋季", "贵宾"], NOW)
        numbers = {
            (each.kind, each.address, each.position) for each in session.scalars(select(CustomerNumber))
        }
        assert numbers == {
            ("mobile", "+8613800138000", 0), ("landline", "+861012345678", 1), ("fax", "+861012345679", 2)
        }  # fmt: skip
        [vehicle] = session.scalars(select(Vehicle))
        assert (vehicle.plate, vehicle.model, vehicle.next_service_on) == (
            "京A12345",
            "红旗",
            date(2026, 12, 31),
        )
        assert levels_of(session, one.id) == {(one.id, "marketing"): {"": "express_written"}}


@pytest.mark.parametrize(
    ("said", "level"),
    [
        pytest.param("yes", "express", id="yes"),
        pytest.param("同意", "express", id="agreed, in Chinese"),
        pytest.param("Written", "express_written", id="in writing"),
        pytest.param("no", "none", id="no"),
        pytest.param("", None, id="nothing said"),
    ],
)
def test_what_is_said_about_consent_becomes_an_event(
    database: Database, said: str, level: str | None
) -> None:
    bring_in(database, f"mobile,marketing consent\n+14155550101,{said}\n", source="import:a.csv")

    with database.reading(1) as session:
        assert levels_of(session, 1) == ({(1, "marketing"): {"": level}} if level else {})
        assert set(session.scalars(select(ConsentEvent.source))) == ({"import:a.csv"} if level else set())


def test_a_number_is_kept_as_what_it_is(database: Database) -> None:
    bring_in(database, "mobile,phone\n010-12345678,13800138000\n", region="CN")

    with database.reading(1) as session:
        kinds = {(each.address, each.kind) for each in session.scalars(select(CustomerNumber))}
    assert kinds == {("+861012345678", "landline"), ("+8613800138000", "mobile")}


def test_columns_can_be_mapped_by_hand(database: Database) -> None:
    report = bring_in(
        database,
        "Contact,Ring here,mobile\nAnn,+14155550101,+14155550102\n",
        mapping={"ring here": "mobile", "Contact": "-"},
    )

    assert stored(database) == [("", "+14155550101")]
    assert report.left_out == ("mobile",)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        pytest.param(
            {"mobile": "colour"}, "colour is no field; enter one of name, company,", id="no such field"
        ),
        pytest.param(
            {"cell": "mobile"}, "there is no column cell; the file has name, mobile", id="no such column"
        ),
        pytest.param({"name": "fax", "mobile": "fax"}, "two columns are mapped to fax", id="one field twice"),
    ],
)
def test_a_wrong_mapping_is_refused(database: Database, mapping: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        bring_in(database, GOOD, mapping=mapping)

    assert refused.value.code == "bad_map"


def test_rejected_rows_can_be_mended_and_imported_again(database: Database) -> None:
    text = Kept()
    bad = (
        "name,mobile,note,address\n"
        "Ann,+14155550101,fine,1 High St\n"
        "=SUM(A1),+1415555010,+1 on the list,2 High St\n"
        "Bob,13,,3 High St, Boston\n"
        '"Eve,+14155550104,,4 High St\n'
        '"Dan\nLee",+14155550105,,5 High St\n'
    )
    first = bring_in(database, bad, rejects=lambda: text)
    assert counts(first) == (5, 1, 0, 4)
    lines = text.getvalue().splitlines()
    assert lines[0] == "error,name,mobile,note,address"
    assert lines[1] == f"mobile: {NO_SUCH},'=SUM(A1),'+1415555010,'+1 on the list,2 High St".replace(
        NO_SUCH, f'"{NO_SUCH}"' if "," in NO_SUCH else NO_SUCH
    )

    unmended = bring_in(database, text.getvalue(), dry_run=True)
    assert [each.code for each in unmended.rejected] == [
        "number_invalid",
        "too_many_cells",
        "too_few_cells",
        "line_break",
    ]

    mended = (
        text.getvalue()
        .replace("'+1415555010,", "'+14155550102,")
        .replace("Bob,13,,3 High St, Boston", 'Bob,+14155550103,,"3 High St, Boston"')
        .replace('"Eve,+14155550104,,4 High St"', "Eve,+14155550104,,4 High St")
        .replace('"Dan\nLee"', "Dan Lee")
        .replace('"Dan\r\nLee"', "Dan Lee")
    )
    second = bring_in(database, mended)

    assert second.rejected == []
    assert counts(second) == (4, 4, 0, 0)
    assert second.left_out == ("note",)
    assert stored(database)[1:] == [
        ("=SUM(A1)", "+14155550102"),
        ("Bob", "+14155550103"),
        ("Eve", "+14155550104"),
        ("Dan Lee", "+14155550105"),
    ]


def test_a_clean_import_opens_no_rejects_file(database: Database) -> None:
    def never() -> io.StringIO:
        raise AssertionError("opened")

    assert counts(bring_in(database, GOOD, rejects=never)) == (1, 1, 0, 0)


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_the_guard_against_formulas_comes_off_again(text: str) -> None:
    safe = guarded(text)

    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    if safe != text:
        assert unguarded(safe) == text


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_they_become_lines_or_a_reason(content: bytes) -> None:
    stream = io.BytesIO(content)
    if not content:
        return
    lines = reading.Lines(stream, reading.encoding_of(stream))
    while lines.next() is not None:
        pass


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.text(alphabet='ab",;\n+1450', max_size=30), max_size=12))
def test_no_line_is_lost_whatever_its_quotes(texts: list[str]) -> None:
    content = "\n".join(texts)
    stream = io.BytesIO(content.encode())
    found = list(rows(reading.Lines(stream, "utf-8"), ",", 3))

    expected = [line for line in content.split("\n") if line.strip(", \t'\"")]
    told = [line for row in found for line in row.text.split("\n")]
    assert [line for line in told if line.strip(", \t'\"")] == expected


def test_a_stream_that_can_be_read_only_once_is_read(database: Database) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    report = import_customers(database, tenant(database), Pipe(GOOD.encode()), at=NOW)

    assert counts(report) == (1, 1, 0, 0)


def test_another_tenants_customers_are_neither_seen_nor_touched(database: Database) -> None:
    theirs = import_customers(
        database, tenant(database, 2), io.BytesIO(b"reference,mobile\nK1,+14155550101\n"), at=NOW
    )
    ours = bring_in(database, "reference,mobile\nK1,+14155550101\n")

    assert (counts(theirs), counts(ours)) == ((1, 1, 0, 0), (1, 1, 0, 0))
    assert len(stored(database, 1)) == len(stored(database, 2)) == 1


@pytest.mark.storage
def test_the_import_works_on_both_databases(either_database: Database) -> None:
    content = "reference,name,mobile,plate,next service,consent marketing,tags\n" + "".join(
        f"K{n},N{n},+1415555{n:04},B{n},2026-12-31,written,vip\n" for n in range(50)
    )

    assert counts(bring_in(either_database, content)) == (50, 50, 0, 0)
    assert counts(bring_in(either_database, content)) == (50, 0, 50, 0)
    with either_database.session(1) as session:
        for model in (Customer, CustomerNumber, Vehicle, ConsentEvent):
            assert session.scalar(select(func.count()).select_from(model)) == 50
        assert session.scalars(select(Vehicle.next_service_on)).first() == date(2026, 12, 31)
        session.add(Customer(tenant_id=1, name="Next", created_at=NOW))
        session.flush()


def test_marks_that_turn_a_name_around_are_left_out(database: Database) -> None:
    report = bring_in(database, "name,mobile\n\u202eevil\u2066 one,\u202a+14155550101\u202c\n")

    assert counts(report) == (1, 1, 0, 0)
    assert stored(database) == [("evil one", "+14155550101")]
