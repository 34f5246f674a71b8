"""When a failed delivery is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.carriers.words import ERRORS, SIP, T30
from outbound.channels import CHANNELS
from outbound.retry import CUT_SHORT, RETRIES, UNFELT, again_at

END = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
# the last is no word of the network: somebody listened in (outbound/answering.py)
CAUSES = {*ERRORS.values(), *SIP.values(), *T30.values(), "busy", "cancelled", "unknown_cause", "machine"}


@pytest.mark.parametrize(
    ("channel", "cause", "failures", "after"),
    [
        pytest.param("voice", "busy", 1, timedelta(minutes=5), id="busy: in five minutes"),
        pytest.param("voice", "busy", 3, timedelta(minutes=5), id="three times"),
        pytest.param("voice", "busy", 4, None, id="not a fourth"),
        pytest.param("voice", "no_answer", 1, timedelta(hours=4), id="nobody answered: in the afternoon"),
        pytest.param("voice", "bad_number", 1, None, id="a bad number never"),
        pytest.param("voice", "declined", 1, None, id="who declined is left alone"),
        pytest.param("sms", "handset_off", 2, timedelta(hours=2), id="a phone that is off"),
        pytest.param("sms", "filtered", 1, None, id="filtered never"),
        pytest.param("sms", "opted_out", 1, None, id="opted out at the carrier"),
        pytest.param("fax", "busy", 5, timedelta(minutes=5), id="fax machines are often busy"),
        pytest.param("fax", "not_a_fax", 1, timedelta(hours=1), id="a person was rung: once more"),
        pytest.param("fax", "not_a_fax", 2, None, id="then never"),
        pytest.param("fax", "nonsense", 1, None, id="a cause nobody knows"),
    ],
)
def test_by_cause_and_count(channel: str, cause: str, failures: int, after: timedelta | None) -> None:
    assert again_at(channel, cause, failures, END, {}) == (END + after if after else None)


@pytest.mark.parametrize(
    ("own", "failures", "after_s"),
    [
        pytest.param({"busy": {"times": 1, "after_s": 60}}, 1, 60, id="sooner"),
        pytest.param({"busy": {"times": 1, "after_s": 60}}, 2, None, id="less often"),
        pytest.param({"busy": {"times": 0, "after_s": 60}}, 1, None, id="never"),
        pytest.param({"network": {"times": 9, "after_s": 60}}, 1, 300, id="another cause"),
    ],
)
def test_a_source_may_say_otherwise(own: dict[str, object], failures: int, after_s: int | None) -> None:
    found = again_at("voice", "busy", failures, END, own)

    assert found == (END + timedelta(seconds=after_s) if after_s else None)


@given(
    channel=st.sampled_from(sorted(CHANNELS)),
    cause=st.sampled_from(sorted(CAUSES)),
    failures=st.integers(1, 1_000),
)
def test_tries_end_and_never_come_at_once(channel: str, cause: str, failures: int) -> None:
    due_at = again_at(channel, cause, failures, END, {})

    assert due_at is None or due_at >= END + timedelta(minutes=1)
    if failures > 5:
        assert due_at is None


def test_every_cause_of_the_tables_is_one_the_carriers_can_give() -> None:
    assert set().union(*RETRIES.values()) <= CAUSES
    assert UNFELT | CUT_SHORT <= CAUSES
    assert RETRIES.keys() == CHANNELS.keys()
