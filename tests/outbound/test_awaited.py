"""The worker asks every two seconds whom to ask about: it reads those, and not all that the carrier has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core.db import ALL_TENANTS, Database, is_sqlite
from outbound import awaited

pytestmark = pytest.mark.storage


@pytest.mark.parametrize(
    ("chosen", "index"),
    [
        pytest.param(awaited.overdue, "ix_attempt_awaited", id="overdue"),
        pytest.param(awaited.lost, "ix_attempt_awaited", id="lost"),
        pytest.param(awaited.unwanted, "ix_attempt_queued", id="unwanted"),
    ],
)
def test_a_question_reads_an_index_of_what_may_be_asked_about(
    database_url: str, chosen: Callable[[Session], Any], index: str
) -> None:
    asked: list[tuple[str, Any]] = []
    database = Database(database_url)

    with database.session(ALL_TENANTS) as session:
        connection = session.connection()
        if not is_sqlite(session):  # an empty table is as good to read from end to end
            session.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        chosen(session)
        words, values = next(one for one in asked if "FROM attempt" in one[0])
        explain = "EXPLAIN QUERY PLAN" if is_sqlite(session) else "EXPLAIN"
        plan = connection.exec_driver_sql(f"{explain} {words}", values).all()

    database.close()
    assert index in "\n".join(str(row) for row in plan)
