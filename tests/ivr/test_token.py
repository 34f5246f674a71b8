"""A call's state travels sealed, and only its own call can open it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Forbidden, Invalid
from flows import publish
from flows.language.lint import token_chars
from flows.language.rules import Rules
from flows.language.turn import State
from ivr.token import MAX_AGE_S, MAX_CHARS, seal, unseal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CALL, ACCOUNT = "CA" + "1" * 32, "AC" + "2" * 32
AT = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
STATE = State("9f" * 8, "main", 3, "zh", {"tries": 1}, {"company": "安美汽车"})


def test_what_is_sealed_comes_back() -> None:
    token = seal([NEW], STATE, CALL, ACCOUNT, AT, tenant_id=7, delivery_id=12)
    held = unseal([NEW], token, CALL, ACCOUNT, AT + timedelta(hours=1))
    assert (held.state, held.tenant_id, held.delivery_id, held.began_at) == (STATE, 7, 12, AT)


def test_the_same_state_always_seals_alike_and_another_never() -> None:
    assert seal([NEW], STATE, CALL, ACCOUNT, AT) == seal([NEW], STATE, CALL, ACCOUNT, AT)
    other = seal([NEW], replace(STATE, turn=4), CALL, ACCOUNT, AT)
    assert other[14:40] != seal([NEW], STATE, CALL, ACCOUNT, AT)[14:40]


def test_keys_rotate_in_the_middle_of_a_call() -> None:
    token = seal([OLD], STATE, CALL, ACCOUNT, AT)
    assert unseal([NEW, OLD], token, CALL, ACCOUNT, AT).state == STATE
    with pytest.raises(Forbidden):
        unseal([NEW], token, CALL, ACCOUNT, AT)


def _flipped(token: str) -> str:
    return token[:40] + ("A" if token[40] != "A" else "B") + token[41:]


@pytest.mark.parametrize(
    ("spoil", "call", "account", "after_s"),
    [
        pytest.param(_flipped, CALL, ACCOUNT, 0, id="one character changed"),
        pytest.param(lambda token: token[:-4], CALL, ACCOUNT, 0, id="cut short"),
        pytest.param(lambda _: "", CALL, ACCOUNT, 0, id="empty"),
        pytest.param(lambda _: "中文", CALL, ACCOUNT, 0, id="not ASCII"),
        pytest.param(lambda _: "a" * 5000, CALL, ACCOUNT, 0, id="nonsense"),
        pytest.param(lambda token: token[:11], CALL, ACCOUNT, 0, id="nothing but a date"),
        pytest.param(lambda token: "A" * 8 + "/+" + token[10:], CALL, ACCOUNT, 0, id="not of our alphabet"),
        pytest.param(str, "CA" + "9" * 32, ACCOUNT, 0, id="of another call"),
        pytest.param(str, CALL, "AC" + "9" * 32, 0, id="of another account"),
        pytest.param(str, CALL, ACCOUNT, MAX_AGE_S + 2, id="over four hours old"),
        pytest.param(str, CALL, ACCOUNT, -120, id="from the future"),
    ],
)
def test_anything_else_is_forbidden(spoil: object, call: str, account: str, after_s: int) -> None:
    token = spoil(seal([NEW], STATE, CALL, ACCOUNT, AT))  # type: ignore[operator]
    with pytest.raises(Forbidden):
        unseal([NEW], token, call, account, AT + timedelta(seconds=after_s))


def test_it_still_opens_just_before_four_hours() -> None:
    token = seal([NEW], STATE, CALL, ACCOUNT, AT)
    assert unseal([NEW], token, CALL, ACCOUNT, AT + timedelta(seconds=MAX_AGE_S)).state == STATE


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=4))
def test_any_token_is_one_path_segment(variables: dict[str, str]) -> None:
    variables = {k: v for k, v in variables.items() if (k + v).isprintable()}
    token = seal([NEW], replace(STATE, variables=variables), CALL, ACCOUNT, AT)
    assert quote(token, safe="") == token
    assert unseal([NEW], token, CALL, ACCOUNT, AT).state.variables == variables


def test_a_state_too_large_for_an_address_is_refused() -> None:
    with pytest.raises(Invalid, match="declare them shorter"):
        seal([NEW], replace(STATE, variables={"a": "中" * 400}), CALL, ACCOUNT, AT)


@pytest.mark.parametrize("fill", ["中", "9", '"'])
@pytest.mark.parametrize("name", publish.library_names())
def test_the_fullest_state_of_a_shipped_flow_fits_as_lint_promised(name: str, fill: str) -> None:
    flow = publish.loaded(publish.library(name))
    variables = flow.carried(dict.fromkeys(flow.variables, fill * 300))
    counters = dict.fromkeys(("tries", "repeats", "errors", "trouble", "gave_up"), 9)
    longest = State(flow.hash, max(flow.nodes, key=len), 60, flow.default_language, counters, variables)
    token = seal([NEW], longest, CALL, ACCOUNT, AT, tenant_id=10**9, delivery_id=10**12)
    assert len(token) <= token_chars(flow, Rules()) <= MAX_CHARS
