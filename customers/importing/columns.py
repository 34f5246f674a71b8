"""Which column is which field, by its heading in English or Chinese or by the user's word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import Invalid
from customers.importing.problems import REASONS, shown
from customers.importing.rows import SEPARATORS, split

MAX_COLUMNS = 200
UNREADABLE = re.compile("[\x00-\x08\x0a-\x1f\ud800-\udfff\ufffd]")
NUMBERS = ("mobile", "phone", "fax")
# in a --map: leave the column out
IGNORED = "-"
# the column that tells what was wrong in a file of rejected rows
ERROR_COLUMN = "error"

HEADINGS = {
    "name": "name, full name, customer, customer name, contact, contact name, 姓名, 名字, 客户, 客户姓名, 客户名称, 联系人",
    "company": "company, company name, firm, organisation, organization, 公司, 公司名称, 单位, 企业",
    "mobile": "mobile, mobile number, mobile phone, cell, cell phone, cellphone, msisdn, "
    "手机, 手机号, 手机号码, 移动电话, 移动号码",
    "phone": "phone, phone number, telephone, telephone number, tel, number, landline, home phone, work phone, "
    "电话, 电话号码, 联系电话, 固定电话, 座机, 号码",
    "fax": "fax, fax number, facsimile, telefax, 传真, 传真号, 传真号码",
    "language": "language, lang, preferred language, 语言, 语种",
    "zone": "zone, time zone, timezone, tz, 时区",
    "address": "address, postal address, street address, mailing address, 地址, 通讯地址, 联系地址, 住址",
    "state": "state, state code, province, 州, 省, 省份",
    "preferred_channel": "preferred channel, channel, contact by, 首选渠道, 渠道, 首选联系方式, 联系方式",
    "reference": "reference, ref, customer id, customer no, customer number, account number, 客户编号, 客户号, 编号, 会员号",
    "plate": "plate, plate number, licence plate, license plate, registration, 车牌, 车牌号, 车牌号码",
    "model": "model, vehicle, vehicle model, car, car model, 车型, 型号, 车辆型号",
    "vehicle_kind": "vehicle kind, vehicle type, 车辆类型, 车辆种类",
    "next_service": "next service, next service date, next service on, service due, 下次保养, 下次保养日期, 下次维护",
    "consent_marketing": "consent marketing, marketing consent, 营销同意, 同意营销, 营销授权",
    "consent_service": "consent service, service consent, 服务同意, 同意服务通知",
    "tags": "tags, tag, labels, groups, 标签, 分组",
}
FIELDS = tuple(HEADINGS)


def _plain(heading: str) -> str:
    """A heading without case, width, stars, colons, notes in brackets and with single spaces."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = re.sub(r"\(.*?\)|[*:：?]", " ", text)
    return " ".join(re.sub(r"[\s_\-./\ufeff]+", " ", text).split())


BY_HEADING = {_plain(name): field for field, names in HEADINGS.items() for name in names.split(",")}
BY_HEADING |= {_plain(field): field for field in FIELDS}


@dataclass(frozen=True)
class Columns:
    """The headings as they stand, the column of each field, and the headings of columns left out."""

    headings: tuple[str, ...]
    fields: Mapping[str, int]
    left_out: tuple[str, ...]

    def heading(self, column: int) -> str:
        """What the person sees above a column; "" for the row as a whole."""
        return self.headings[column] if 0 <= column < len(self.headings) else ""


def separator_of(line: str) -> str:
    """The separator under which *line* shows the most known headings, then the most cells."""
    return max(SEPARATORS, key=lambda separator: _fit(line, separator))


def _fit(line: str, separator: str) -> tuple[int, int]:
    cells = split(line, separator)[0]
    return sum(_plain(cell) in BY_HEADING for cell in cells), len(cells)


def guess(heading: str) -> str | None:
    """The field a heading names, if it is a known one."""
    return BY_HEADING.get(_plain(heading))


def match(line: str, separator: str, mapping: Mapping[str, str]) -> Columns:
    """
    The columns of a file whose first line is *line*. What *mapping* (heading → field) says goes before guesses.

    Raises Invalid: unread_heading, too_many_columns, duplicate_heading, no_number_column, bad_map.
    """
    cells, code = split(line, separator)
    if code:
        raise Invalid("unread_heading", REASONS["unread_heading"])
    return match_cells(cells, mapping)


def match_cells(cells: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """`match` for headings that are cells already."""
    if any(UNREADABLE.search(cell) for cell in cells):
        raise Invalid("unread_heading", REASONS["unread_heading"])
    if len(cells) > MAX_COLUMNS:
        raise Invalid("too_many_columns", REASONS["too_many_columns"])
    headings = tuple(cell.strip().removeprefix("'") for cell in cells)
    told = _told(headings, mapping)
    fields = {field: column for column, field in told.items() if field != IGNORED}
    for column, heading in enumerate(headings):
        field = guess(heading)
        if column in told or field is None or field in told.values():
            continue
        if field in fields:
            two = f"{shown(headings[fields[field]])} and {shown(heading)} (column {column + 1})"
            raise Invalid("duplicate_heading", f"{two}: {REASONS['duplicate_heading']}")
        fields[field] = column
    if not any(field in fields for field in NUMBERS):
        raise Invalid("no_number_column", REASONS["no_number_column"])
    return Columns(headings, fields, _left_out(headings, {*fields.values(), *told}))


def _told(headings: Sequence[str], mapping: Mapping[str, str]) -> dict[int, str]:
    """Column → field as the user said it; Invalid if a column or field does not exist."""
    told: dict[int, str] = {}
    for wanted, field in mapping.items():
        if field not in (*FIELDS, IGNORED):
            raise Invalid(
                "bad_map", f"{shown(field)} is no field; enter one of {', '.join(FIELDS)}, or - for none"
            )
        found = [column for column, heading in enumerate(headings) if _plain(heading) == _plain(wanted)]
        if not found:
            raise Invalid(
                "bad_map",
                f"there is no column {shown(wanted)}; the file has {', '.join(map(shown, headings))}",
            )
        if field != IGNORED and field in told.values():
            raise Invalid("bad_map", f"two columns are mapped to {field}; map one of them")
        told |= dict.fromkeys(found if field == IGNORED else found[:1], field)
    return told


def _left_out(headings: Sequence[str], used: set[int]) -> tuple[str, ...]:
    return tuple(
        heading or f"column {column + 1}"
        for column, heading in enumerate(headings)
        if column not in used and _plain(heading) != ERROR_COLUMN
    )
