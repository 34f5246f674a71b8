"""Follow-ups as the plan promises them, kept early, in time, late and not at all (A10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from aftersales import calls, plan, script
from aftersales.calls import Said
from aftersales.models import Case, FollowUp, WorkOrder
from core import clock
from core.db import ScopedSession
from core.errors import Invalid, WrongFields
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, Touch

pytestmark = pytest.mark.storage
ZONE = ZoneInfo("America/Los_Angeles")
AGENT = 2


def at(day: int, hour: int = 10, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE).astimezone(UTC)


class Workshop:
    """One customer whose car was delivered on 2 March."""

    def __init__(self, session: ScopedSession) -> None:
        self.session, self.tenant = session, session.get_one(Tenant, 1)
        customer = Customer(tenant_id=1, name="Li Lei", agent_id=AGENT, created_at=clock.now())
        session.add(customer)
        session.flush()
        self.customer_id = customer.id
        self.order = WorkOrder(
            tenant_id=1, number="W1", customer_id=customer.id, state="delivered", origin="test",
            received_at=at(1), delivered_at=at(2), created_at=at(1),
        )  # fmt: skip
        session.add(self.order)
        session.flush()
        plan.on_delivered(session, self.tenant, self.order)

    def step(self, name: str) -> FollowUp | None:
        return self.session.scalar(select(FollowUp).where(FollowUp.step == name))

    def call(self, when: datetime, step: str = "first", by: int = AGENT, **said: object) -> None:
        words = Said(**{"points": "All is well.", **said})  # type: ignore[arg-type]  # fields of Said
        calls.record(
            self.session, self.tenant, words, direction="out", who="ann", customer_id=self.customer_id,
            agent_id=by, follow_up=self.step(step), at=when,
        )  # fmt: skip


@pytest.fixture
def workshop(runtime: Runtime) -> Iterator[Workshop]:
    with runtime.database.session(1) as session:
        yield Workshop(session)


def test_the_first_call_is_due_three_to_seven_days_after_the_delivery(workshop: Workshop) -> None:
    first = workshop.step("first")

    assert first
    assert (first.earliest_on, first.due_on, first.owner_id) == (date(2026, 3, 5), date(2026, 3, 9), AGENT)
    assert workshop.step("second") is None, "no first call, no second"


@pytest.mark.parametrize(
    ("when", "outcome", "state", "is_on_time"),
    [
        pytest.param(at(4), "reached", "open", None, id="too early is a contact, not the promised one"),
        pytest.param(at(5), "reached", "done", True, id="on the first day"),
        pytest.param(at(9, 23), "reached", "done", True, id="in the last hour"),
        pytest.param(at(10, 0), "reached", "done", False, id="an hour later"),
        pytest.param(at(6), "no_answer", "open", None, id="nobody answered"),
    ],
)
def test_a_call_keeps_the_promise_or_not(
    workshop: Workshop, when: datetime, outcome: str, state: str, is_on_time: bool | None
) -> None:
    workshop.call(when, outcome=outcome)

    first = workshop.step("first")
    assert first
    assert (first.state, first.is_on_time, first.tries) == (state, is_on_time, 1)


def test_the_second_call_counts_from_the_first(workshop: Workshop) -> None:
    workshop.call(at(6))

    second = workshop.step("second")
    assert second
    assert (second.earliest_on, second.due_on) == (date(2026, 3, 13), date(2026, 3, 20))


def test_the_second_call_repeats_nothing(workshop: Workshop) -> None:
    workshop.call(at(6), satisfaction=4, blocks=("usage", "tips"))

    with pytest.raises(Invalid, match="tips: an earlier call had this already"):
        workshop.call(at(14), "second", blocks=("offers", "tips"))
    workshop.call(at(14), "second", blocks=("offers",))

    second = workshop.step("second")
    assert second
    assert second.state == "done"


def test_seven_things_may_be_talked_about_and_a_call_without_the_opinion_needs_none(
    workshop: Workshop,
) -> None:
    first = workshop.step("first")
    assert first
    assert [block.name for block in script.offered(workshop.session, first)] == [
        "usage", "needs", "tips", "services", "offers", "advice", "visit",
    ]  # fmt: skip
    workshop.call(at(6), outcome="no_answer", blocks=("usage",))
    workshop.call(at(6), blocks=("needs",))

    assert first.state == "done"


def test_a_stand_in_is_named_beside_whose_it_is(workshop: Workshop) -> None:
    workshop.call(at(6), by=3)

    record = workshop.session.scalar(select(calls.CallRecord))
    first = workshop.step("first")
    assert record
    assert first
    assert (record.agent_id, record.for_id, first.owner_id, first.done_by_id) == (3, AGENT, AGENT, 3)


@pytest.mark.parametrize(
    ("demand", "opens"),
    [("demand", 1), ("wish", 1), ("complaint", 1), ("none", 0)],
)
def test_demands_wishes_and_complaints_open_a_case(workshop: Workshop, demand: str, opens: int) -> None:
    workshop.call(at(6), demand=demand, reply="pending" if opens else "")

    found = workshop.session.scalars(select(Case)).all()
    assert len(found) == opens
    assert all(case.kind == demand and case.owner_id == AGENT for case in found)


def test_a_call_that_reached_somebody_is_a_touch(workshop: Workshop) -> None:
    workshop.call(at(6), outcome="busy")
    workshop.call(at(6))

    assert len(workshop.session.scalars(select(Touch)).all()) == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"points": " "}, "points", id="nothing written down"),
        pytest.param({"points": "x" * 2001}, "points", id="too much"),
        pytest.param({"outcome": "maybe"}, "outcome", id="an unknown outcome"),
        pytest.param({"demand": "gift"}, "demand", id="an unknown demand"),
        pytest.param({"demand": "wish"}, "reply", id="a wish, and whether it was answered"),
        pytest.param({"satisfaction": 6}, "satisfaction", id="a score off the scale"),
        pytest.param({"blocks": ("usage",)}, "satisfaction", id="asked for an opinion, and none entered"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_nothing_written(
    workshop: Workshop, said: dict[str, object], field: str
) -> None:
    with pytest.raises(WrongFields) as refused:
        workshop.call(at(6), **said)

    assert [fault.field for fault in refused.value.faults] == [field]
    assert not workshop.session.scalars(select(calls.CallRecord)).all()
