"""Follow-ups a line of ours makes: one call each, its score on record, and a person's again where it comes to nothing."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import automated, called, calls, calls_made, cases, follow_ups
from aftersales.calls import Said
from aftersales.models import CallRecord, Case, FollowUp
from core import clock
from core.errors import Conflict
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Suppression
from outbound.models import Delivery, Source
from tests.aftersales.promised import CALL, NUMBER, PLAN, Promised

pytestmark = pytest.mark.storage
CALLING = ("calling", "call_then_person", "")
USED = PLAN.replace("by: BY}", "by: BY, blocks: [usage]}").replace(
    "last: 14}", "last: 14, by: call, blocks: [offers]}"
)


def test_a_line_calls_from_the_first_day_and_leaves_the_last_days_to_a_person(runtime: Runtime) -> None:
    promised = Promised(runtime)

    assert promised.arrange() == 1
    (delivery,), (source,) = promised.rows(Delivery), promised.rows(Source)
    assert (source.name, source.purpose, source.campaign) == ("follow_up:1", "service", "follow_up:1")
    assert (delivery.address, delivery.language) == (NUMBER, "zh")
    assert delivery.variables["job"] == "W1"
    # delivered on 15 November: 18 to 22, of which 21 and 22 are a person's; days as clocks in Los Angeles show them
    assert delivery.due_at == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert delivery.expires_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert promised.stands() == CALLING


def test_what_only_a_line_makes_has_all_its_days(runtime: Runtime) -> None:
    promised = Promised(runtime, by="call")
    promised.arrange()

    assert promised.rows(Delivery)[0].expires_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("how", "arranged", "stands"),
    [
        pytest.param({"days_ago": 2}, 0, ("open", "call_then_person", ""), id="before its first day"),
        pytest.param({"by": "person"}, 0, ("open", "person", ""), id="a person's from the start"),
        pytest.param({"days_ago": 6}, 1, ("open", "person", "no_time"), id="only a person's days are left"),
        pytest.param({"number": ""}, 1, ("open", "person", "no_number"), id="no number"),
        pytest.param({"is_published": False}, 1, ("open", "person", "flow_not_published"), id="no flow"),
    ],
)
def test_what_no_line_can_make_is_a_person_s_with_the_reason(
    runtime: Runtime, how: dict[str, Any], arranged: int, stands: tuple[str, str, str]
) -> None:
    promised = Promised(runtime, **how)

    assert promised.arrange() == arranged
    assert promised.stands() == stands
    assert promised.rows(Delivery) == []
    assert promised.arrange() == 0


def test_rivals_make_one_call(runtime: Runtime) -> None:
    promised = Promised(runtime)
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        promised.arrange()

    rivals = [threading.Thread(target=one) for _ in range(4)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert len(promised.rows(Delivery)) == 1
    assert promised.stands() == CALLING


def test_a_process_that_dies_half_way_leaves_neither_two_calls_nor_none(runtime: Runtime) -> None:
    promised = Promised(runtime)
    with pytest.raises(KeyboardInterrupt):
        promised.arrange_and_die()
    assert promised.rows(Delivery) == []

    promised.arrange()
    promised.arrange()
    assert len(promised.rows(Delivery)) == 1

    promised.talks(satisfaction="5")
    promised.ends("reached")
    with pytest.raises(KeyboardInterrupt):
        promised.hear_and_die()
    assert promised.stands() == CALLING
    assert promised.hear() == 1
    assert promised.hear() == 0
    assert promised.stands()[0] == "done"


def test_a_good_score_keeps_the_promise_and_counts_for_the_plan(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    promised.talks(satisfaction="4", on_time="yes")
    promised.ends("reached")

    assert promised.hear() == 1
    first, second = promised.rows(FollowUp)
    (record,), (source,) = promised.rows(CallRecord), promised.rows(Source)
    assert (first.state, first.is_on_time, first.tries, first.blocks) == ("done", True, 1, ["usage"])
    assert (second.step, second.earliest_on, second.due_on) == (
        "second",
        date(2026, 11, 25),
        date(2026, 12, 2),
    )
    assert (record.satisfaction, record.answers) == (4, {"satisfaction": "4", "on_time": "yes"})
    assert (record.outcome, record.demand, record.blocks) == ("reached", "none", ["usage"])
    assert record.noted_at
    assert source.state == "done"


def test_nobody_judges_before_the_last_words_have_arrived(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    promised.ends("reached")
    with promised.session() as session:
        assert called.hear(session, session.get_one(Tenant, 1), clock.now()) == 0


@pytest.mark.parametrize(
    ("talk", "end", "reason"),
    [
        pytest.param({"satisfaction": "2"}, {}, "low_score", id="a low score"),
        pytest.param({"takes_part": "yes"}, {}, "no_score", id="hung up before the opinion"),
        pytest.param({}, {}, "hung_up", id="said nothing"),
        pytest.param(None, {}, "hung_up", id="taken, and nothing is known of it"),
        pytest.param(None, {"state": "failed", "cause": "no_answer"}, "no_answer", id="nobody answered by the last try"),
        pytest.param(None, {"state": "blocked", "reason": "opted_out"}, "opted_out", id="the policy says no, and why"),
        pytest.param(
            None, {"state": "blocked", "reason": "frequency", "cause": "no_answer"}, "no_answer", id="tried as often as the policy lets"
        ),
        pytest.param(None, {"state": "expired"}, "no_time", id="its days were over"),
        pytest.param(None, {"state": "unknown", "reason": "unknown"}, "unknown", id="nobody knows"),
    ],
)  # fmt: skip
def test_what_comes_to_nothing_is_given_back_to_its_owner(
    runtime: Runtime, talk: dict[str, str] | None, end: dict[str, Any], reason: str
) -> None:
    promised = Promised(runtime)
    promised.arrange()
    if talk is not None:
        promised.talks(**talk)
    promised.ends(**{"state": "reached", **end})

    assert promised.hear() == 1
    assert promised.stands() == ("open", "person", reason)
    assert promised.arrange() == 0
    with promised.session() as session:
        assert promised.one(session).owner_id == 2


def test_who_does_not_want_to_be_called_is_given_back_with_the_rule(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    promised.talks(takes_part="no")
    with promised.session() as session:
        calls.refused(session, [f"{CALL[:-1]}0"])
        session.add(Suppression(tenant_id=1, address=NUMBER, scope="all", reason="keypress", source="x", at=clock.now()))  # fmt: skip
    promised.ends("reached")
    promised.hear()

    assert promised.stands() == ("open", "person", "suppressed")


@pytest.mark.parametrize(
    ("kind", "stands", "demand"),
    [
        pytest.param("call_back", ("open", "person", "asked_for_person"), "none", id="asked for a person"),
        pytest.param("complaint", ("done", "call_then_person", ""), "complaint", id="a complaint is a case"),
    ],
)
def test_cases_opened_during_the_call_count(
    runtime: Runtime, kind: str, stands: tuple[str, str, str], demand: str
) -> None:
    promised = Promised(runtime)
    promised.arrange()
    promised.talks(satisfaction="4")
    with promised.session() as session:
        cases.open_case(session, session.get_one(Tenant, 1), f"call:{CALL[:-1]}0:3:1", kind=kind, who="x")
    promised.ends("reached")
    promised.hear()

    assert promised.stands() == stands
    assert promised.rows(CallRecord)[0].demand == demand


def test_a_low_score_of_a_step_without_a_person_is_a_case_once(runtime: Runtime) -> None:
    promised = Promised(runtime, by="call")
    promised.arrange()
    promised.talks(satisfaction="1")
    promised.ends("reached")
    promised.hear()

    assert promised.stands() == ("done", "call", "")
    (case,) = promised.rows(Case)
    assert (case.kind, case.owner_id, case.work_order_id, case.text) == ("low_score", 2, 1, "satisfaction 1")


def test_calls_nobody_answered_are_on_record_each(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    promised.ends("failed", attempts=3, outcome="busy", cause="busy")
    promised.hear()

    assert [(row.outcome, row.follow_up_id) for row in promised.rows(CallRecord)] == [("busy", 1)] * 3
    with promised.session() as session:
        assert promised.one(session).tries == 3


def test_a_person_who_calls_first_stops_the_line(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    with promised.session() as session:
        calls.record(
            session, session.get_one(Tenant, 1), Said(points="All is well."), direction="out", who="ann",
            customer_id=1, agent_id=2, follow_up=promised.one(session),
        )  # fmt: skip

    assert promised.stands()[0] == "done"
    assert promised.rows(Source)[0].state == "stopped"


def test_a_person_can_take_a_call_over_once(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    with promised.session() as session:
        automated.take_over(session, promised.one(session), "ann")

    assert promised.stands() == ("open", "person", "taken_over")
    assert promised.rows(Source)[0].state == "stopped"
    with promised.session() as session, pytest.raises(Conflict, match="a person makes this call already"):
        automated.take_over(session, promised.one(session), "bob")


def test_who_is_not_to_be_called_any_more_is_not(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    with promised.session() as session:
        follow_ups.cancel(session, promised.one(session), "sold", "sue")

    assert promised.rows(Source)[0].state == "stopped"


def test_no_line_repeats_what_a_person_has_talked_about(runtime: Runtime) -> None:
    promised = Promised(runtime, by="person", rules=USED)
    with promised.session() as session:
        calls.record(
            session, session.get_one(Tenant, 1), Said(points="Well.", blocks=("offers",)), direction="out", who="ann",
            customer_id=1, agent_id=2, follow_up=promised.one(session),
        )  # fmt: skip
    clock.advance(timedelta(days=8))
    promised.arrange()

    with promised.session() as session:
        second = session.scalars(select(FollowUp).where(FollowUp.step == "second")).one()
        assert (second.state, second.means, second.reason) == ("open", "person", "block_used")


def test_tries_that_nobody_waits_for_any_more_are_on_record_once(runtime: Runtime) -> None:
    promised = Promised(runtime)
    promised.arrange()
    promised.ends("cancelled", attempts=2, outcome="busy")
    with promised.session() as session:
        automated.take_over(session, promised.one(session), "sue")

    for expected in (1, 0):
        with promised.session() as session:
            tenant, soon = session.get_one(Tenant, 1), clock.now() + timedelta(minutes=1)
            assert calls_made.put_rest(session, tenant, soon) == expected
    records = promised.rows(CallRecord)
    assert [(one.outcome, one.follow_up_id) for one in records] == [("busy", 1), ("busy", 1)]
