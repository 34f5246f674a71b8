"""Quotes: what a job costs is sent once for the same work, by text or in writing; a person calls whom nothing reaches (R-58)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aftersales import outreach_heard, quoting, work_orders
from aftersales.models import FollowUp, Letter, Outreach, WorkOrderStep
from core import clock
from core.errors import Conflict, Invalid
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer
from outbound.models import Delivery
from tests.aftersales.test_extra_work import Shop

pytestmark = pytest.mark.storage
PRICED = [{"text": "Brake discs", "price_cents": 128_000}, {"text": "Fluid", "price_cents": 2_550}]


class Quoting(Shop):
    """The job has prices."""

    def __init__(self, runtime: Runtime, rules: str = "{}", items: list[dict[str, Any]] = PRICED) -> None:
        super().__init__(runtime, rules=rules)
        with self.session() as session:
            work_orders.get(session, 1).items = items

    def quote(self) -> None:
        with self.session() as session:
            quoting.send(session, session.get_one(Tenant, 1), work_orders.get(session, 1), "ann")

    def work(self) -> None:
        with self.session() as session:
            for job in (outreach_heard.arrange, outreach_heard.hear):
                job(session, session.get_one(Tenant, 1), clock.now())


def test_the_customer_is_texted_the_work_and_its_price_once(runtime: Runtime) -> None:
    shop = Quoting(runtime)
    shop.quote()
    shop.quote()
    shop.work()

    assert [step.note for step in shop.rows(WorkOrderStep) if step.what == "quoted"] == [
        "1,305.50 US dollars"
    ]
    (text,) = shop.rows(Delivery)
    assert (text.channel, text.variables["job"], text.variables["total"]) == (
        "sms",
        "W1",
        "1,305.50 US dollars",
    )
    assert text.variables["items"] == "Brake discs 1,280.00 US dollars; Fluid 25.50 US dollars"


def test_another_price_is_another_quote(runtime: Runtime) -> None:
    shop = Quoting(runtime)
    shop.quote()
    with shop.session() as session:
        work_orders.get(session, 1).items = PRICED[:1]
    shop.quote()

    assert len(shop.rows(Outreach)) == 2


def test_whom_no_line_reaches_is_called_or_written_to(runtime: Runtime) -> None:
    rules = 'automated: {quote: [post], variables: {company_phone: "+18005550100"}}'
    shop = Quoting(runtime, rules)
    shop.quote()
    shop.work()
    assert [(call.step, call.reason) for call in shop.rows(FollowUp)] == [("quote", "no_address")]

    with shop.session() as session:
        session.get_one(Customer, 1).address = "12 Quay Road"
        work_orders.get(session, 1).items = PRICED[:1]
    shop.quote()
    shop.work()
    assert [letter.subject for letter in shop.rows(Letter)] == ["Quote for W1, job W1"]


def _deliver(shop: Quoting) -> None:
    with shop.session() as session:
        work_orders.advance(
            session, session.get_one(Tenant, 1), work_orders.get(session, 1), "delivered", "x"
        )


@pytest.mark.parametrize(
    ("rules", "items", "before", "error"),
    [
        pytest.param("{}", [], lambda shop: None, Invalid, id="nothing is to be done"),
        pytest.param(
            "{}", [{"text": "Look", "price_cents": 0}], lambda shop: None, Invalid, id="nothing has a price"
        ),
        pytest.param("automated: {quote: []}", PRICED, lambda shop: None, Invalid, id="by no line"),
        pytest.param("{}", PRICED, _deliver, Conflict, id="the job is over"),
    ],
)
def test_what_cannot_be_quoted_is_told(
    runtime: Runtime,
    rules: str,
    items: list[dict[str, Any]],
    before: Callable[[Quoting], None],
    error: type[Exception],
) -> None:
    shop = Quoting(runtime, rules, items)
    before(shop)
    with pytest.raises(error):
        shop.quote()

    assert shop.rows(Outreach) == []


def test_a_quote_that_waits_is_given_up_with_the_job(runtime: Runtime) -> None:
    shop = Quoting(runtime)
    shop.quote()
    _deliver(shop)
    shop.work()

    assert [one.state for one in shop.rows(Outreach) if one.kind == "quote"] == ["withdrawn"]
    assert shop.rows(Delivery) == []
