"""What one send costs, to the millionth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from outbound import settings
from outbound.prices import Prices, cost, unit_price

TABLE = Prices.model_validate(
    {
        "currency": "USD",
        "voice": {"+1": "0.014", "+": "0.2"},
        "sms": {"+1": "0.0083", "+1415": "0.01", "+86": "0.04", "+": "0.06"},
    }
)


@pytest.mark.parametrize(
    ("channel", "address", "units", "expected"),
    [
        pytest.param("sms", "+12135550100", 1, 8_300, id="by the beginning"),
        pytest.param("sms", "+14155550100", 1, 10_000, id="the longest beginning decides"),
        pytest.param("sms", "+8613800138000", 3, 120_000, id="each segment"),
        pytest.param("sms", "+447911123456", 1, 60_000, id="everybody else"),
        pytest.param("voice", "+14155550100", 1, 14_000, id="a call is its first minute"),
        pytest.param("fax", "+14155550100", 5, 0, id="no table, no price"),
    ],
)
def test_the_cost_of_a_send(channel: str, address: str, units: int, expected: int) -> None:
    assert cost(TABLE, channel, address, units) == expected


def test_without_prices_nothing_costs_anything() -> None:
    assert cost(None, "sms", "+14155550100", 3) == 0


@given(
    st.decimals(0, 1000, places=6, allow_nan=False, allow_infinity=False),
    st.integers(0, 10_000),
)
def test_money_is_never_rounded_twice(price: object, units: int) -> None:
    prices = Prices.model_validate({"currency": "USD", "fax": {"+": str(price)}})

    assert unit_price(prices, "fax", "+1") * units == cost(prices, "fax", "+1", units)
    assert f"{unit_price(prices, 'fax', '+1') / 1_000_000:.6f}" == f"{price:.6f}"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param("prices: {sms: {'+': 1}}", "prices.currency: this field is missing", id="no currency"),
        pytest.param("prices: {currency: usd}", "prices.currency: ", id="no code of a currency"),
        pytest.param(
            "prices: {currency: USD, sms: {'+1': 1}}",
            'prices.sms: enter a price for "+" as well',
            id="nobody else's price",
        ),
        pytest.param(
            "prices: {currency: USD, sms: {'1': 1, '+': 1}}",
            "prices.sms: '1' is no beginning of a number",
            id="no plus",
        ),
        pytest.param(
            "prices: {currency: USD, fax: {'+': dear}}", "prices.fax.+: enter a number", id="a word"
        ),
        pytest.param("prices: {currency: USD, fax: {'+': -1}}", "prices.fax.+: ", id="less than nothing"),
        pytest.param("prices: {currency: USD, fax: {'+': NaN}}", "prices.fax.+: ", id="no number"),
        pytest.param("prices: {currency: USD, fax: {'+': 1e99}}", "prices.fax.+: ", id="too much"),
        pytest.param(
            "prices: {currency: USD, fax: {'+': 0.0000001}}",
            "prices.fax.+: enter at most 6 decimals",
            id="too fine",
        ),
        pytest.param(
            "prices: {currency: USD, mail: {'+': 1}}",
            "prices.mail: there is no such field",
            id="no such channel",
        ),
        pytest.param("colour: blue", "colour: there is no such field", id="an unknown field"),
        pytest.param("[1, 2]", "settings: enter fields here", id="a list"),
        pytest.param("a: &x 1", "line 1, column 4: ", id="an alias"),
    ],
)
def test_each_wrong_field_is_named(document: str, says: str) -> None:
    with pytest.raises(Invalid) as raised:
        settings.read(document)

    assert raised.value.message.startswith(says)
