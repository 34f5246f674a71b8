from __future__ import annotations

from datetime import timedelta

import pytest

from core.db import ScopedSession
from core.errors import NotFound
from customers import consent
from customers.models import Touch, Vehicle
from customers.queries import get, search
from customers.suppression import opt_out
from tests.customers.conftest import NOW, make_customer

ANN, BOB, WANG, THEIRS = "+14155550101", "+12125550102", "+8613800138000", "+14155550109"


@pytest.fixture
def people(ours: ScopedSession) -> dict[str, int]:
    ids = {
        "ann": make_customer(ours, ANN, BOB, name="Ann Lee", company="Flyer Ltd", reference="K-100%"),
        "bob": make_customer(ours, BOB, name="Bob_1", reference="K-200"),
        "wang": make_customer(ours, WANG, name="王芳", reference="K-300"),
        "theirs": make_customer(ours, THEIRS, tenant_id=2, name="Ann Other"),
    }
    ours.add(Vehicle(tenant_id=1, customer_id=ids["wang"], plate="京A12345", model="红旗"))
    ours.flush()
    return ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["ann", "bob", "wang"], id="everybody of ours, by name"),
        pytest.param("ann", ["ann"], id="name, whatever the case"),
        pytest.param("flyer", ["ann"], id="company"),
        pytest.param("王", ["wang"], id="Chinese name"),
        pytest.param("k-200", ["bob"], id="reference"),
        pytest.param("京a12345", ["wang"], id="plate"),
        pytest.param("京A·12345", ["wang"], id="plate as it is painted"),
        pytest.param("(415) 555-0101", ["ann"], id="number as people write it"),
        pytest.param("0086 138 0013", ["wang"], id="number with 00"),
        pytest.param("2125550102", ["ann", "bob"], id="a number two share"),
        pytest.param("+14155550109", [], id="another tenant's number"),
        pytest.param("%", [], id="a percent sign is no wildcard"),
        pytest.param("Bob_", ["bob"], id="an underscore is itself"),
        pytest.param("012", [], id="too few digits"),
    ],
)
def test_customers_are_found(
    ours: ScopedSession, people: dict[str, int], text: str, expected: list[str]
) -> None:
    assert [found.customer.id for found in search(ours, text)] == [people[name] for name in expected]


def test_a_list_shows_number_and_plates_a_page_at_a_time(ours: ScopedSession, people: dict[str, int]) -> None:
    [second, third] = search(ours, "", limit=2, offset=1)

    assert (second.customer.name, second.address, second.plates) == ("Bob_1", BOB, ())
    assert (third.address, list(third.plates)) == (WANG, ["京A12345"])


def test_a_file_holds_everything_newest_first(ours: ScopedSession, people: dict[str, int]) -> None:
    ann = people["ann"]
    consent.give(ours, 1, [ann], "marketing", "express", "form", NOW)
    opt_out(ours, 1, BOB, "marketing", "asked", "call", NOW + timedelta(days=1))
    for days in (1, 3, 2):
        ours.add(
            Touch(
                tenant_id=1, customer_id=ann, address=ANN, channel="sms", direction="out", purpose="service",
                source=f"attempt:{days}", at=NOW + timedelta(days=days),
            )
        )  # fmt: skip
    ours.flush()

    file = get(ours, ann)

    assert [number.address for number in file.numbers] == [ANN, BOB]
    assert [touch.source for touch in file.touches] == ["attempt:3", "attempt:2", "attempt:1"]
    assert [event.is_given for event in file.consents] == [False, True]
    assert {(entry.address, entry.reason) for entry in file.suppressions} == {(ANN, "linked"), (BOB, "asked")}


@pytest.mark.parametrize("name", ["theirs", "nobody"])
def test_whom_the_tenant_does_not_have_is_not_found(
    ours: ScopedSession, people: dict[str, int], name: str
) -> None:
    with pytest.raises(NotFound, match="there is no customer"):
        get(ours, people.get(name, 4711))
