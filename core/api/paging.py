"""
Long lists, a page at a time.

A cursor is the id of the last row seen, wrapped with the list's name: rows that come or go meanwhile neither repeat nor skip
what stands. It opens nothing, since every query is limited to the key's company anyway.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field
from sqlalchemy import Select
from sqlalchemy.orm import Session

from core.api.checks import Asked, Told
from core.db import MAX_ID
from core.errors import Fault, WrongFields

MAX_LIMIT = 200
Item = TypeVar("Item")
INSIDE = re.compile(r"([a-z_]+):([0-9]{1,19})", re.ASCII)


class Page(Asked):
    """Which part of a list: *limit* rows after *cursor*, which is `next` of the page before."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    cursor: Annotated[str, Field(max_length=100)] = ""


class Listed(Told, Generic[Item]):
    """One page; *next* is the cursor of the one after it, or null at the end."""

    data: list[Item]
    next: str | None = None


def after(name: str, page: Page) -> int:
    """The id the page of list *name* begins after; 0 for the first. Raises WrongFields for a cursor that is none of ours."""
    if not page.cursor:
        return 0
    try:
        inside = base64.urlsafe_b64decode(page.cursor.encode("ascii") + b"==").decode("ascii")
    except (binascii.Error, ValueError):
        inside = ""
    found = INSIDE.fullmatch(inside)
    if found is None or found[1] != name or not 0 < int(found[2]) <= MAX_ID:
        raise WrongFields([Fault("cursor", "bad_cursor", "send `next` of the page before, or leave it out")])
    return int(found[2])


def cursor(name: str, last_id: int) -> str:
    """The cursor of list *name* behind the row with *last_id*."""
    return base64.urlsafe_b64encode(f"{name}:{last_id}".encode()).decode().rstrip("=")


def rows(
    session: Session,
    statement: Select[Any],
    column: Any,
    name: str,
    page: Page,
    *,
    newest_first: bool = False,
) -> tuple[Sequence[Any], str | None]:
    """One page of the ORM rows *statement* selects, in the order of *column* (an id), and the cursor of the next."""
    last = after(name, page)
    if last:
        statement = statement.where(column < last if newest_first else column > last)
    ordered = statement.order_by(column.desc() if newest_first else column).limit(page.limit + 1)
    return cut(session.scalars(ordered).all(), name, page)


def cut(found: Sequence[Any], name: str, page: Page) -> tuple[Sequence[Any], str | None]:
    """*found* (one more than asked for, if there are more) as a page and the cursor of the next."""
    shown = found[: page.limit]
    return shown, cursor(name, shown[-1].id) if len(found) > page.limit else None


def listed(items: Iterable[Any], tell: Callable[[Any], Item], next_: str | None) -> Listed[Item]:
    """A page of *items*, each as *tell* tells it."""
    return Listed(data=[tell(item) for item in items], next=next_)
