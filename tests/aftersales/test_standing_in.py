"""Who acts for whom, however people are away; and what that changes of lists, owners and records."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from aftersales import absences, calls, cases, due_lists, follow_ups, leaving, standing_in
from aftersales.calls import Said
from aftersales.models import CallRecord, CaseEvent, FollowUp
from aftersales.standing_in import Person, chain
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, Forbidden, Invalid, WrongFields
from core.models import AuditEntry, Staff, Tenant
from core.runtime import Runtime
from customers.models import Customer

SUE, ANN, BOB, WEI = 1, 2, 3, 4
TENTH = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 19, tzinfo=UTC)  # in Los Angeles, where the company's clocks are


def team(**changed: Person) -> dict[int, Person]:
    """Sue leads the business department of Ann and Bob; Wei leads the workshop; Adam administers."""
    everybody = {
        "sue": Person("business", frozenset({"supervisor"}), True),
        "ann": Person("business", frozenset({"after_sales"}), True),
        "bob": Person("business", frozenset({"after_sales"}), True),
        "wei": Person("workshop", frozenset({"supervisor"}), True),
        "adam": Person("", frozenset({"administrator"}), True),
        **changed,
    }
    return dict(enumerate(everybody.values(), 1))


ADAM = 5
LEFT = Person("business", frozenset({"after_sales"}), False)
NO_LEADER = Person("business", frozenset({"after_sales"}), True)


@pytest.mark.parametrize(
    ("people", "away", "by", "uncovered"),
    [
        pytest.param(team(), {}, {}, set(), id="nobody is away"),
        pytest.param(team(), {ANN: BOB}, {ANN: BOB}, set(), id="the stand-in acts"),
        pytest.param(team(), {ANN: None}, {ANN: SUE}, {ANN}, id="no stand-in: the supervisor"),
        pytest.param(team(bob=LEFT), {ANN: BOB}, {ANN: SUE}, {ANN}, id="the stand-in left the company"),
        pytest.param(team(), {ANN: BOB, BOB: SUE}, {ANN: SUE, BOB: SUE}, set(), id="a stand-in's stand-in"),
        pytest.param(
            team(), {ANN: BOB, BOB: ANN}, {ANN: SUE, BOB: SUE}, {ANN, BOB}, id="two for each other, both away"
        ),
        pytest.param(team(), {ANN: BOB, BOB: None}, {ANN: SUE, BOB: SUE}, {ANN, BOB}, id="a chain into nothing"),
        pytest.param(team(), {ANN: None, SUE: None}, {ANN: WEI, SUE: WEI}, {ANN, SUE}, id="another's supervisor"),
        pytest.param(
            team(), {ANN: None, SUE: WEI, WEI: None}, {ANN: ADAM, SUE: ADAM, WEI: ADAM}, {ANN, SUE, WEI},
            id="no supervisor is there: who administers",
        ),
        pytest.param(
            {ANN: NO_LEADER, BOB: NO_LEADER}, {ANN: None}, {}, {ANN}, id="nobody can: it stays with its owner"
        ),
    ],
)  # fmt: skip
def test_the_chain_of_stand_ins_ends_with_somebody_at_work(
    people: dict[int, Person], away: dict[int, int | None], by: dict[int, int], uncovered: set[int]
) -> None:
    found = chain(people, away)

    assert (found.by, found.uncovered) == (by, uncovered)


@pytest.fixture
def customer_id(runtime: Runtime) -> int:
    """A customer of Ann's."""
    clock.freeze(NOON - timedelta(days=5))
    with runtime.database.session(1) as session:
        added = Customer(tenant_id=1, name="Li Lei", agent_id=ANN, created_at=clock.now())
        session.add(added)
        session.flush()
        return added.id


def tenant(session: ScopedSession) -> Tenant:
    return session.get_one(Tenant, 1)


def enter(
    session: ScopedSession,
    staff_id: int = ANN,
    delegate_id: int | None = BOB,
    first_on: date = TENTH,
    last_on: date = date(2026, 3, 12),
    **hours: time,
) -> int:
    starts_at, ends_at = absences.span(tenant(session), first_on, last_on, **hours)
    return absences.enter(
        session, tenant(session), staff_id=staff_id, starts_at=starts_at, ends_at=ends_at, delegate_id=delegate_id,
        who="sue",
    ).id  # fmt: skip


def promised(
    session: ScopedSession, customer_id: int, key: str = "a", owner_id: int | None = None
) -> FollowUp:
    return follow_ups.promise(
        session, 1, key, step="first", customer_id=customer_id, earliest_on=TENTH - timedelta(days=3), due_on=TENTH,
        owner_id=owner_id,
    )  # fmt: skip


def hands(session: ScopedSession, at: datetime) -> list[int]:
    """In whose lists the one call is at an instant."""
    return [
        who
        for who in (SUE, ANN, BOB, WEI)
        if due_lists.follow_ups(session, "due", TENTH, owner_ids=standing_in.whose(session, who, at))
    ]


@pytest.mark.storage
@pytest.mark.parametrize(
    ("hours", "steps"),
    [
        pytest.param(
            {},
            [("2026-03-10 07:59:59", False), ("2026-03-10 08:00", True), ("2026-03-13 06:59:59", True), ("2026-03-13 07:00", False)],
            id="whole days by the company's clocks, which go forward on the 8th",
        ),
        pytest.param(
            {"first_at": time(12), "last_at": time(9, 30)},
            [("2026-03-10 18:59:59", False), ("2026-03-10 19:00", True), ("2026-03-12 16:29:59", True), ("2026-03-12 16:30", False)],
            id="handed over at noon, back on a morning",
        ),
    ],
)  # fmt: skip
def test_a_call_is_in_the_stand_in_s_list_meanwhile_and_its_owner_s_again_afterwards(
    runtime: Runtime, customer_id: int, hours: dict[str, time], steps: list[tuple[str, bool]]
) -> None:
    if not hours:
        steps = [(at.replace("08:00", "07:00").replace("07:59", "06:59"), away) for at, away in steps]
    with runtime.database.session(1) as session:
        enter(session, **hours)
        call = promised(session, customer_id)

        for at, is_away in steps:
            found = hands(session, datetime.fromisoformat(at).replace(tzinfo=UTC))
            assert found == ([ANN, BOB] if is_away else [ANN]), at
        assert call.owner_id == ANN


@pytest.mark.storage
def test_what_is_new_is_the_agent_s_in_the_stand_in_s_hands_and_else_of_who_is_there(
    runtime: Runtime, customer_id: int
) -> None:
    with runtime.database.session(1) as session:
        enter(session)
        other = Customer(tenant_id=1, name="Han Meimei", created_at=clock.now())
        session.add(other)
        session.flush()
        clock.freeze(NOON)

        hers = cases.open_case(
            session, tenant(session), "record:1", kind="wish", who="bob", customer_id=customer_id
        )
        anybody_s = [promised(session, other.id, key).owner_id for key in "abc"]

        mine = due_lists.cases_in(session, ["open"], owner_ids=standing_in.whose(session, BOB, NOON))
        assert (hers.owner_id, [row.case.id for row in mine]) == (ANN, [hers.id])
        assert anybody_s == [WEI, BOB, WEI], "who stands in has that in hand, too"


@pytest.mark.storage
def test_both_names_are_on_the_record(runtime: Runtime, customer_id: int) -> None:
    with runtime.database.session(1) as session:
        enter(session)
        call = promised(session, customer_id)
        clock.freeze(NOON)
        said = Said(points="Runs well.", satisfaction=4, blocks=("usage",))
        calls.record(
            session, tenant(session), said, direction="out", who="bob", customer_id=customer_id, agent_id=BOB,
            follow_up=call,
        )  # fmt: skip
        taken = calls.record(
            session, tenant(session), said, direction="in", who="bob", customer_id=customer_id, agent_id=BOB
        )
        by_somebody_else = calls.record(
            session, tenant(session), said, direction="in", who="wei", customer_id=customer_id, agent_id=WEI
        )

        record = session.scalars(select(CallRecord).where(CallRecord.follow_up_id == call.id)).one()
        assert (record.agent_id, record.for_id, call.owner_id, call.done_by_id) == (BOB, ANN, ANN, BOB)
        assert (taken.agent_id, taken.for_id, by_somebody_else.for_id) == (BOB, ANN, None)


@pytest.mark.storage
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param({"staff_id": 99}, "unknown_staff", id="nobody we know is away"),
        pytest.param({"delegate_id": 99}, "unknown_staff", id="nobody we know stands in"),
        pytest.param({"delegate_id": ANN}, "themselves", id="for themselves"),
        pytest.param({"delegate_id": WEI}, "other_department", id="somebody of another department"),
        pytest.param({"last_on": TENTH - timedelta(days=1)}, "past_end", id="over before it begins"),
        pytest.param(
            {"first_on": date(2026, 3, 1), "last_on": date(2026, 3, 2)}, "past_end", id="over before it is entered"
        ),
        pytest.param({"last_on": date(2028, 3, 10)}, "too_long", id="for years"),
    ],
)  # fmt: skip
def test_an_absence_that_makes_no_sense_is_refused(
    runtime: Runtime, customer_id: int, wrong: dict[str, object], code: str
) -> None:
    with runtime.database.session(1) as session:
        with pytest.raises(WrongFields) as refused:
            enter(session, **wrong)  # type: ignore[arg-type]  # a table of what may be wrong

        assert [fault.code for fault in refused.value.faults] == [code]
        assert absences.coming(session, clock.now()) == []


@pytest.mark.storage
def test_nobody_is_away_twice_at_once(runtime: Runtime, customer_id: int) -> None:
    with runtime.database.session(1) as session:
        enter(session)
        with pytest.raises(Conflict):
            enter(session, first_on=date(2026, 3, 12), last_on=date(2026, 3, 20))

        enter(session, first_on=date(2026, 3, 13), last_on=date(2026, 3, 20))
        assert len(absences.coming(session, clock.now())) == 2


@pytest.mark.storage
def test_the_supervisor_is_told_of_whom_nobody_stands_in_for(runtime: Runtime, customer_id: int) -> None:
    with runtime.database.session(1) as session:
        ann, bob = enter(session), enter(session, BOB, None, last_on=TENTH)
        told = {row.absence.id: row for row in absences.uncovered(session, NOON)}
        assert {one: row.acting for one, row in told.items()} == {ann: "Sue", bob: "Sue"}

        absences.stand_in(session, absences.get(session, bob), None, "sue")
        absences.end(session, tenant(session), absences.get(session, bob), "sue")
        assert absences.uncovered(session, NOON) == []


@pytest.mark.storage
def test_who_is_back_early_has_everything_at_once_and_who_never_left_was_not_away(
    runtime: Runtime, customer_id: int
) -> None:
    with runtime.database.session(1) as session:
        early, never = enter(session), enter(session, first_on=date(2026, 4, 1), last_on=date(2026, 4, 2))
        promised(session, customer_id)
        clock.freeze(NOON)
        for one in (early, never):
            absences.end(session, tenant(session), absences.get(session, one), "ann")

        assert hands(session, NOON) == [ANN]
        assert absences.get(session, early).last_on == TENTH
        assert absences.coming(session, NOON) == []
        with pytest.raises(Conflict):
            absences.end(session, tenant(session), absences.get(session, early), "ann")
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions.count("absence_entered") == actions.count("absence_ended") == 2


@pytest.mark.storage
def test_only_a_supervisor_speaks_for_others(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        absences.check_may(session.get_one(Staff, ANN), ANN)
        absences.check_may(session.get_one(Staff, SUE), ANN)
        with pytest.raises(Forbidden):
            absences.check_may(session.get_one(Staff, ANN), BOB)


@pytest.mark.storage
def test_who_leaves_leaves_nothing_without_an_owner(runtime: Runtime, customer_id: int) -> None:
    with runtime.database.session(1) as session:
        call = promised(session, customer_id)
        case = cases.open_case(
            session, tenant(session), "record:1", kind="wish", who="bob", customer_id=customer_id
        )
        ann, bob, wei = (session.get_one(Staff, one) for one in (ANN, BOB, WEI))
        wei.is_active = False
        session.flush()
        for heir in (ann, wei):
            with pytest.raises(Invalid):
                leaving.take_over(session, ann, heir, "sue")

        assert leaving.take_over(session, ann, bob, "sue").parts == [
            "1 follow-ups",
            "1 cases",
            "1 customers of their own",
        ]
        session.refresh(call)
        assert (call.owner_id, case.owner_id, session.get_one(Customer, customer_id).agent_id) == (
            BOB,
            BOB,
            BOB,
        )
        assert not leaving.owned(session, ann)
        said = select(CaseEvent.value).where(CaseEvent.what == "given")
        assert session.scalars(said).all() == ["Bob"]
