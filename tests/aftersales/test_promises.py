"""What is promised or complained of once is there once, with an owner and a time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from aftersales import cases, follow_ups
from aftersales.models import Case, CaseEvent, FollowUp
from core import clock
from core.db import ScopedSession
from core.errors import Invalid
from core.models import Staff, Tenant
from core.runtime import Runtime
from customers.models import Customer

pytestmark = pytest.mark.storage


def customer(session: ScopedSession, agent_id: int | None = None) -> int:
    added = Customer(tenant_id=1, name="Li Lei", agent_id=agent_id, created_at=clock.now())
    session.add(added)
    session.flush()
    return added.id


def promised(session: ScopedSession, customer_id: int, key: str) -> FollowUp:
    day = date(2026, 3, 5)
    return follow_ups.promise(
        session, 1, key, step="first", customer_id=customer_id, earliest_on=day, due_on=day
    )


def test_a_promise_made_twice_is_one(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        one = customer(session)

        assert promised(session, one, "a").id == promised(session, one, "a").id
        assert session.scalar(select(func.count(FollowUp.id))) == 1


@pytest.mark.parametrize(
    ("agent_id", "owners"),
    [
        pytest.param(3, [3, 3], id="the customer's own agent"),
        pytest.param(None, [2, 3], id="in turns, whoever has the least to do"),
    ],
)
def test_a_promise_is_somebody_s(runtime: Runtime, agent_id: int | None, owners: list[int]) -> None:
    with runtime.database.session(1) as session:
        one = customer(session, agent_id)

        assert [promised(session, one, key).owner_id for key in ("a", "b")] == owners


def test_a_case_opened_twice_is_one(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        first, again = (
            cases.open_case(session, tenant, "call:CA1:3:0", kind="complaint", who="hotline")
            for _ in range(2)
        )

        assert first.id == again.id
        assert first.owner_id in (2, 3)
        assert first.due_at > clock.now()
        assert session.scalar(select(func.count(Case.id))) == 1
        assert session.scalar(select(func.count(CaseEvent.id))) == 1


def test_nobody_is_named_when_nobody_works(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        for staff in session.scalars(select(Staff)):
            staff.is_active = False
        session.flush()

        with pytest.raises(Invalid, match="flask staff add"):
            cases.open_case(session, session.get_one(Tenant, 1), "record:1", kind="complaint", who="hotline")


@given(st.integers(1_000_000, 9_999_999).map(str), st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_key_finds_no_other_case(digits: str, place: int, by: int) -> None:
    number = digits + cases.check_digit(digits)
    slipped = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]

    assert cases.check_digit(slipped[:-1]) != slipped[-1]
