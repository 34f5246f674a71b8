"""Texts that may be opt-outs: who decides, what each decision does, and what waits meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core import clock
from core.db import Database
from core.errors import Conflict, NotFound
from core.models import AuditEntry
from core.states import move_all
from customers.models import Suppression
from outbound import inbound, reviewing
from outbound.models import Delivery
from tests.outbound.desk import ADDRESS, NUMBERS, Desk


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    found = Desk(database)
    found.attempt()
    with found.session() as session:
        move_all(session, Delivery, Delivery.id == 1, "pending")
        move_all(session, Delivery, Delivery.id == 1, "held", reason="review")
    yield found
    database.close()


def write(desk: Desk, body: str, sid: str) -> None:
    form: dict[str, Any] = {"MessageSid": sid, "From": ADDRESS, "To": NUMBERS["sms"], "Body": body}
    with desk.session() as session:
        inbound.apply(session, [inbound.noted(MultiDict(form))])


def decide(desk: Desk, text_id: int, decision: str) -> None:
    with desk.database.session(1) as session:
        reviewing.decide(session, text_id, decision, "ann@ours.example")


def scopes(desk: Desk) -> list[tuple[str, str]]:
    with desk.session() as session:
        return [
            (row.scope, row.reason) for row in session.scalars(select(Suppression).order_by(Suppression.id))
        ]


@pytest.mark.storage
@pytest.mark.parametrize(
    ("decision", "state", "stops"),
    [
        pytest.param("opt_out", "opted_out", [("marketing", "sms_refusal")], id="an opt-out"),
        pytest.param("allow", "allowed", [], id="none"),
        pytest.param("dismiss", "dismissed", [], id="nothing at all"),
    ],
)
def test_a_decision_ends_the_waiting(
    desk: Desk, decision: str, state: str, stops: list[tuple[str, str]]
) -> None:
    write(desk, "please stop texting me", "SM1")
    with desk.database.reading(1) as session:
        [row] = reviewing.waiting(session)
    assert (row.address, row.customer_name, row.body) == (ADDRESS, "Ann", "please stop texting me")

    decide(desk, row.id, decision)

    assert scopes(desk) == stops
    with desk.database.reading(1) as session:
        assert reviewing.waiting(session) == []
        [read] = reviewing.read(session)
        assert (read.state, read.decided_by) == (state, "ann@ours.example")
        assert f"text_{state}" in session.scalars(select(AuditEntry.action)).all()
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.reason, delivery.due_at) == ("pending", "", clock.now())


@pytest.mark.storage
def test_marketing_waits_for_the_last_text_of_a_number(desk: Desk) -> None:
    write(desk, "please stop texting me", "SM1")
    write(desk, "wrong number", "SM2")

    decide(desk, 1, "allow")
    assert scopes(desk) == [("review", "sms_refusal")]
    decide(desk, 2, "dismiss")
    assert scopes(desk) == []
    with desk.database.reading(1) as session:
        assert [row.id for row in reviewing.read(session, limit=1)] == [2]
        assert [row.id for row in reviewing.read(session, limit=1, before_id=2)] == [1]


def test_a_text_is_decided_once(desk: Desk) -> None:
    write(desk, "wrong number", "SM1")
    decide(desk, 1, "allow")

    with pytest.raises(Conflict):
        decide(desk, 1, "opt_out")
    assert scopes(desk) == []


@pytest.mark.parametrize("text_id", [0, -1, 99, 2**70])
def test_a_text_that_is_none_is_not_found(desk: Desk, text_id: int) -> None:
    with pytest.raises(NotFound):
        decide(desk, text_id, "allow")


def test_another_tenants_text_is_not_found(desk: Desk) -> None:
    write(desk, "wrong number", "SM1")
    with desk.database.session(2) as session, pytest.raises(NotFound):
        reviewing.decide(session, 1, "allow", "eve@other.example")
