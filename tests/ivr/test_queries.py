"""What the console is shown of the hotline, and only of its own tenant's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import Invalid, NotFound
from core.runtime import Runtime
from ivr import queries
from tests.ivr.phone import AGENT, CALLER, HOTLINE, Caller


@pytest.fixture
def calls(caller: Caller, drain: Callable[[], int]) -> None:
    """Three inbound calls; the last one left a message."""
    for number in range(3):
        caller.sid, caller.document = f"CA{number:032}", ""
        caller.from_ = CALLER if number else "+14155550124"
        caller.ring()
        for key in ("2", "1", "3"):
            caller.press(key)
    caller.post(caller.target("Record"), RecordingUrl="https://c/Recordings/RE1", RecordingDuration="5")
    caller.post("/ivr/status", CallStatus="completed", CallDuration="30")
    drain()


@pytest.mark.usefixtures("calls")
def test_calls_come_newest_first_page_by_page_and_filtered(runtime: Runtime) -> None:
    with runtime.database.reading(1) as session:
        page = queries.calls(session, limit=2)
        assert [row.id for row in page] == [3, 2]
        assert [row.id for row in queries.calls(session, limit=2, before_id=2)] == [1]
        assert [row.id for row in queries.calls(session, filters={"state": "ended"})] == [3]
        assert len(queries.calls(session, filters={"state": "live", "direction": "in"})) == 2
    assert (page[0].address, page[0].flow_name, page[0].voicemails, page[1].voicemails) == (
        CALLER,
        "hotline",
        1,
        0,
    )


@pytest.mark.usefixtures("calls")
def test_an_unknown_filter_names_those_there_are(runtime: Runtime) -> None:
    with runtime.database.reading(1) as session, pytest.raises(Invalid, match="direction, state"):
        queries.calls(session, filters={"password": "x"})


@pytest.mark.usefixtures("calls")
def test_one_call_is_told_step_by_step(runtime: Runtime) -> None:
    with runtime.database.reading(1) as session:
        detail = queries.call(session, 3)
    assert (detail.row.reason, detail.row.duration_s) == ("message_taken", 30)
    assert [(step.turn, step.node) for step in detail.steps][:3] == [
        (0, "language"),
        (1, "language"),
        (1, "welcome"),
    ]
    assert [step.heard for step in detail.steps if step.heard] == ["2", "1", "3", "5 s"]
    assert [message.topic for message in detail.messages] == ["repairs"]
    assert detail.messages[0].call_id == 3


@pytest.mark.usefixtures("calls")
def test_another_tenant_sees_nothing_of_it(runtime: Runtime) -> None:
    with runtime.database.reading(2) as session:
        assert queries.calls(session) == queries.voicemails(session) == queries.numbers(session) == []
        with pytest.raises(NotFound):
            queries.call(session, 3)


def test_numbers_tell_whether_their_flow_is_published(runtime: Runtime) -> None:
    with runtime.database.reading(1) as session:
        (number,) = queries.numbers(session)
    assert (number.address, number.flow, number.forward_to) == (HOTLINE, "hotline", AGENT)
    assert number.published_at is not None
