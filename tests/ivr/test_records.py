"""Records reach the database whole, once, and in whatever order they come."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.db import ALL_TENANTS
from core.models import Staff
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber, Touch
from flows.language.turn import Dialled, Digits, Failed, HungUp, Recorded, State, Step, Turn
from ivr import records
from ivr.leg import Leg
from ivr.models import Call, CallStep, Voicemail
from tests.ivr.phone import AGENT, CALLER, HOTLINE

Rows = Callable[[type[Any]], list[Any]]
SID = "CA" + "1" * 32
LEG = Leg(SID, "AC1", CALLER, HOTLINE, "in")


def _turn(number: int, ended: str | None = None, lang: str = "en") -> Turn:
    state = State("9f" * 8, f"node{number}", number, lang)
    return Turn(state, (), (), (Step(f"node{number}", "menu", ("Say this.",), "key"),), ended)


class Kept:
    """A stand-in for the spool's file: the entries of one whole call, by kind."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, Any]]] = []

    def append(self, kind: str, data: dict[str, Any]) -> None:
        self.entries.append((kind, data))


def _whole_call() -> list[tuple[str, dict[str, Any]]]:
    kept: Any = Kept()
    now = clock.now()
    records.started(kept, 1, LEG, _turn(0), "hotline", None, now)
    records.went_on(kept, 1, LEG, _turn(1, lang="zh"), "1", now + timedelta(seconds=9))
    records.voicemail(kept, 1, SID, "", "https://c/Recordings/RE1", 12, "", now)
    records.voicemail(kept, 1, SID, CALLER, "https://c/Recordings/RE1", 12, "repairs", now)
    records.went_on(kept, 1, LEG, _turn(2, "message_taken", "zh"), "12 s", now + timedelta(seconds=30))
    records.ended(kept, 1, LEG, "completed", 41, now + timedelta(seconds=41))
    entries: list[tuple[str, dict[str, Any]]] = kept.entries
    return entries


def _keep(runtime: Runtime, entries: list[tuple[str, dict[str, Any]]]) -> None:
    for kind, data in entries:
        with runtime.database.session(ALL_TENANTS) as session:
            records.SPOOLED[kind](session, [data])


def _customer(runtime: Runtime, *addresses: str, tenant_id: int = 1) -> int:
    with runtime.database.session(ALL_TENANTS) as session:
        customer = Customer(tenant_id=tenant_id, name="Li Na", created_at=clock.now())
        session.add(customer)
        session.flush()
        for address in addresses:
            session.add(
                CustomerNumber(tenant_id=tenant_id, customer_id=customer.id, address=address, kind="mobile")
            )
        return customer.id


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_any_repetition_make_the_same_rows(runtime: Runtime, rows: Rows, seed: int) -> None:
    customer = _customer(runtime, CALLER)
    luck, entries = random.Random(seed), _whole_call()
    shuffled = entries * 2 if seed % 2 else list(entries)
    if seed:
        luck.shuffle(shuffled)
    _keep(runtime, shuffled)
    (call,) = rows(Call)
    assert (call.state, call.reason, call.duration_s) == ("ended", "message_taken", 41)
    assert (call.flow, call.flow_name, call.customer_id) == ("9f" * 8, "hotline", customer)
    assert call.started_at == clock.now()
    steps = [(step.turn, step.node, step.heard) for step in sorted(rows(CallStep), key=lambda s: s.turn)]
    assert steps == [(0, "node0", ""), (1, "node1", "1"), (2, "node2", "12 s")]
    (message,) = rows(Voicemail)
    assert (message.topic, message.caller, message.customer_id) == ("repairs", CALLER, customer)
    (touch,) = rows(Touch)
    assert (touch.direction, touch.source, touch.customer_id) == ("in", f"call:{SID}", customer)


def test_many_entries_at_once_are_kept_like_one_by_one(runtime: Runtime, rows: Rows) -> None:
    kept: Any = Kept()
    for number in range(300):
        leg = Leg(f"CA{number:032}", "AC1", f"+1415555{number:04}", HOTLINE, "in")
        records.started(kept, 1, leg, _turn(0), "hotline", None, clock.now())
        records.started(kept, 1, leg, _turn(0), "hotline", None, clock.now())
    with runtime.database.session(ALL_TENANTS) as session:
        records.SPOOLED["call_step"](session, [data for _, data in kept.entries])
    assert len(rows(Call)) == len(rows(CallStep)) == 300


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        pytest.param([(1, [CALLER])], 0, id="one customer"),
        pytest.param([(1, [CALLER, AGENT])], 0, id="one customer with two numbers"),
        pytest.param([(1, [CALLER]), (1, [CALLER])], None, id="two customers share the number"),
        pytest.param([(2, [CALLER])], None, id="only another tenant knows the number"),
        pytest.param([(2, [CALLER]), (1, [CALLER])], 1, id="each tenant knows its own"),
        pytest.param([(1, [AGENT])], None, id="nobody"),
    ],
)
def test_a_caller_is_recognised_only_if_one_customer_holds_the_number(
    runtime: Runtime, rows: Rows, holders: list[tuple[int, list[str]]], expected: int | None
) -> None:
    ids = [_customer(runtime, *addresses, tenant_id=tenant) for tenant, addresses in holders]
    _keep(runtime, _whole_call())
    (call,) = rows(Call)
    assert call.customer_id == (None if expected is None else ids[expected])


def test_messages_are_shared_out_evenly_among_after_sales_staff(runtime: Runtime, rows: Rows) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        for name, roles, is_active in (
            ("Bo", ["after_sales"], True),
            ("Cy", ["after_sales"], False),
            ("Di", [], True),
        ):
            session.add(
                Staff(
                    tenant_id=1,
                    email=f"{name}@acme.example",
                    name=name,
                    password="-",
                    roles=roles,
                    is_active=is_active,
                    created_at=clock.now(),
                )
            )
    kept: Any = Kept()
    for number in range(6):
        records.voicemail(kept, 1, SID, CALLER, f"https://c/Recordings/RE{number}", 5, "desk", clock.now())
    with runtime.database.session(ALL_TENANTS) as session:
        records.SPOOLED["voicemail"](session, [data for _, data in kept.entries[:3]])
        records.SPOOLED["voicemail"](session, [data for _, data in kept.entries[3:]])
    owners = [message.owner_id for message in rows(Voicemail)]
    assert sorted(owners) == [1, 1, 1, 2, 2, 2]


def test_a_message_where_nobody_works_yet_waits_without_an_owner(runtime: Runtime, rows: Rows) -> None:
    kept: Any = Kept()
    records.voicemail(kept, 2, SID, CALLER, "https://c/Recordings/RE1", 5, "desk", clock.now())
    _keep(runtime, kept.entries)
    assert [message.owner_id for message in rows(Voicemail)] == [None]


@pytest.mark.parametrize(
    ("answer", "is_secret", "kept"),
    [
        pytest.param(Digits("12"), False, "12", id="keys"),
        pytest.param(Digits("1234"), True, "••••", id="secret keys"),
        pytest.param(Digits("12345678"), True, "••••", id="the mask does not tell the length"),
        pytest.param(Digits(""), True, "", id="nothing is not masked"),
        pytest.param(Digits("9" * 200), False, "9" * 40, id="cut"),
        pytest.param(Digits("1\x002"), False, "12", id="control characters"),
        pytest.param(Recorded("https://c/RE1", 12), False, "12 s", id="a recording"),
        pytest.param(Dialled("busy"), False, "busy", id="a connection"),
        pytest.param(Failed("edge"), False, "edge", id="a failure"),
        pytest.param(HungUp(), False, "", id="hung up"),
    ],
)
def test_what_was_heard_is_kept_short_and_without_secrets(answer: Any, is_secret: bool, kept: str) -> None:
    assert records.heard(answer, is_secret) == kept
