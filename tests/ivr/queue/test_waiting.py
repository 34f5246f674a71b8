from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales.models import CallRecord, Case
from core import clock
from core.errors import CarillonError, Conflict
from customers.models import Customer, Touch
from ivr.models import Call
from ivr.queue import callbacks, metrics, offering, waiting
from ivr.queue.models import QueueFigure, Waiter
from tests.conftest import NOON
from tests.ivr.queue.conftest import OURS, Desk

pytestmark = pytest.mark.storage


def test_nobody_waits_for_a_team_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(Conflict, match="nobody of this team is at work"):
        waiting.enter(desk.session, desk.tenant, desk.asking())
    with pytest.raises(CarillonError, match="night"):
        waiting.enter(desk.session, desk.tenant, desk.asking(team="night"))


def test_a_place_is_taken_once_and_kept_from_team_to_team(desk: Desk) -> None:
    desk.agent()
    for _ in range(2):
        told = waiting.enter(desk.session, desk.tenant, desk.asking())
        assert told.values == {"queue": "carillon-1-service"}
    first = waiting.current(desk.session, "CA1")
    assert first
    assert waiting.arrived(desk.session, first, "token", "QU1", 3)
    assert not waiting.arrived(desk.session, first, "token", "QU1", 9)
    waiting.ended(desk.session, first.id, "overflow", 60, NOON)
    clock.advance(timedelta(seconds=60))
    waiting.enter(desk.session, desk.tenant, desk.asking(key="k2"))
    again = waiting.current(desk.session, "CA1")
    assert again
    assert (again.placed_at, again.entered_at) == (NOON, NOON + timedelta(seconds=60))


def test_the_place_counts_who_is_served_before(desk: Desk) -> None:
    desk.agent()
    late = NOON + timedelta(seconds=9)
    rows = [
        desk.waiter(1, placed_at=late),
        desk.waiter(2),
        desk.waiter(3, priority=1, placed_at=late),
        desk.waiter(4),
    ]
    assert [waiting.place(desk.session, one) for one in rows] == [4, 2, 1, 3]
    assert waiting.expected_minutes(desk.session, rows[0], 4) == 14


def test_who_was_here_before_waits_for_their_own_agent(desk: Desk) -> None:
    own, _ = desk.agent(1), desk.agent(2)
    desk.waiter(9, address="+14155550123", state="ended", outcome="answered", agent_id=own.id)
    waiting.enter(desk.session, desk.tenant, desk.asking())
    found = waiting.current(desk.session, "CA1")
    assert found
    assert (found.own_agent_id, found.own_until) == (own.id, NOON + timedelta(seconds=20))


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        pytest.param("+14155550123", None, id="a number of ours country"),
        pytest.param("", "number_missing", id="withheld"),
        pytest.param("anonymous", "number_letters", id="a word"),
        pytest.param("+19005550123", "kind_not_allowed", id="premium"),
        pytest.param("+442071838750", "country_not_allowed", id="abroad"),
        pytest.param("+8613911110001", "country_not_allowed", id="another country"),
        pytest.param("911", "number_emergency", id="a short number"),
        pytest.param(OURS, "kind_not_allowed", id="toll-free, and our own"),
    ],
)
def test_where_nobody_is_called_back(desk: Desk, number: str, refused: str | None) -> None:
    asking = desk.asking(number=number)
    if refused is None:
        assert callbacks.ask(desk.session, desk.tenant, asking).values == {"number": number}
        return
    with pytest.raises(CarillonError) as error:
        callbacks.ask(desk.session, desk.tenant, asking)
    assert error.value.code == refused


def test_one_number_has_one_open_callback_in_the_place_of_its_call(desk: Desk) -> None:
    desk.agent()
    waiting.enter(desk.session, desk.tenant, desk.asking(priority="3"))
    clock.advance(timedelta(seconds=90))
    for key in ("k2", "k2", "k3"):
        callbacks.ask(desk.session, desk.tenant, desk.asking(key=key))
    (callback,) = desk.session.scalars(select(Waiter).where(Waiter.kind == "callback")).all()
    assert (callback.placed_at, callback.priority, callback.state) == (NOON, 3, "waiting")


@pytest.mark.parametrize(
    ("hours", "offered"),
    [
        pytest.param(0, 1, id="noon"),
        pytest.param(9, 0, id="nine in the evening"),
        pytest.param(20, 0, id="too early"),
    ],
)
def test_callbacks_are_made_in_their_hours_only(desk: Desk, hours: int, offered: int) -> None:
    desk.agent()
    callbacks.ask(desk.session, desk.tenant, desk.asking())
    clock.advance(timedelta(hours=hours))
    assert len(offering.make(desk.session, desk.tenant, clock.now())) == offered


def test_a_callback_that_came_to_nothing_becomes_a_case(desk: Desk) -> None:
    desk.agent()
    callbacks.ask(desk.session, desk.tenant, desk.asking())
    assert callbacks.expire(desk.session) == 0
    clock.advance(timedelta(hours=24))
    assert callbacks.expire(desk.session) == 1
    (case,) = desk.session.scalars(select(Case)).all()
    assert (case.kind, case.address, case.owner_id is not None) == ("call_back", "+14155550123", True)


@pytest.mark.parametrize("times", [1, 2])
def test_a_callback_is_in_the_customers_history_once(desk: Desk, times: int) -> None:
    ann = Customer(tenant_id=1, name="Ann", created_at=NOON)
    desk.session.add(ann)
    desk.session.flush()
    desk.agent()
    waiter = desk.waiter(1, kind="callback", customer_id=ann.id)
    [token] = offering.make(desk.session, desk.tenant, clock.now())
    found = offering.by_token(desk.session, token)
    assert found
    assert offering.accept(desk.session, found, clock.now())
    for _ in range(times):
        offering.talking(desk.session, found, clock.now())
    clock.advance(timedelta(seconds=60))
    for _ in range(times):
        offering.finish(desk.session, found, clock.now())
    [touch] = desk.session.scalars(select(Touch)).all()
    assert (touch.customer_id, touch.direction, touch.purpose, touch.at) == (ann.id, "out", "service", NOON)
    [record] = desk.session.scalars(select(CallRecord)).all()
    assert (record.direction, record.outcome, record.address) == ("out", "reached", waiter.address)


WAITS = (
    ("answered", 5), ("answered", 20), ("answered", 21), ("abandoned", 4), ("abandoned", 30), ("callback", 40), ("overflow", 600),
)  # fmt: skip


CALLS = (
    ("CA1", "in", "goodbye"),
    ("CB1", "in", "goodbye"),
    ("CB2", "in", "hung_up"),
    ("CB3", "out", "goodbye"),
)


@pytest.mark.parametrize(
    ("variant", "level"), [("ignored", (2, 5)), ("negative", (2, 6)), ("positive", (3, 6))]
)
def test_figures_keep_numerator_and_denominator(desk: Desk, variant: str, level: tuple[int, int]) -> None:
    desk.team.variant = variant
    for n, (outcome, wait_s) in enumerate(WAITS):
        desk.waiter(n, state="ended", outcome=outcome, wait_s=wait_s)
    for call_id, direction, reason in CALLS:
        about = {"caller": "+14155550123", "called": OURS, "flow": "f", "started_at": NOON}
        desk.session.add(Call(tenant_id=1, carrier_id=call_id, direction=direction, reason=reason, **about))
    metrics.keep(desk.session, desk.tenant, NOON + timedelta(minutes=1))
    metrics.keep(desk.session, desk.tenant, NOON + timedelta(minutes=1))
    rows = desk.session.scalars(select(QueueFigure)).all()
    found = {one.name: (one.numerator, one.denominator) for one in rows}
    assert len(rows) == len(found)
    assert found == {
        "service_level": level, "asa": (46, 3), "abandonment": (1, 6), "containment": (1, 3), "occupancy": (0, 0),
    }  # fmt: skip
    assert metrics.Figure(0, 0).percent == "n/a"
