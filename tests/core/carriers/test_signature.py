from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers, MultiDict

from core.carriers.signature import is_signed, signature
from exchange.signature import sign

NAME = "X-Twilio-Signature"
CALL = {
    "CallSid": ["CA1234567890ABCDE"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
    "Caller": ["+14158675309"],
}
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


@pytest.mark.parametrize(
    ("url", "form", "given_"),
    [
        pytest.param(URL, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="https"),
        pytest.param(URL, CALL, "kvajT1Ptam85bY51eRf/AJRuM3w=", id="signed with the port 443"),
        pytest.param(URL.replace(".com", ".com:443"), CALL, "kvajT1Ptam85bY51eRf/AJRuM3w=", id="with the port 443"),
        pytest.param(URL.replace(".com", ".com:443"), CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="signed without it"),
        pytest.param(URL.replace("https", "http"), CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4=", id="signed with the port 80"),
        pytest.param(URL.replace("https", "http").replace(".com", ".com:1234"), CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", id="another port"),
        pytest.param(
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234", "1234"]},
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
            id="a field with several values",
        ),
    ],
)  # fmt: skip
def test_the_examples_twilio_publishes_are_right(url: str, form: dict[str, list[str]], given_: str) -> None:
    assert is_signed(["12345"], [NAME], url, form, {NAME: given_})
    assert not is_signed(["12346"], [NAME], url, form, {NAME: given_})


@pytest.mark.parametrize(
    ("tokens", "url", "form", "headers"),
    [
        pytest.param(["t"], URL, CALL, {}, id="no signature"),
        pytest.param(["t"], URL, CALL, {NAME: ""}, id="an empty one"),
        pytest.param(["t"], URL, CALL, {NAME: "签名"}, id="one that is not ASCII"),
        pytest.param([], URL, CALL, {NAME: "x"}, id="no token"),
        pytest.param([""], URL, {}, {NAME: sign("", URL)}, id="an empty token"),
        pytest.param(["t"], URL, {**CALL, "Digits": ["1"]}, {NAME: sign("t", URL, [(k, v[0]) for k, v in CALL.items()])}, id="another digit"),
        pytest.param(["t"], URL, CALL, {NAME: sign("t", URL)}, id="fields not signed"),
        pytest.param(["t"], URL, {}, {NAME: sign("t", URL + "x")}, id="another URL"),
        pytest.param(["t"], URL, {}, {"X-Other": sign("t", URL)}, id="another header"),
        pytest.param(["t"], "https://[::1", {}, {NAME: "x"}, id="a URL that is none"),
        pytest.param(["t"], "https://h:99999999/", {}, {NAME: "x"}, id="a port that is none"),
        pytest.param(["t"], URL, {"a": ["\udcff"]}, {NAME: "x"}, id="bytes that are no text"),
    ],
)  # fmt: skip
def test_a_request_is_not_signed(
    tokens: list[str], url: str, form: dict[str, list[str]], headers: dict[str, str]
) -> None:
    assert not is_signed(tokens, [NAME], url, form, headers)


def test_either_of_two_tokens_will_do_while_rotating() -> None:
    for token in ("new", "old"):
        assert is_signed(["new", "old"], [NAME], URL, {}, Headers({NAME.lower(): sign(token, URL)}))


def test_the_first_header_that_is_there_counts() -> None:
    names = ["X-SignalWire-Signature", NAME]
    good, bad = sign("t", URL), sign("other", URL)
    assert is_signed(["t"], names, URL, {}, {NAME: good})
    assert is_signed(["t"], names, URL, {}, {names[0]: good, NAME: bad})
    assert not is_signed(["t"], names, URL, {}, {names[0]: bad, NAME: good})


FIELDS = st.dictionaries(
    st.text("abAB _.é你", min_size=1), st.lists(st.text("abc 1+&=你", max_size=4), min_size=1), max_size=5
)
URLS = st.builds(
    "{}://{}{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["h", "carillon.example.com"]),
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.sampled_from(["", "ivr/answer", "receipts/a%20b/sms?x=1&y=%E4%BD%A0", "?a=:9"]),
)


@given(URLS, FIELDS, st.booleans())
def test_whatever_the_twilio_package_signs_or_accepts_we_accept(
    url: str, form: dict[str, list[str]], doctored: bool
) -> None:
    validator = RequestValidator("token")
    fields = MultiDict((name, value) for name, values in form.items() for value in values)
    given_ = validator.compute_signature(url, fields)
    if doctored:
        given_ = given_[:-2] + ("A=" if given_[-2] != "A" else "B=")
    assert is_signed(["token"], [NAME], url, form, {NAME: given_}) == validator.validate(url, fields, given_)
    assert is_signed(["token"], [NAME], url, form, {NAME: given_}) is not doctored


@given(st.text(max_size=20), FIELDS)
def test_we_sign_as_the_exchange_does(token: str, form: dict[str, list[str]]) -> None:
    pairs = [(name, value) for name, values in form.items() for value in values]
    text = URL + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    assert signature(token, text).decode() == sign(token, URL, pairs)
