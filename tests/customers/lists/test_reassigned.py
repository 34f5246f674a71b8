from __future__ import annotations

import io
from datetime import date

import pytest

from core.db import ALL_TENANTS, Database
from core.errors import Invalid
from core.models import Tenant
from customers.importing import Rejection
from customers.lists import reassigned
from customers.lists.reading import Loaded
from tests.customers.conftest import NOW

ANN, BOB = "+12125550101", "+12125550102"


def load(database: Database, text: str, told: list[Rejection] | None = None) -> Loaded:
    with database.reading(ALL_TENANTS) as session:
        tenant = session.get_one(Tenant, 1)
    return reassigned.load(
        database,
        tenant,
        io.BytesIO(text.encode()),
        "US",
        at=NOW,
        source="rnd",
        tell=(told if told is not None else []).append,
    )


def answers(database: Database) -> dict[str, tuple[str, date]]:
    with database.reading(1) as session:
        found = reassigned.answers(session, 1, [ANN, BOB])
    return {address: (one.answer, one.asked_on) for address, one in found.items()}


@pytest.mark.storage
def test_the_answer_about_the_latest_day_stands(either_database: Database) -> None:
    first = load(either_database, f"number,date,result\n{ANN},2026-10-01,no\n{BOB},2026-11-01,No Data\n")
    again = load(
        either_database,
        f"{ANN},2026-11-15,yes\n{ANN},2026-11-02,no\n{BOB},2026-10-01,yes\n{BOB},2026-11-01,no_data\n",
    )

    assert (first.accepted, again.accepted, again.duplicates) == (2, 1, 3)
    assert answers(either_database) == {
        ANN: ("yes", date(2026, 11, 15)),
        BOB: ("no_data", date(2026, 11, 1)),
    }
    with either_database.reading(2) as session:
        assert reassigned.answers(session, 2, [ANN, BOB]) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(f"{BOB},2026-11-01", "enter number, day and answer", id="no answer"),
        pytest.param(f"{BOB},11/01/2026,no", "enter a day like 2026-11-02", id="another way of dates"),
        pytest.param(f"{BOB},2026-13-01,no", "enter a day like 2026-11-02", id="no such day"),
        pytest.param(f"{BOB},2027-01-01,no", "is still to come", id="the future"),
        pytest.param(f"{BOB},2026-11-01,maybe", "enter yes, no or no data", id="no such answer"),
        pytest.param("x,2026-11-01,no", "enter digits only", id="no number"),
    ],
)
def test_a_bad_line_says_what_to_enter(database: Database, line: str, message: str) -> None:
    told: list[Rejection] = []

    done = load(database, f"{ANN},2026-10-01,no\n{line}\n", told)

    assert (done.accepted, done.rejected, [fault.line for fault in told]) == (1, 1, [2])
    assert message in told[0].reason


def test_a_file_without_answers_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="no line of the file"):
        load(database, f"{ANN}\n{BOB}\n")
