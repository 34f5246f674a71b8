"""The slice against a real exchange: what is sent, what is written down, and what never happens twice."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core import clock, holds
from core.carriers.words import End
from customers.models import Customer, Touch
from customers.suppression import opt_out
from outbound import breaker, deliveries
from outbound.claim import claim
from outbound.dispatch import run_sender, send_all, senders
from outbound.ending import Ended, settle_ends
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.slices import Slice, open_lane
from outbound.success import stop_rest
from tests.outbound.conftest import Build
from tests.plant import Plant, population

MOBILES = [f"+1415555{n:04}" for n in range(2001, 2021)]
FAXES = [f"+1213555{n:04}" for n in range(2001, 2011)]
FAX_PREFIX = {"prefixes": {"+1213": "fax"}}


def outcomes(plant: Plant) -> list[tuple[str, str, str]]:
    with plant.session() as session:
        return [
            (one.state, one.outcome, one.code)
            for one in session.scalars(select(Attempt).order_by(Attempt.id))
        ]


@pytest.mark.storage
@pytest.mark.parametrize("channel", ["sms", "fax"])
def test_everyone_is_reached_once(build: Build, channel: str, database_url: str) -> None:
    # a busy machine takes its time: within the short window of other tests a slice may be too late, and rightly be taken back
    plant = build(population(FAX_PREFIX), url=database_url, submit_window_s=30)
    numbers = FAXES if channel == "fax" else MOBILES
    plant.deliver(channel, *numbers)

    plant.run_until(plant.is_over)

    assert set(plant.states().values()) == {"reached"}
    assert sorted(row["to"] for row in plant.contacts()) == numbers
    assert {state for state, _, _ in outcomes(plant)} == {"ended"}
    with plant.session() as session:
        assert {touch.state for touch in session.scalars(select(Touch))} == {"made"}


NUMBER = "+14155552001"


@pytest.mark.parametrize(
    ("behaviour", "state", "sent"),
    [
        pytest.param({"text": "delivered"}, "reached", 1, id="delivered"),
        pytest.param({"text": "landline"}, "failed:bad_number", 1, id="a landline is not tried again"),
        pytest.param({"text": "filtered"}, "failed:filtered", 1, id="what was filtered is not sent again"),
        pytest.param(
            {"text": ["unreachable", "delivered"]}, "reached", 2, id="a phone that is off is tried again"
        ),
        pytest.param({"text": "unreachable"}, "failed:handset_off", 3, id="but not for ever"),
        pytest.param({"text": "refused"}, "failed:bad_number", 0, id="refused at once"),
    ],
)
def test_an_sms_ends_by_its_cause(build: Build, behaviour: dict[str, object], state: str, sent: int) -> None:
    plant = build(population({"numbers": {NUMBER: behaviour}}))
    plant.deliver("sms", NUMBER, retries={"handset_off": {"times": 2, "after_s": 60}})

    plant.run_until(plant.is_over)

    assert plant.states() == {NUMBER: state}
    assert len(plant.contacts()) == sent


@pytest.mark.parametrize(
    ("behaviour", "state", "sent"),
    [
        pytest.param({"fax": "good"}, "reached", 1, id="good"),
        pytest.param({"fax": ["busy", "busy", "good"]}, "reached", 3, id="busy is tried again"),
        pytest.param({"fax": "invalid"}, "failed:bad_number", 1, id="a bad number never again"),
    ],
)
def test_a_fax_ends_by_its_cause(build: Build, behaviour: dict[str, object], state: str, sent: int) -> None:
    plant = build(population({"numbers": {NUMBER: {"kind": "fax", **behaviour}}}))
    quick = {"busy": {"times": 5, "after_s": 60}, "not_a_fax": {"times": 1, "after_s": 60}}
    plant.deliver("fax", NUMBER, retries=quick)

    plant.run_until(plant.is_over)

    assert plant.states() == {NUMBER: state}
    assert len(plant.contacts()) == sent


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        pytest.param({"kind": "drop_answer"}, 1, id="the answer is lost after the carrier has sent"),
        pytest.param({"kind": "error_after"}, 1, id="a 500 after the carrier has sent"),
        pytest.param({"kind": "refuse_503"}, 1, id="a 503 before it has: proven absent, sent once"),
        pytest.param({"kind": "refuse_429"}, 1, id="a 429 is surely not sent"),
    ],
)
def test_a_fault_at_the_carrier_neither_loses_nor_doubles(
    build: Build, fault: dict[str, object], sent: int
) -> None:
    plant = build()
    plant.exchange.fault(channel="texts", count=1, **fault)  # type: ignore[arg-type]  # a table row
    plant.deliver("sms", NUMBER)

    plant.run_until(plant.is_over, timeout_s=40)

    assert plant.states() == {NUMBER: "reached"}
    assert len(plant.contacts()) == sent


def test_at_night_a_delivery_is_held_until_its_hour(build: Build) -> None:
    plant = build()
    clock.turn(clock.Turn(clock.real(), clock.now().replace(hour=9), 1.0))  # 01:00 in Los Angeles
    plant.deliver("sms", NUMBER, purpose="marketing")
    plant.step()

    assert plant.states() == {NUMBER: "held:quiet_hours"}
    with plant.session() as session:
        due_at = session.scalars(select(Delivery.due_at)).one()
    assert (due_at.hour, due_at.minute) == (16, 0)  # 08:00 in Los Angeles
    assert plant.contacts() == []


def test_without_consent_a_delivery_is_blocked(build: Build) -> None:
    plant = build()
    plant.deliver("sms", NUMBER, purpose="marketing")
    with plant.session() as session:
        from customers.models import ConsentEvent

        for event in session.scalars(select(ConsentEvent)):
            session.delete(event)

    plant.step()

    assert plant.states() == {NUMBER: "blocked:consent"}
    assert plant.contacts() == []


@pytest.mark.storage
@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("pause", "pending"),
        ("hold", "pending"),
        ("reached otherwise", "cancelled:reached"),
        ("opt out", "blocked:opted_out"),
    ],
)
def test_what_happens_between_claim_and_send_is_honoured(
    build: Build, change: str, state: str, database_url: str
) -> None:
    plant = build(url=database_url)
    source_id = plant.deliver("sms", NUMBER, purpose="marketing")
    sender_id, tenant_id, channel = next(row for row in senders(plant.runtime) if row[2] == "sms")
    with plant.session() as session:
        claimed = claim(session, sender_id, 60)
    with plant.session() as session:
        match change:
            case "pause":
                deliveries.pause(session, session.get_one(Source, source_id), "lunch")
            case "hold":
                holds.hold(session, None, "stopped", "test")
            case "reached otherwise":
                assert stop_rest(session, [work.delivery_id for work in claimed.work], clock.now()) == 1
            case _:
                opt_out(session, 1, NUMBER, "marketing", "key", "test", clock.now())
    lane = open_lane(plant.runtime, plant.pool, sender_id, tenant_id, channel)
    slice_ = Slice(lane, claimed.work, clock.monotonic() + 60, clock.monotonic(), 0.0)
    send_all(lane, deque(slice_.chunks()), lambda: False)
    plant.step()

    assert plant.states() == {NUMBER: state}
    assert plant.contacts() == []


def test_a_paused_source_sends_nothing_and_goes_on_when_resumed(build: Build) -> None:
    plant = build()
    source_id = plant.deliver("sms", *MOBILES)
    with plant.session() as session:
        deliveries.pause(session, session.get_one(Source, source_id), "lunch")
    plant.step()
    assert plant.contacts() == []

    with plant.session() as session:
        deliveries.resume(session, session.get_one(Source, source_id))
    plant.run_until(plant.is_over)

    assert len(plant.contacts()) == len(MOBILES)


def test_a_stopped_source_gives_up_what_waits(build: Build) -> None:
    plant = build()
    source_id = plant.deliver("sms", *MOBILES)
    with plant.session() as session:
        assert deliveries.stop(session, session.get_one(Source, source_id), "cancelled") == len(MOBILES)

    plant.step()

    assert set(plant.states().values()) == {"cancelled:cancelled"}
    assert plant.contacts() == []


def test_a_claim_whose_lease_expired_is_taken_back_and_sent_once(build: Build) -> None:
    plant = build()
    plant.deliver("sms", NUMBER)
    sender_id = next(row[0] for row in senders(plant.runtime) if row[2] == "sms")
    with plant.session() as session:
        assert len(claim(session, sender_id, lease_s=0.0).work) == 1

    plant.run_until(plant.is_over)

    assert [state for state, _, _ in outcomes(plant)] == ["released", "ended"]
    assert len(plant.contacts()) == 1


def test_a_source_that_has_ended_at_the_carrier_stops_its_sender(build: Build) -> None:
    plant = build(exchange_auth_token="wrong")  # the point of the test
    plant.deliver("sms", NUMBER)

    plant.step()

    assert plant.states() == {NUMBER: "pending"}
    with plant.session() as session:
        sender = session.scalars(select(Sender).where(Sender.channel == "sms")).one()
        assert sender.state == "stopped"
        assert sender.reason.startswith("20003")


def test_one_address_has_one_open_attempt_though_two_sources_want_it(build: Build) -> None:
    plant = build()
    plant.deliver("sms", NUMBER)
    with plant.session() as session:
        customer_id = session.scalars(select(Customer.id)).one()
        content = {"texts": {"en": {"text": "Hello again"}}, "variables": {}}
        other = deliveries.open_source(session, 1, "other", channel="sms", purpose="service", content=content)
        wanted = [deliveries.Wanted(customer_id, NUMBER, "en", {})]
        deliveries.add(session, other, wanted, clock.now(), clock.now() + timedelta(days=1))
        sender_id = next(row[0] for row in senders(plant.runtime) if row[2] == "sms")
    with plant.session() as session:
        first = claim(session, sender_id, 60).work
    with plant.session() as session:
        second = claim(session, sender_id, 60).work

    assert (len(first), len(second)) == (1, 0)


def test_a_rate_is_kept(build: Build) -> None:
    plant = build(submit_window_s=30)
    plant.deliver("sms", *MOBILES)
    with plant.session() as session:
        sender = session.scalars(select(Sender).where(Sender.channel == "sms")).one()
        sender.rate_per_s = 5.0
        sender_id = sender.id

    counts = plant.run_slice(sender_id, 1, "sms")

    assert counts["accepted"] == 10, "two seconds' worth"
    with plant.session() as session:
        times = sorted(session.scalars(select(Attempt.submitted_at)))
        assert session.get_one(Sender, sender_id).next_at - times[0] >= timedelta(seconds=1.5)


def test_a_person_who_answers_a_fax_is_left_alone_for_hours(build: Build) -> None:
    plant = build(population({"numbers": {NUMBER: {"kind": "fax", "fax": "voice"}}}))
    plant.deliver("fax", NUMBER, retries={"not_a_fax": {"times": 1, "after_s": 30}})

    plant.run_until(lambda: plant.states() == {NUMBER: "held:not_a_fax"})

    with plant.session() as session:
        assert session.scalars(select(Delivery.reason)).one() == "frequency"
    assert len(plant.contacts()) == 1


def sender_of(plant: Plant, channel: str, rate_per_s: float) -> int:
    with plant.session() as session:
        sender = session.scalars(select(Sender).where(Sender.channel == channel)).one()
        sender.rate_per_s = rate_per_s
        found: int = sender.id
        return found


def test_an_outage_costs_a_few_unknowns_and_not_the_campaign(build: Build) -> None:
    plant = build()
    plant.exchange.fault(kind="error_after", channel="texts", count=1_000)
    plant.deliver("sms", *(f"+1415555{n:04}" for n in range(3000, 3200)))
    sender_id = sender_of(plant, "sms", 200.0)

    for _ in range(4):
        plant.run_slice(sender_id, 1, "sms")

    states = Counter(state for state, _, _ in outcomes(plant))
    assert states["unknown"] <= plant.runtime.config.send_threads + breaker.IN_A_ROW
    assert states["released"] > 100
    assert Counter(plant.states().values())["active"] == states["unknown"]


def test_a_worker_that_stops_leaves_nothing_unknown(build: Build) -> None:
    plant = build(submit_window_s=30)
    plant.deliver("sms", *MOBILES[:8])
    sender_id = sender_of(plant, "sms", 4.0)

    running = threading.Thread(target=plant.run_slice, args=(sender_id, 1, "sms"))
    running.start()
    deadline = time.monotonic() + 30
    while not plant.contacts():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    plant.runtime.stopping.set()
    running.join(20)

    assert not running.is_alive()
    states = Counter(state for state, _, _ in outcomes(plant))
    assert set(states) <= {"accepted", "released"}
    assert states["accepted"] == len(plant.contacts()) < 8, "what waited for its turn stayed here"


def test_content_that_cannot_be_made_fails_its_delivery_and_stops_nobody(build: Build) -> None:
    plant = build()
    plant.deliver("sms", NUMBER)
    with plant.session() as session:
        session.scalars(select(Source)).one().content = {"texts": {"en": {"wrong": "Hello"}}}
    plant.deliver("sms", MOBILES[1])

    plant.run_until(plant.is_over)

    assert plant.states() == {NUMBER: "failed:unknown_cause", MOBILES[1]: "reached"}


def test_nothing_is_claimed_while_opt_outs_may_wait_in_the_spool(build: Build) -> None:
    plant = build()
    plant.deliver("sms", NUMBER)
    sender_id = sender_of(plant, "sms", 100.0)
    plant.runtime.spool.append("receipt", {"token": "x", "channel": "sms"})

    assert not run_sender(plant.runtime, plant.pool, sender_id, 1, "sms").total()
    assert outcomes(plant) == []


def test_a_loop_ends_when_nothing_is_due(build: Build) -> None:
    plant = build()
    plant.deliver("sms", NUMBER)
    with plant.session() as session:
        session.scalars(select(Delivery)).one().customer_id = None

    assert run_sender(plant.runtime, plant.pool, sender_of(plant, "sms", 100.0), 1, "sms") == {"blocked": 1}


@pytest.mark.parametrize("pages", [0, 1])
def test_a_page_that_arrived_is_not_faxed_again(build: Build, pages: int) -> None:
    plant = build()
    plant.deliver("fax", FAXES[0], retries={"cut": {"times": 3, "after_s": 60}})
    sender_id = sender_of(plant, "fax", 10.0)
    with plant.session() as session:
        [work] = claim(session, sender_id, 60).work
        session.execute(update(Attempt).values(state="accepted", carrier_id="FX1"))
        end = End("failed", "cut")
        settle_ends(session, [Ended(work.attempt_id, work.delivery_id, end, "49", clock.now(), pages=pages)])

    assert plant.states() == {FAXES[0]: "failed:cut" if pages else "pending:cut"}
