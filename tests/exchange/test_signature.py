from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from exchange.signature import sign

FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
TWICE = [("Sid", "CA123"), ("SidAccount", "AC123"), *(("Digits", d) for d in ("5678", "1234", "1234"))]
HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        pytest.param(
            "https://mycompany.com/myapp.php?foo=1&bar=2", FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="https"
        ),
        pytest.param(
            "https://mycompany.com:443/myapp.php?foo=1&bar=2",
            FORM,
            "kvajT1Ptam85bY51eRf/AJRuM3w=",
            id="with port",
        ),
        pytest.param(
            "http://mycompany.com:80/myapp.php?foo=1&bar=2",
            FORM,
            "0ZXoZLH/DfblKGATFgpif+LLRf4=",
            id="http with port",
        ),
        pytest.param(
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            TWICE,
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
            id="repeated keys",
        ),
        pytest.param(
            f"https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256={HASH}",
            [],
            "a9nBmqA0ju/hNViExpshrM61xv4=",
            id="json body",
        ),
        pytest.param(
            "https://mycompany.com/myapp.php?foo=1&bar=2#rc=2&rp=all",
            FORM,
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            id="the fragment is not signed",
        ),
    ],
)
def test_official_vectors(url: str, params: list[tuple[str, str]], expected: str) -> None:
    assert sign("12345", url, params) == expected


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=5),
    st.text(min_size=1, max_size=9),
)
def test_what_we_sign_twilios_validator_accepts(params: dict[str, str], token: str) -> None:
    url = "https://example.test/voice?a=1"
    given = sign(token, url, params.items())
    assert RequestValidator(token).validate(url, params, given)
    assert not RequestValidator(token + "x").validate(url, params, given)
