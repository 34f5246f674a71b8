from __future__ import annotations

import pytest

from core.db import ScopedSession
from customers.models import Customer, CustomerNumber
from customers.numbers import address_for, addresses_for
from tests.customers.conftest import NOW

CELL, CELL_2 = "+4915112345678", "+4915112345679"
HOUSE, EITHER, FAX = "+493012345678", "+12125550101", "+493012345679"


def number(kind: str, address: str, position: int = 0) -> CustomerNumber:
    return CustomerNumber(kind=kind, address=address, position=position)


@pytest.mark.parametrize(
    ("numbers", "channel", "expected"),
    [
        pytest.param([number("landline", HOUSE), number("mobile", CELL)], "voice", CELL, id="mobile first"),
        pytest.param([number("landline", HOUSE), number("fax", FAX)], "voice", HOUSE, id="then the landline"),
        pytest.param([number("fax", FAX)], "voice", None, id="never a fax machine"),
        pytest.param(
            [number("mobile", CELL, 1), number("mobile", CELL_2, 0)],
            "voice",
            CELL_2,
            id="lowest position first",
        ),
        pytest.param([number("landline", HOUSE)], "sms", None, id="no SMS to a landline"),
        pytest.param([number("landline", EITHER)], "sms", EITHER, id="SMS to what may be a mobile"),
        pytest.param(
            [number("landline", EITHER), number("mobile", CELL, 5)],
            "sms",
            CELL,
            id="rather to what is a mobile",
        ),
        pytest.param([number("fax", FAX), number("mobile", CELL)], "fax", FAX, id="fax"),
        pytest.param([number("mobile", CELL)], "fax", None, id="no fax"),
        pytest.param([], "voice", None, id="no number"),
    ],
)
def test_the_number_a_channel_goes_to(
    numbers: list[CustomerNumber], channel: str, expected: str | None
) -> None:
    assert address_for(numbers, channel) == expected


def test_many_customers_at_once_without_another_tenants(ours: ScopedSession) -> None:
    people = [Customer(id=n, tenant_id=2 if n == 3 else 1, name="A", created_at=NOW) for n in (1, 2, 3)]
    ours.add_all(people)
    ours.flush()
    for person, kind, address in (
        (1, "mobile", CELL),
        (1, "landline", HOUSE),
        (2, "fax", FAX),
        (3, "mobile", CELL),
    ):
        ours.add(
            CustomerNumber(tenant_id=2 if person == 3 else 1, customer_id=person, kind=kind, address=address)
        )
    ours.flush()

    assert addresses_for(ours, 1, [1, 2, 3], "voice") == {1: CELL}
    assert addresses_for(ours, 1, [1, 2, 3], "fax") == {2: FAX}
