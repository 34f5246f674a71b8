"""Lists: newest first, a page at a time, the next page by a token that names where the last one ended.

What arrives between two pages comes before the first and disturbs none.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from exchange.ledger import Where
from exchange.rest.errors import Refusal
from exchange.rest.serving import Ask

Row = TypeVar("Row", bound=Any)
PAGING = ("Page", "PageToken", "PageSize")
DEFAULT, LARGEST = 50, 1000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows and how to go on."""

    rows: list[Any]
    frame: dict[str, Any]


async def find(ask: Ask, kind: type[Row], sid: str) -> Row:
    """One resource of this account, living or from the ledger."""
    row = ask.switch.live.get(sid)
    if row is None:
        await ask.switch.writer.committed()
        where = Where("sid = ? AND account = ?", (sid, ask.account.sid))
        rows = await asyncio.to_thread(ask.switch.book.rows, kind, where)
        row = rows[0] if rows else None
    if not isinstance(row, kind) or row.account != ask.account.sid:
        raise Refusal(20404, ask.path)
    return row


async def page(ask: Ask, kind: type[Row], conditions: list[Where]) -> Page:
    """The page of *kind* the request asks for."""
    size = ask.form.whole("PageSize", DEFAULT, 1, LARGEST)
    number = ask.form.whole("Page", 0, 0, 10**9)
    token = ask.form.text("PageToken")
    wanted = [Where("account = ?", (ask.account.sid,)), *conditions]
    if token:
        wanted.append(Where("n < ?", (_position(token),)))
    skip = 0 if token else number * size
    where = Where(" AND ".join(w.sql for w in wanted), tuple(v for w in wanted for v in w.values))
    await ask.switch.writer.committed()
    tail = f"ORDER BY n DESC LIMIT {size + 1} OFFSET {skip}"
    rows = await asyncio.to_thread(ask.switch.book.rows, kind, where, tail)
    more, rows = len(rows) > size, rows[:size]
    rows = [ask.switch.live.get(row.sid, row) for row in rows]
    return Page(rows, _frame(ask, size, number, rows, more))


def whole(ask: Ask, n: int) -> dict[str, Any]:
    """The frame of a list of *n* that is given on one page."""
    return {
        "first_page_uri": f"{ask.path}?PageSize={LARGEST}&Page=0",
        "next_page_uri": None,
        "previous_page_uri": None,
        "uri": ask.path,
        "page": 0,
        "page_size": LARGEST,
        "start": 0,
        "end": max(0, n - 1),
    }


def on_day(column: str, ask: Ask, name: str) -> list[Where]:
    """The conditions `Name`, `Name<` and `Name>` (each inclusive), by days in UTC."""
    conditions = []
    for suffix, low, high in (("", True, True), ("<", False, True), (">", True, False)):
        text = ask.form.text(name + suffix)
        if not text:
            continue
        first, last = _span(name + suffix, text)
        if low:
            conditions.append(Where(f"{column} >= ?", (first,)))
        if high:
            conditions.append(Where(f"{column} < ?", (last,)))
    return conditions


def equal(column: str, ask: Ask, name: str) -> list[Where]:
    """The condition that *column* has the value of parameter *name*, if that is given."""
    text = ask.form.text(name)
    return [Where(f"{column} = ?", (text,))] if text else []


def _span(name: str, text: str) -> tuple[str, str]:
    """The day meant, as text that bounds it: [first, last). A time of day is ignored, as it is at Twilio."""
    try:
        first = datetime.fromisoformat(text).date()
        last = first + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Refusal(20001, f"Invalid parameter {name}: {text!r}; write YYYY-MM-DD") from error
    return str(first), str(last)


def _position(token: str) -> int:
    digits = token.removeprefix("PA")
    if not (token.startswith("PA") and digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise Refusal(20001, f"Invalid parameter PageToken: {token!r}")
    return int(digits)


def _frame(ask: Ask, size: int, number: int, rows: list[Any], more: bool) -> dict[str, Any]:
    filters = [
        (name, value) for name in sorted(ask.form.names() - set(PAGING)) for value in ask.form.all(name)
    ]

    def uri(page_number: int, token: str = "") -> str:
        place = [("PageSize", str(size)), ("Page", str(page_number))]
        return f"{ask.path}?{urlencode(filters + place + ([('PageToken', token)] if token else []))}"

    return {
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, f"PA{rows[-1].n}") if more else None,
        "previous_page_uri": uri(number - 1) if number else None,
        "uri": f"{ask.path}?{ask.query}" if ask.query else ask.path,
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(0, len(rows) - 1),
    }
