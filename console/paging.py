"""Long lists in the console, a page at a time: newest first, and older ones behind a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import request

from core.db import MAX_ID

PER_PAGE = 50
# one more than is shown tells whether there are older ones
LIMIT = PER_PAGE + 1
Row = TypeVar("Row")


def before_id() -> int | None:
    """The id the page asked for begins before; None for the first."""
    before = request.args.get("before", type=int)
    return min(before, MAX_ID) if before and before > 0 else None


def cut(rows: Sequence[Row], id_of: Callable[[Row], int]) -> tuple[Sequence[Row], int | None]:
    """Of LIMIT *rows* those to show, and the id the next page begins before, None at the end."""
    return rows[:PER_PAGE], id_of(rows[PER_PAGE - 1]) if len(rows) > PER_PAGE else None
