from __future__ import annotations

import pytest

from tests.exchange.conftest import CALLER, HOTLINE, Office, Play, Start, client_of, response

AGENT = "+15557770001"


@pytest.mark.parametrize(
    ("does", "status"),
    [("human", "completed"), ("busy", "busy"), ("no_answer", "no-answer"), ("invalid", "failed")],
)
def test_dial_tells_its_action_how_it_went(start: Start, office: Office, does: str, status: str) -> None:
    exchange = start(subscribers={"numbers": {AGENT: {"voice": does, "talk_s": 50}}})
    office.pages["/voice"] = response(f"<Dial action='/after' timeout='20'>{AGENT}</Dial><Say>Never</Say>")
    office.pages["/after"] = response("<Say>Back</Say>")
    sid = exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    (after,) = office.at("/after")
    assert after.params["DialCallStatus"] == status
    leg = client_of(exchange).calls(after.params["DialCallSid"]).fetch()
    assert (leg.parent_call_sid, leg.direction, leg.status) == (sid, "outbound-dial", status)
    assert after.params.get("DialCallDuration") == ("50" if does == "human" else None)
    steps = exchange.transcript(sid)["steps"]
    assert {"said": "Back"} in steps
    assert {"said": "Never"} not in steps


def test_dial_without_an_action_goes_on_with_the_next_verb(play: Play) -> None:
    assert {"said": "Next"} in play(response(f"<Dial>{AGENT}</Dial><Say>Next</Say>"))


def test_the_first_of_several_to_answer_is_joined(start: Start, office: Office) -> None:
    slow, fast = "+15557770002", "+15557770003"
    exchange = start(subscribers={"numbers": {slow: {"answer_after_s": 15}, fast: {"answer_after_s": 3}}})
    numbers = "".join(
        f"<Number statusCallback='/leg' statusCallbackEvent='answered completed'>{number}</Number>"
        for number in (slow, fast)
    )
    office.pages["/voice"] = response(f"<Dial action='/after'>{numbers}</Dial>")
    exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    ends = {asked.params["To"]: asked.params["CallStatus"] for asked in office.at("/leg")}
    assert ends == {slow: "canceled", fast: "completed"}


def test_when_the_caller_leaves_the_dialled_leg_ends(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {AGENT: {"voice": "no_answer"}}})
    office.pages["/voice"] = response(f"<Dial timeout='60'>{AGENT}</Dial>")
    exchange.call(CALLER, HOTLINE, HangUpAfter=10)
    exchange.wait_idle()
    legs = client_of(exchange).calls.list(to=AGENT)
    assert [leg.status for leg in legs] == ["canceled"]
