from __future__ import annotations

import pytest

from exchange.connection import Connection, connection

URL = "https://h.test/voice?a=1"


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        pytest.param("", Connection(URL), id="none"),
        pytest.param("#rc=2&rp=all", Connection(URL, retries=2, retry_on=frozenset({"all"})), id="retries"),
        pytest.param("#ct=2000&rt=3000&tt=4000", Connection(URL, 2.0, 3.0, 4.0), id="times"),
        pytest.param("#rc=99&ct=1&tt=99999", Connection(URL, 0.1, 15.0, 15.0, 5), id="out of range"),
        pytest.param("#rp=4xx,5xx", Connection(URL, retry_on=frozenset({"4xx", "5xx"})), id="two policies"),
        pytest.param("#rp=nonsense&rc=x&section", Connection(URL), id="nonsense"),
    ],
)
def test_overrides(fragment: str, expected: Connection) -> None:
    assert connection(URL + fragment) == expected
