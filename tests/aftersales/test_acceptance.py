"""
Every acceptance example of the regulation, with the clock turned: calendar days and working days, in three zones.

The example of an event, its calls and its letters stands in tests/broadcast/test_notices.py: a campaign brings them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from aftersales import (
    absences,
    archive,
    calls,
    due_lists,
    files,
    jobs,
    resolving,
    standing_in,
    summaries,
    work_orders,
)
from aftersales.calls import Heard, Said
from aftersales.models import CallRecord, Case, CustomerFile, FollowUp, Summary
from core import clock
from core.db import ScopedSession
from core.errors import CarillonError, Conflict, WrongFields
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber

pytestmark = pytest.mark.storage
# the customer's number, and his calling hours by the law of his country
ZONES = {
    "America/Los_Angeles": ("+12135550100", 8, 21),
    "Asia/Shanghai": ("+8613800138000", 9, 20),
    "Europe/London": ("+447400123456", 9, 20),
}
SUE, ANN, BOB, WEI = 1, 2, 3, 4
TALK = Said(points="Runs well.", satisfaction=4, blocks=("usage",))
NOT_THERE = Said(outcome="no_answer")


@dataclass
class Desk:
    """A department whose clocks are in *zone*, and a customer of Ann's."""

    runtime: Runtime
    zone: str

    def at(self, text: str) -> datetime:
        """Turn the clock to a moment of March 2026 (Mon 2) by the department's clocks: `06 16:00`, or `04-01 00:00`."""
        month, _, rest = text.rpartition("-")
        moment = datetime.fromisoformat(f"2026-{month or '03'}-{rest}").replace(tzinfo=ZoneInfo(self.zone))
        clock.freeze(moment)
        return moment.astimezone(UTC)

    def work(self) -> None:
        """What the worker does."""
        with ThreadPoolExecutor(1) as pool:
            for job in (jobs.escalate, jobs.watch, jobs.summarize):
                job(self.runtime, pool)

    def session(self) -> AbstractContextManager[ScopedSession]:
        """A session of the department's company."""
        return self.runtime.database.session(1)

    def delivered(self, session: ScopedSession) -> FollowUp:
        """A job handed over now, and the first call it brings."""
        order = work_orders.open_order(
            session, tenant(session), number="A-1", customer_id=1, origin="staff", who="ann"
        )
        work_orders.advance(session, tenant(session), order, "delivered", "ann")
        return session.scalars(select(FollowUp).where(FollowUp.step == "first")).one()


def tenant(session: ScopedSession) -> Tenant:
    return session.get_one(Tenant, 1)


def call(
    session: ScopedSession, said: Said, follow_up: FollowUp | None = None, agent_id: int = ANN
) -> CallRecord:
    return calls.record(
        session,
        tenant(session),
        said,
        direction="out",
        who="ann",
        customer_id=1,
        agent_id=agent_id,
        follow_up=follow_up,
    )


@pytest.fixture(params=ZONES)
def desk(runtime: Runtime, request: pytest.FixtureRequest) -> Desk:
    """One in each zone; the customer lives where the department is."""
    with runtime.database.session(1) as session:
        tenant(session).zone = request.param
        session.add(
            Customer(
                id=1, tenant_id=1, name="Li Lei", agent_id=ANN, zone=request.param, created_at=clock.now()
            )
        )
        session.flush()
        session.add(
            CustomerNumber(tenant_id=1, customer_id=1, address=ZONES[request.param][0], kind="mobile")
        )
    return Desk(runtime, request.param)


@pytest.fixture(params=["calendar", "business"])
def counts(desk: Desk, request: pytest.FixtureRequest) -> Callable[[int, int], date]:
    """Which day of March an example comes to: by calendar days, or where only working days count."""
    with desk.session() as session:
        tenant(session).after_sales = {"count": request.param}
    is_business = request.param == "business"
    return lambda calendar, business: date(2026, 3, business if is_business else calendar)


def test_intake_on_monday_2_march_file_due_at_the_end_of_4_march(desk: Desk) -> None:
    desk.at("02 09:00")
    with desk.session() as session:
        file = files.open_file(session, tenant(session), intake="repair", customer_id=1, who="ann")
        assert file.due_on == date(2026, 3, 4)
    for moment, is_late in (("04 23:59:59", False), ("05 00:00", True)):
        desk.at(moment)
        desk.work()
        with desk.session() as session:
            assert session.get_one(CustomerFile, file.id).is_late is is_late, moment


def test_a_file_created_on_5_march_is_stored_and_marked_late(desk: Desk) -> None:
    intake = desk.at("02 09:00")
    desk.at("05 09:00")
    with desk.session() as session:
        file = files.open_file(session, tenant(session), intake="repair", customer_id=1, who="ann", at=intake)
        assert (file.intake_on, file.is_late) == (date(2026, 3, 2), True)
        files.complete(
            session, tenant(session), file, next_topic="Service", next_contact_at=datetime(2026, 4, 1, tzinfo=UTC), who="ann"
        )  # fmt: skip
        assert (file.state, file.is_late) == ("complete", True)


def test_advice_to_a_walk_in_without_a_car_creates_a_file_too(desk: Desk) -> None:
    desk.at("02 09:00")
    with desk.session() as session:
        file = files.open_file(session, tenant(session), intake="consultation", customer_id=1, who="ann")
        assert (file.vehicle_id, file.work_order_id, file.due_on) == (None, None, date(2026, 3, 4))


def test_delivered_on_2_march_first_call_from_5_to_9_march(
    desk: Desk, counts: Callable[[int, int], date]
) -> None:
    desk.at("02 17:00")
    with desk.session() as session:
        first = desk.delivered(session)
        assert (first.earliest_on, first.due_on) == (counts(5, 5), counts(9, 11))


def test_a_call_answered_on_4_march_is_a_contact_but_not_the_first_follow_up(desk: Desk) -> None:
    desk.at("02 17:00")
    with desk.session() as session:
        first = desk.delivered(session)
        desk.at("04 10:00")
        record = call(session, TALK, first)
        assert (record.outcome, first.state, first.tries) == ("reached", "open", 1)
        desk.at("05 10:00")
        call(session, TALK, first)
        assert (first.state, first.is_on_time) == ("done", True)


def test_three_calls_without_an_answer_by_9_march_are_overdue_and_before_the_supervisor(desk: Desk) -> None:
    desk.at("02 17:00")
    with desk.session() as session:
        first = desk.delivered(session).id
    for moment in ("05 10:00", "07 10:00", "09 10:00"):
        desk.at(moment)
        with desk.session() as session:
            call(session, NOT_THERE, session.get_one(FollowUp, first))
    for moment, listed in (("09 23:59:59", []), ("10 00:00", [first])):
        now = desk.at(moment)
        desk.work()
        with desk.session() as session:
            today = now.astimezone(ZoneInfo(desk.zone)).date()
            assert [row.follow_up.id for row in due_lists.follow_ups(session, "overdue", today)] == listed
            flagged = select(AuditEntry.about).where(AuditEntry.action == "follow_up_overdue")
            assert session.scalars(flagged).all() == [f"follow_up:{one}" for one in listed]
    desk.work()
    with desk.session() as session:
        assert len(session.scalars(flagged).all()) == 1, "once"
        assert session.get_one(FollowUp, first).tries == 3


def test_first_call_on_6_march_second_from_13_to_20_march_without_its_topics(
    desk: Desk, counts: Callable[[int, int], date]
) -> None:
    desk.at("02 17:00")
    with desk.session() as session:
        first = desk.delivered(session)
        desk.at("06 10:00")
        call(session, TALK, first)
        second = session.scalars(select(FollowUp).where(FollowUp.step == "second")).one()
        assert (second.earliest_on, second.due_on) == (counts(13, 17), counts(20, 26))
        clock.freeze(datetime.combine(second.due_on, time(10), ZoneInfo(desk.zone)))
        with pytest.raises(CarillonError, match="usage"):
            call(session, TALK, second)
        call(session, Said(points="Fine.", blocks=("tips",)), second)
        assert (second.state, second.is_on_time) == ("done", True)


def test_no_first_call_no_second(desk: Desk) -> None:
    desk.at("02 17:00")
    with desk.session() as session:
        desk.delivered(session)
    desk.at("31 17:00")
    desk.work()
    with desk.session() as session:
        assert session.scalars(select(FollowUp.step)).all() == ["first"]


def complained(desk: Desk) -> int:
    """A demand noted on the 6th of March, pending; its case."""
    desk.at("06 10:00")
    with desk.session() as session:
        call(session, Said(points="Wants another tyre.", demand="demand", reply="pending"))
        return session.scalars(select(Case.id)).one()


def test_a_demand_of_6_march_is_before_the_supervisor_at_the_end_of_8_march(
    desk: Desk, counts: Callable[[int, int], date]
) -> None:
    case_id, last = complained(desk), counts(8, 10)
    for moment, is_escalated in (
        (datetime.combine(last, time(23, 59, 59)), False),
        (datetime.combine(last.replace(day=last.day + 1), time()), True),
    ):
        clock.freeze(moment.replace(tzinfo=ZoneInfo(desk.zone)))
        desk.work()
        with desk.session() as session:
            assert (session.get_one(Case, case_id).escalated_at is not None) is is_escalated, moment


@pytest.mark.parametrize(
    ("entered", "is_impossible"),
    [
        pytest.param("09 16:00", False, id="in the afternoon: before the quiet hours of that day"),
        pytest.param("09 22:00", True, id="late at night: the next morning, the same day was impossible"),
    ],
)
def test_a_solution_is_told_on_the_day_it_exists(desk: Desk, entered: str, is_impossible: bool) -> None:
    case_id = complained(desk)
    desk.at(entered)
    with desk.session() as session:
        case = session.get_one(Case, case_id)
        resolving.solve(session, tenant(session), case, "A new tyre.", "sue")
        told = session.scalars(select(FollowUp).where(FollowUp.step == "solution")).one()
        found = (case.tell_by, case.same_day_impossible, told.due_at)
    _, opens, closes = ZONES[desk.zone]
    by = desk.at(f"10 {opens + 3:02}:00" if is_impossible else f"09 {closes}:00")
    assert found == (by, is_impossible, by)


def away(session: ScopedSession, delegate_id: int | None) -> None:
    starts_at, ends_at = absences.span(tenant(session), date(2026, 3, 10), date(2026, 3, 12))
    absences.enter(
        session,
        tenant(session),
        staff_id=ANN,
        starts_at=starts_at,
        ends_at=ends_at,
        delegate_id=delegate_id,
        who="sue",
    )


def test_ann_is_away_from_10_to_12_march_and_her_calls_are_bob_s(desk: Desk) -> None:
    desk.at("06 17:00")
    with desk.session() as session:
        first = desk.delivered(session)
        away(session, BOB)
        for moment, listed in (
            ("09 23:59", False),
            ("10 00:00", True),
            ("12 23:59", True),
            ("13 00:00", False),
        ):
            hands = standing_in.whose(session, BOB, desk.at(moment))
            rows = due_lists.follow_ups(session, "due", date(2026, 3, 10), owner_ids=hands)
            assert [row.follow_up.id for row in rows] == [first.id] * listed, moment
        desk.at("11 10:00")
        record = call(session, TALK, first, BOB)
        assert (record.agent_id, record.for_id, first.owner_id) == (BOB, ANN, ANN)


def test_without_a_stand_in_the_supervisor_is_told(desk: Desk) -> None:
    desk.at("06 17:00")
    with desk.session() as session:
        away(session, None)
        [row] = absences.uncovered(session, desk.at("11 10:00"))
        assert (row.name, row.acting) == ("Ann", "Sue")


def test_a_stand_in_of_another_department_is_refused(desk: Desk) -> None:
    desk.at("06 17:00")
    with desk.session() as session, pytest.raises(WrongFields, match="another one"):
        away(session, WEI)


def test_the_report_of_march_is_drafted_on_1_april_and_locked_once_signed(desk: Desk) -> None:
    desk.at("02 17:00")
    with desk.session() as session:
        first = desk.delivered(session)
        desk.at("06 10:00")
        call(session, TALK, first)
    complained(desk)
    desk.at("09 10:00")
    desk.work()
    for moment, drafted in (("31 23:59:59", []), ("04-01 00:00", ["2026-03"])):
        desk.at(moment)
        desk.work()
        with desk.session() as session:
            assert session.scalars(select(Summary.period)).all() == drafted, moment
    with desk.session() as session:
        report = session.scalars(select(Summary)).one()
        counted = report.figures
        assert counted["files"] == {"opened": 1, "complete": 0, "late": 1}
        assert counted["follow_ups"]["first"] == {"due": 1, "made": 1, "in_time": 1}
        assert counted["follow_ups"]["second"] == {"due": 1, "made": 0, "in_time": 0}
        assert (counted["cases"]["opened"], counted["cases"]["escalated"]) == ({"demand": 1}, 1)
        assert (counted["letters"], counted["agents"][0]["name"]) == ({}, "Ann")
        summaries.edit(session, tenant(session), report, "A good month.", date(2026, 4, 2), "sue")
        summaries.sign(session, tenant(session), report, b"%PDF signed", "sue")
        with pytest.raises(Conflict):
            summaries.edit(session, tenant(session), report, "A better month.", None, "sue")
        assert archive.find(session, report.sha256).content == b"%PDF signed"


def test_the_report_of_the_year_is_drafted_on_1_january(desk: Desk) -> None:
    complained(desk)
    clock.freeze(datetime(2027, 1, 1, tzinfo=ZoneInfo(desk.zone)))
    desk.work()
    with desk.session() as session:
        assert "2026" in session.scalars(select(Summary.period)).all()


def test_who_calls_and_says_nothing_is_on_record(desk: Desk) -> None:
    at = desk.at("06 10:00")
    with desk.session() as session:
        calls.heard(session, [Heard(1, "CA1", "in", at, 1, "+14155550100")])
        calls.heard(session, [Heard(1, "CA1", "in", at, 1, "+14155550100")])
        record = session.scalars(select(CallRecord)).one()
        assert (record.outcome, record.points, record.noted_at) == ("no_content", "", None)
