"""How a case ends: solved, told the same day, closed satisfied or by a supervisor's word (R-43 to R-45, A10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from aftersales import calls, cases, jobs, resolving
from aftersales.calls import Said
from aftersales.follow_ups import WAITING
from aftersales.models import Case, CaseEvent, FollowUp
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, Forbidden, Invalid
from core.models import Staff, Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber

pytestmark = pytest.mark.storage
ZONE = ZoneInfo("America/New_York")
SUPERVISOR, AGENT = 1, 2


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = ZONE) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=zone).astimezone(UTC)


class Desk:
    """A tenant in New York with one customer and his complaint of 6 March."""

    def __init__(self, session: ScopedSession, zone: str = "") -> None:
        self.session, self.tenant = session, session.get_one(Tenant, 1)
        self.tenant.zone = "America/New_York"
        customer = Customer(tenant_id=1, name="Li Lei", zone=zone, agent_id=AGENT, created_at=clock.now())
        session.add(customer)
        session.flush()
        session.add(
            CustomerNumber(tenant_id=1, customer_id=customer.id, address="+12125552001", kind="mobile")
        )
        session.flush()
        self.customer_id = customer.id
        clock.freeze(at(6, 11))
        self.case = cases.open_case(
            session, self.tenant, "record:1", kind="complaint", who="ann", customer_id=customer.id
        )

    def solve(self, when: datetime) -> None:
        clock.freeze(when)
        resolving.solve(self.session, self.tenant, self.case, "A new pump, free of charge.", "ann")

    def override(self, staff_id: int, reason: str) -> None:
        resolving.override(self.session, self.case, self.session.get_one(Staff, staff_id), reason)

    def waiting(self) -> list[FollowUp]:
        """The calls that are still to be made."""
        open_ones = select(FollowUp).where(FollowUp.state.in_(WAITING))
        return list(self.session.scalars(open_ones))

    @property
    def call(self) -> FollowUp:
        found = self.session.scalar(select(FollowUp).order_by(FollowUp.id.desc()))
        assert found
        return found


@pytest.fixture
def desk(runtime: Runtime) -> Iterator[Desk]:
    with runtime.database.session(1) as session:
        yield Desk(session)


@pytest.mark.parametrize(
    ("when", "count"),
    [
        pytest.param(at(8, 23, 59), 0, id="two days are not over"),
        pytest.param(at(9, 0), 1, id="two days are over"),
    ],
)
def test_what_is_not_solved_in_two_days_goes_to_the_supervisor_once(
    desk: Desk, when: datetime, count: int
) -> None:
    assert resolving.escalate(desk.session, when)["escalated"] == count
    assert resolving.escalate(desk.session, when + timedelta(hours=1))["escalated"] == (1 - count)
    assert resolving.escalate(desk.session, when + timedelta(hours=2))["escalated"] == 0


def test_the_worker_escalates_all_that_is_late_some_at_a_time(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtime.database.session(1) as session:
        desk = Desk(session)
        for number in range(2, 5):
            cases.open_case(session, desk.tenant, f"record:{number}", kind="wish", who="ann")
    monkeypatch.setattr(resolving, "SLICE", 2)
    clock.freeze(at(9, 0))

    assert jobs.escalate(runtime, None)["escalated"] == 4  # type: ignore[arg-type]  # it needs no threads
    assert jobs.escalate(runtime, None)["escalated"] == 0  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("when", "tell_by", "is_impossible"),
    [
        pytest.param(at(9, 16), at(9, 21), False, id="in the afternoon: before his quiet hours"),
        pytest.param(at(9, 6), at(9, 21), False, id="before they are over: the same day"),
        pytest.param(at(9, 22), at(10, 11), True, id="late at night: the next morning, flagged"),
    ],
)
def test_the_customer_is_told_on_the_day_of_the_solution(
    desk: Desk, when: datetime, tell_by: datetime, is_impossible: bool
) -> None:
    desk.solve(when)

    assert (desk.case.tell_by, desk.case.same_day_impossible) == (tell_by, is_impossible)
    assert (desk.call.due_at, desk.call.step, desk.call.owner_id) == (tell_by, "solution", AGENT)


def test_his_own_clock_counts(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        desk = Desk(session, zone="Asia/Shanghai")
        desk.solve(at(9, 16))

        shanghai = ZoneInfo("Asia/Shanghai")
        assert desk.case.tell_by == at(10, 21, zone=shanghai), "it is four in the morning of the 10th there"
        assert not desk.case.same_day_impossible


def test_the_promised_call_tells_and_the_customer_decides(desk: Desk) -> None:
    desk.solve(at(9, 16))
    clock.freeze(at(9, 17))
    said = Said(points="He is content.", satisfaction=5)
    calls.record(
        desk.session, desk.tenant, said, direction="out", who="ann", customer_id=desk.customer_id,
        agent_id=AGENT, follow_up=desk.call,
    )  # fmt: skip

    assert (desk.case.state, desk.call.state, desk.call.is_on_time) == ("told", "done", True)
    resolving.close(desk.session, desk.case, "ann")
    assert (desk.case.state, desk.case.outcome) == ("closed", "satisfied")


def test_who_is_not_satisfied_opens_it_again_and_the_next_solution_is_promised_anew(desk: Desk) -> None:
    desk.solve(at(9, 16))
    first = desk.call.id
    resolving.tell(desk.session, desk.case, "ann")
    clock.freeze(at(10, 10))
    resolving.reopen(desk.session, desk.tenant, desk.case, "It leaks still.", "ann")
    assert (desk.case.state, desk.case.due_at) == ("open", at(13, 0))

    desk.solve(at(11, 10))
    assert desk.call.id != first
    assert len(desk.waiting()) == 2


@pytest.mark.parametrize(
    ("staff_id", "reason", "refusal"),
    [
        pytest.param(SUPERVISOR, " ", Invalid, id="no reason"),
        pytest.param(AGENT, "He moved away.", Forbidden, id="an agent overrides"),
        pytest.param(SUPERVISOR, "x" * 401, Invalid, id="a reason without end"),
    ],
)
def test_a_case_is_not_closed_when(desk: Desk, staff_id: int, reason: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        desk.override(staff_id, reason)

    assert desk.case.state == "open"


def test_nobody_is_satisfied_who_was_not_told(desk: Desk) -> None:
    with pytest.raises(Invalid, match="has not been told"):
        resolving.close(desk.session, desk.case, "ann")

    assert desk.case.state == "open"


def test_a_supervisor_closes_with_a_reason_once(desk: Desk) -> None:
    desk.override(SUPERVISOR, "He moved away.")

    assert (desk.case.outcome, desk.case.reason) == ("overridden", "He moved away.")
    with pytest.raises(Conflict):
        desk.override(SUPERVISOR, "Once more.")


def test_what_was_answered_on_the_call_waits_for_no_second_one(desk: Desk) -> None:
    said = Said(points="He asked for the price; told him.", demand="demand", reply="answered")
    calls.record(
        desk.session, desk.tenant, said, direction="in", who="ann", customer_id=desk.customer_id, agent_id=AGENT
    )  # fmt: skip

    case = desk.session.scalar(select(Case).order_by(Case.id.desc()))
    assert case
    assert case.state == "told"
    assert not desk.waiting()


def test_handed_over_it_is_somebody_s_there_and_due_as_before(desk: Desk) -> None:
    due_at = desk.case.due_at
    resolving.hand_over(desk.session, desk.tenant, desk.case, "workshop", "Look at the pump.", "ann")

    assert (desk.case.department, desk.case.owner_id, desk.case.due_at) == ("workshop", 4, due_at)
    with pytest.raises(Invalid, match="choose a department: business, workshop"):
        resolving.hand_over(desk.session, desk.tenant, desk.case, "kitchen", "", "ann")


def test_the_call_that_tells_a_solution_is_handed_over_with_its_case(desk: Desk) -> None:
    desk.solve(at(9, 16))

    resolving.hand_over(desk.session, desk.tenant, desk.case, "workshop", "", "ann")

    desk.session.refresh(desk.call)
    assert desk.call.owner_id == desk.case.owner_id == 4


def test_its_history_says_what_happened_in_order(desk: Desk) -> None:
    desk.solve(at(9, 16))
    resolving.tell(desk.session, desk.case, "ann")
    resolving.close(desk.session, desk.case, "ann")

    events = select(CaseEvent.what).where(CaseEvent.case_id == desk.case.id).order_by(CaseEvent.id)
    assert desk.session.scalars(events).all() == ["opened", "solved", "told", "closed"]
