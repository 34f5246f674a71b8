"""Long lists in the console: what the address says, and where the next page begins."""

from __future__ import annotations

import pytest
from flask import Flask

from console import paging
from core.db import MAX_ID


@pytest.mark.parametrize(
    ("query", "begins"),
    [
        pytest.param("", None, id="the first page"),
        pytest.param("?before=7", 7, id="an id"),
        pytest.param("?before=x", None, id="no number"),
        pytest.param("?before=-3", None, id="below zero"),
        pytest.param("?before=" + "9" * 40, MAX_ID, id="more than any database holds"),
    ],
)
def test_a_page_begins_where_the_address_says(app: Flask, query: str, begins: int | None) -> None:
    with app.test_request_context(f"/calls{query}"):
        assert paging.before_id() == begins


@pytest.mark.parametrize(
    ("count", "shown", "older"), [(0, 0, None), (50, 50, None), (51, 50, 1), (paging.LIMIT, 50, 1)]
)
def test_one_more_than_is_shown_means_an_older_page(count: int, shown: int, older: int | None) -> None:
    rows = list(range(50, 50 - count, -1))

    assert paging.cut(rows, lambda row: row) == (rows[:shown], older)
