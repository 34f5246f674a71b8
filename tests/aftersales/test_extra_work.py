"""Extra work: asked by call, then by text; answered once, with proof; a person's where nobody answers in time (R-56, R-57)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import calls, extra_work, outreach_heard, settings, work_orders
from aftersales.calls import Heard
from aftersales.extra_work import Found
from aftersales.models import ExtraWork, FollowUp, Outreach, WorkOrder, WorkOrderStep
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, WrongFields
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber
from flows.language.rules import Rules
from flows.publish import library, publish
from outbound.models import Attempt, Delivery, InboundText, Sender, Source

pytestmark = pytest.mark.storage
NUMBER, CHINESE = "+14155552001", "+8613817704401"
CALL = "CA" + "1" * 32


class Shop:
    """Tenant 1 with one job in the workshop."""

    def __init__(
        self, runtime: Runtime, number: str = NUMBER, rules: str = "automated: {pick_up: [voice, sms]}"
    ) -> None:
        self.runtime = runtime
        with self.session() as session:
            tenant = session.get_one(Tenant, 1)
            settings.change(session, tenant, settings.read(rules), "test")
            for flow in ("extra_work", "pick_up"):
                publish(session, 1, library(flow), Rules(), clock.now())
            customer = Customer(tenant_id=1, name="Li Lei", agent_id=2, created_at=clock.now())
            session.add(customer)
            for channel in ("voice", "sms"):
                session.add(Sender(tenant_id=1, channel=channel, address="+18005550100", rate_per_s=1.0, next_at=clock.now()))  # fmt: skip
            session.flush()
            session.add(CustomerNumber(tenant_id=1, customer_id=customer.id, address=number, kind="mobile"))
            order = work_orders.open_order(session, tenant, number="W1", customer_id=customer.id, currency="USD", origin="test", who="x")  # fmt: skip
            work_orders.advance(session, tenant, order, "workshop", "x")

    def session(self) -> Any:
        return self.runtime.database.session(1)

    def ask(self, item: str = "Brake discs", cents: int = 128_000, hours: float = 3) -> int:
        with self.session() as session:
            found = Found(item, cents, clock.now() + timedelta(hours=hours))
            order = work_orders.get(session, 1)
            return extra_work.ask(session, session.get_one(Tenant, 1), order, found, "x").id

    def advance(self, to: str) -> None:
        with self.session() as session:
            work_orders.advance(session, session.get_one(Tenant, 1), work_orders.get(session, 1), to, "x")

    def arrange(self) -> None:
        with self.session() as session:
            outreach_heard.arrange(session, session.get_one(Tenant, 1), clock.now())

    def hear(self) -> None:
        clock.advance(timedelta(minutes=2))
        with self.session() as session:
            outreach_heard.hear(session, session.get_one(Tenant, 1), clock.now())

    def ends(self, channel: str, state: str, outcome: str = "reached", **values: Any) -> None:
        with self.session() as session:
            delivery = session.scalars(select(Delivery).where(Delivery.channel == channel)).one()
            delivery.state, delivery.attempts, delivery.ended_at = state, 1, clock.now()
            for name, value in values.items():
                setattr(delivery, name, value)
            attempt = self._attempt(session, delivery)
            attempt.state, attempt.outcome = "ended", outcome

    def _attempt(self, session: ScopedSession, delivery: Delivery) -> Attempt:
        found = session.scalar(select(Attempt).where(Attempt.delivery_id == delivery.id))
        if found is None:
            sender = session.scalars(select(Sender.id).where(Sender.channel == delivery.channel)).one()
            found = Attempt(
                tenant_id=1, delivery_id=delivery.id, source_id=delivery.source_id, channel=delivery.channel, address=delivery.address,
                sender_id=sender, token=delivery.channel, state="accepted", carrier_id=CALL if delivery.channel == "voice" else "SM1",
                started_at=clock.now(),
            )  # fmt: skip
            session.add(found)
        return found

    def keys(self, **answers: str) -> None:
        with self.session() as session:
            self._attempt(session, session.scalars(select(Delivery).where(Delivery.channel == "voice")).one())
            calls.heard(session, [Heard(1, CALL, "out", clock.now(), 1, NUMBER)])
            calls.spoke(session, [CALL])
            calls.answered(session, {CALL: answers})

    def texts(self, answer: str) -> None:
        with self.session() as session:
            delivery = session.scalars(select(Delivery).where(Delivery.channel == "sms")).one()
            session.add(
                InboundText(
                    tenant_id=1, carrier_id="SM9", from_address=NUMBER, to_address="+18005550100", body="1", kind="answer",
                    answer=answer, delivery_id=delivery.id, at=clock.now(),
                )
            )  # fmt: skip

    def rows(self, model: Any) -> list[Any]:
        with self.runtime.database.reading(1) as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return found

    def extra(self) -> ExtraWork:
        (found,) = self.rows(ExtraWork)
        assert isinstance(found, ExtraWork)
        return found


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    return Shop(runtime)


def test_the_customer_is_called_and_the_job_waits(shop: Shop) -> None:
    shop.ask()
    shop.arrange()

    (delivery,), (source,), (order,) = shop.rows(Delivery), shop.rows(Source), shop.rows(WorkOrder)
    assert (source.channel, source.purpose, source.campaign) == ("voice", "transactional", "")
    assert (delivery.variables["item"], delivery.variables["price"]) == ("Brake discs", "1,280.00 US dollars")
    assert (order.state, shop.extra().state) == ("extra_work", "asked")


def test_the_same_work_is_asked_about_once(shop: Shop) -> None:
    assert shop.ask() == shop.ask()
    shop.arrange()
    shop.arrange()

    assert len(shop.rows(Delivery)) == 1


@pytest.mark.parametrize(("key", "state", "items"), [("yes", "agreed", 1), ("no", "refused", 0)])
def test_a_key_is_the_answer_at_once_and_its_proof_is_kept(
    shop: Shop, key: str, state: str, items: int
) -> None:
    shop.ask()
    shop.arrange()
    shop.keys(consent=key)
    shop.hear()

    extra, (order,) = shop.extra(), shop.rows(WorkOrder)
    assert extra.state == state
    assert extra.proof.startswith(f"call {CALL}, 2026-11-18 17:00 UTC, {NUMBER}: answer: {key}")
    assert extra.proof.endswith("asked: Brake discs, 1,280.00 US dollars")
    assert len(order.items) == items
    assert f"extra_{state}" in [step.what for step in shop.rows(WorkOrderStep)]
    assert shop.rows(FollowUp) == []


@pytest.mark.parametrize(
    "end",
    [
        pytest.param({"state": "failed", "outcome": "no_answer", "cause": "no_answer"}, id="nobody answered"),
        pytest.param({"state": "reached"}, id="hung up"),
        pytest.param({"state": "blocked", "outcome": "", "reason": "number_type"}, id="the policy says no"),
    ],
)
def test_a_call_that_comes_to_nothing_is_followed_by_a_text(shop: Shop, end: dict[str, Any]) -> None:
    shop.ask()
    shop.arrange()
    shop.ends("voice", **end)
    shop.hear()
    assert [row.channel for row in shop.rows(Delivery)] == ["voice", "sms"]

    shop.ends("sms", "reached")
    shop.hear()
    assert shop.extra().state == "asked", "the text waits for its reply"

    shop.texts("yes")
    shop.hear()
    extra = shop.extra()
    assert (extra.state, extra.proof.partition(",")[0]) == ("agreed", "text SM9")
    assert '"1"; asked: Brake discs' in extra.proof


def test_without_an_answer_by_the_deadline_a_person_calls(shop: Shop) -> None:
    shop.ask(hours=1)
    shop.arrange()
    shop.ends("voice", "failed", outcome="busy", cause="busy")
    shop.hear()
    shop.ends("sms", "reached")
    clock.advance(timedelta(hours=1))
    shop.hear()

    (call,) = shop.rows(FollowUp)
    assert (shop.extra().state, shop.rows(Outreach)[0].reason) == ("unanswered", "no_answer")
    assert (call.step, call.means, call.owner_id, call.reason) == ("extra_work", "person", 2, "no_answer")
    assert call.topic == "W1, Brake discs, 1,280.00 US dollars"

    shop.texts("no")
    shop.hear()
    assert shop.extra().state == "refused", "late is better than never"
    assert shop.rows(FollowUp)[0].state == "cancelled"


def test_who_asks_for_a_person_gets_one_at_once(shop: Shop) -> None:
    shop.ask()
    shop.arrange()
    shop.keys(consent="asked_for_person")
    shop.hear()

    assert [row.reason for row in shop.rows(FollowUp)] == ["asked_for_person"]
    assert len(shop.rows(Delivery)) == 1


def test_nobody_in_china_is_asked_to_answer_a_text(runtime: Runtime) -> None:
    shop = Shop(runtime, CHINESE)
    shop.ask()
    shop.arrange()
    shop.ends("voice", "failed", outcome="busy", cause="busy")
    shop.hear()

    assert [row.channel for row in shop.rows(Delivery)] == ["voice"]
    assert [row.reason for row in shop.rows(FollowUp)] == ["text_one_way"]


def test_an_answer_counts_once(shop: Shop) -> None:
    shop.ask()
    shop.arrange()
    with shop.session() as session:
        extra_work.answer(session, extra_work.get(session, 1), True, "at the desk, 10:05", "ann")
    shop.keys(consent="no")
    shop.hear()

    assert (shop.extra().state, shop.extra().proof) == ("agreed", "at the desk, 10:05")
    assert [row.state for row in shop.rows(Source)] == ["stopped"]
    with shop.session() as session, pytest.raises(Conflict, match="an answer counts once"):
        extra_work.answer(session, extra_work.get(session, 1), False, "by telephone", "ann")


def test_a_job_that_is_over_needs_no_answer(shop: Shop) -> None:
    shop.ask()
    shop.arrange()
    shop.advance("cancelled")

    assert (shop.extra().state, shop.rows(Outreach)[0].state) == ("withdrawn", "withdrawn")
    assert shop.rows(Source)[0].state == "stopped"


@pytest.mark.parametrize(
    ("found", "fields"),
    [
        pytest.param({"item": " "}, ["item"], id="nothing"),
        pytest.param({"item": "x" * 101}, ["item"], id="too much"),
        pytest.param({"cents": -1}, ["price_cents"], id="less than nothing"),
        pytest.param({"hours": -1}, ["answer_by"], id="a deadline that has passed"),
    ],
)
def test_what_makes_no_sense_is_said_by_field(shop: Shop, found: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(WrongFields) as refused:
        shop.ask(**found)

    assert [fault.field for fault in refused.value.faults] == fields
    assert shop.rows(ExtraWork) == []


def test_a_job_that_is_ready_is_told_of_once(shop: Shop) -> None:
    shop.advance("ready")
    shop.arrange()
    shop.keys(x="1")
    shop.ends("voice", "reached")
    shop.hear()

    (one,) = shop.rows(Outreach)
    assert (one.kind, one.state) == ("pick_up", "told")
    assert shop.rows(FollowUp) == []


def test_who_cannot_be_told_is_called_until_the_vehicle_is_gone(shop: Shop) -> None:
    shop.advance("ready")
    shop.arrange()
    shop.ends("voice", "failed", outcome="busy", cause="busy")
    shop.hear()
    shop.ends("sms", "failed", outcome="undelivered", cause="handset_off")
    shop.hear()
    assert [(row.step, row.state, row.reason) for row in shop.rows(FollowUp)] == [("pick_up", "open", "handset_off")]  # fmt: skip

    shop.advance("delivered")
    assert [row.state for row in shop.rows(FollowUp) if row.step == "pick_up"] == ["cancelled"]


def test_nobody_is_told_where_the_company_does_not_want_it(runtime: Runtime) -> None:
    shop = Shop(runtime, rules="{}")
    shop.advance("ready")

    assert shop.rows(Outreach) == []
