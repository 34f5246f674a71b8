"""
The customer lists of the demo company's two branches, as branches send them.

The American one has English headings in UTF-8, the Chinese one Chinese headings in GB18030, as spreadsheets there save it.
Numbers are written in every way people write them, some customers are in twice, and a few dozen rows are wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from random import Random

from demo.company import Person

Row = dict[str, str]
FIELDS = {
    "reference": "客户编号",
    "name": "姓名",
    "company": "公司",
    "mobile": "手机号码",
    "phone": "电话",
    "fax": "传真",
    "language": "语言",
    "zone": "时区",
    "address": "地址",
    "plate": "车牌号",
    "model": "车型",
    "next service": "下次保养",
    "consent marketing": "营销同意",
    "consent service": "服务同意",
    "tags": "标签",
}
# a signed consent, a spoken one, a refusal
YES_AND_NO = {"US": ("written", "yes", "no"), "CN": ("书面", "是", "否")}
# where a row is spoiled, and what stands there
MISTAKES = {
    "US": (
        ("mobile", "415-555-01"),
        ("mobile", "call the office"),
        ("mobile", "1.41556E+10"),
        ("mobile", "911"),
        ("mobile", "+1 800 555 0142"),
        ("mobile", "(415) 555-0142 ext 7"),
        ("next service", "sometime in May"),
        ("next service", "2026-02-30"),
        ("language", "Klingon"),
        ("zone", "America/Lakeside"),
    ),
    "CN": (
        ("mobile", "1380013"),
        ("mobile", "无"),
        ("mobile", "1.38E+10"),
        ("mobile", "110"),
        ("mobile", "400-820-5501"),
        ("mobile", "1380O138000"),
        ("next service", "明年春天"),
        ("next service", "2026/13/01"),
        ("language", "火星文"),
        ("zone", "Asia/Hubin"),
    ),
}
DUPLICATES = 40
MISTAKEN_ROUNDS = 2


def american(everybody: Sequence[Person]) -> bytes:
    """The list of the American branch."""
    return _written(_rows(everybody, "US"), list(FIELDS)).encode("utf-8")


def chinese(everybody: Sequence[Person]) -> bytes:
    """The list of the Chinese branch."""
    rows = ({FIELDS[field]: value for field, value in row.items()} for row in _rows(everybody, "CN"))
    return _written(rows, list(FIELDS.values())).encode("gb18030")


def in_lists(everybody: Iterable[Person]) -> tuple[list[Person], list[Person]]:
    """
    Who is in the lists, and who shares a number with someone in them.

    A row whose first number is known already is a duplicate to the import; the second driver was entered by hand.
    """
    seen: set[str] = set()
    first: list[Person] = []
    second: list[Person] = []
    for person in everybody:
        (second if (person.mobile or person.phone or person.fax) in seen else first).append(person)
        seen |= {person.mobile, person.phone, person.fax} - {""}
    return first, second


def _rows(everybody: Sequence[Person], region: str) -> list[Row]:
    rng = Random(f"list of {region}")
    listed = [person for person in in_lists(everybody)[0] if person.region == region]
    rows = [_row(rng, person) for person in listed]
    again = [_row(rng, person) for person in rng.sample(listed, DUPLICATES)]
    spoiled = [_spoiled(rng, mistake, region) for mistake in MISTAKES[region] * MISTAKEN_ROUNDS]
    for row in (*again, *spoiled):
        rows.insert(rng.randrange(len(rows) // 2, len(rows)), row)
    return rows


def _row(rng: Random, person: Person) -> Row:
    signed, agreed, refused = YES_AND_NO[person.region]
    return {
        "reference": person.reference,
        "name": person.name,
        "company": person.company,
        "mobile": _as_written(rng, person.mobile),
        "phone": _as_written(rng, person.phone),
        "fax": _as_written(rng, person.fax),
        "language": person.language,
        "zone": person.zone,
        "address": person.address,
        "plate": person.plate,
        "model": person.model,
        "next service": person.next_service.isoformat(),
        "consent marketing": signed if person.agreed_to_marketing else refused,
        "consent service": agreed if person.agreed_to_service else "",
        "tags": ";".join(person.tags),
    }


def _as_written(rng: Random, number: str) -> str:
    if not number:
        return ""
    if number.startswith("+1"):
        area, exchange, line = number[2:5], number[5:8], number[8:]
        forms = (
            number,
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"1 {area} {exchange} {line}",
            f"{area}.{exchange}.{line}",
        )
        return rng.choice(forms)
    local = number[3:]
    if number.startswith("+861") and len(number) == 14:
        return rng.choice(
            (
                number,
                local,
                f"{local[:3]} {local[3:7]} {local[7:]}",
                f"0086{local}",
                f"{local[:3]}-{local[3:7]}-{local[7:]}",
            )
        )
    return rng.choice((number, f"0{local[:-8]}-{local[-8:]}", f"(0{local[:-8]}) {local[-8:-4]} {local[-4:]}"))


def _spoiled(rng: Random, mistake: tuple[str, str], region: str) -> Row:
    """A row of somebody new with one mistake in it."""
    number = f"+1360555{rng.randrange(100, 200):04}" if region == "US" else f"+8617{rng.randrange(10**9):09}"
    row = dict.fromkeys(FIELDS, "")
    row |= {"name": "Pat Doe" if region == "US" else "张三", "mobile": number}
    field, value = mistake
    return row | {field: value}


def _written(rows: Iterable[Row], headings: Sequence[str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headings)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
