from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from exchange.rows import Problem
from exchange.server import InThread
from tests.core.carriers.world import eventually
from tests.exchange.conftest import CALLER, HOTLINE, Office, Play, Start, client_of, response

AGENT = "+15557770001"
MUSIC = response("<Say>Please hold the line.</Say>")
ENQUEUE = "<Enqueue action='/left' waitUrl='/wait'>service</Enqueue><Say>Next</Say>"


def results(office: Office) -> list[str]:
    return [asked.params["QueueResult"] for asked in office.at("/left")]


@pytest.mark.parametrize(
    ("wait", "action", "result", "heard"),
    [
        pytest.param("<Leave/>", True, "leave", "After", id="leaves, with an action"),
        pytest.param("<Leave/>", False, None, "Next", id="leaves, without one"),
        pytest.param("<Gather/><Leave/>", True, "leave", "After", id="may be asked for keys"),
        pytest.param("<oops", True, "error", "After", id="the music cannot be played"),
        pytest.param("<Hangup/>", True, "hangup", None, id="hung up on by the music"),
    ],
)
def test_what_is_heard_while_waiting_may_end_the_wait(
    play: Play, office: Office, wait: str, action: bool, result: str | None, heard: str | None
) -> None:
    office.pages |= {"/wait": response(wait), "/left": response("<Say>After</Say>")}
    steps = play(response(ENQUEUE if action else ENQUEUE.replace("action='/left'", "")))
    assert results(office) == ([result] if result else [])
    assert [step["said"] for step in steps if "said" in step] == ([heard] if heard else [])


def test_the_music_is_asked_for_again_with_the_place_and_the_time(play: Play, office: Office) -> None:
    office.pages["/wait"] = response("<Pause length='20'/>")
    play(response(ENQUEUE), Patience=50)
    waits = [asked.params for asked in office.at("/wait")]
    assert [about["QueuePosition"] for about in waits] == ["1"] * 3
    times = [int(about["QueueTime"]) for about in waits]
    assert times[0] == 0
    assert 20 <= times[1] < times[2]
    assert waits[0]["MaxQueueSize"] == "1000"
    (left,) = office.at("/left")
    assert (left.params["QueueResult"], left.params["CallStatus"]) == ("hangup", "completed")
    assert int(left.params["QueueTime"]) >= 50


def test_a_caller_without_music_waits_in_silence(play: Play, office: Office) -> None:
    steps = play(response("<Enqueue action='/left'>service</Enqueue>"), HangUpAfter=30)
    assert [next(iter(step)) for step in steps] == ["queued", "left", "ended"]
    assert results(office) == ["hangup"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param("<Enqueue></Enqueue>", 12200, id="no name"),
        pytest.param(f"<Enqueue>{'x' * 65}</Enqueue>", 12200, id="a name too long"),
        pytest.param("<Leave/>", 12200, id="leave outside a queue"),
        pytest.param("<Dial><Conference></Conference></Dial>", 13211, id="a room without a name"),
    ],
)
def test_mistakes_are_noted(play: Play, exchange: InThread, document: str, code: int) -> None:
    play(response(document))
    assert {problem.code for problem in exchange.ledger.rows(Problem)} == {code}


def waiting(
    start: Start, office: Office, *callers: str, **more: Any
) -> tuple[InThread, Client, Any, list[str]]:
    """An exchange, its client, the queue, and the calls that wait in it."""
    exchange = start(speed=60, **more)
    client = client_of(exchange)
    office.pages |= {"/voice": response(ENQUEUE), "/wait": response("<Pause length='600'/>")}
    sids = []
    for caller in callers:
        sids.append(exchange.call(caller, HOTLINE))
        n = len(sids)
        eventually(lambda n=n: any(queue.current_size == n for queue in client.queues.list()))
    (queue,) = client.queues.list()
    return exchange, client, queue, sids


def test_a_member_is_taken_out_by_sending_it_elsewhere(start: Start, office: Office) -> None:
    exchange, client, queue, sids = waiting(start, office, CALLER, "+15551230002")
    office.pages["/taken"] = response("<Say>Your turn</Say>")
    assert (queue.friendly_name, queue.max_size) == ("service", 1000)
    members = client.queues(queue.sid).members
    assert [(one.call_sid, one.position) for one in members.list()] == [(sids[0], 1), (sids[1], 2)]
    assert members("Front").fetch().call_sid == sids[0]
    assert members(sids[1]).update(url=office.url + "/taken").call_sid == sids[1]
    assert members("Front").update(url=office.url + "/taken").call_sid == sids[0]
    exchange.wait_idle()
    assert results(office) == ["redirected", "redirected"]
    assert [asked.params["CallStatus"] for asked in office.at("/left")] == ["in-progress"] * 2
    for sid in sids:
        assert {"said": "Your turn"} in exchange.transcript(sid)["steps"]
    for act in (members(sids[0]).fetch, members("Front").fetch):
        refused(act, 20404)
    refused(lambda: members(sids[0]).update(url=office.url + "/taken"), 20404)


def test_a_queue_is_another_accounts_secret(start: Start, office: Office) -> None:
    exchange, _, queue, _ = waiting(start, office, CALLER)
    other = client_of(exchange, "AC" + "2" * 32, "other")
    assert other.queues.list() == []
    refused(other.queues(queue.sid).fetch, 20404)
    refused(lambda: other.queues(queue.sid).members("Front").update(url=office.url), 20404)


def refused(act: Callable[[], Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as error:
        act()
    assert error.value.code == code


def test_nobody_joins_a_full_queue(start: Start, office: Office) -> None:
    exchange = start(speed=60)
    office.pages |= {
        "/voice": response("<Enqueue maxQueueSize='1' action='/left' waitUrl='/wait'>service</Enqueue>"),
        "/wait": response("<Pause length='60'/>"),
        "/left": response("<Say>Full</Say>"),
    }
    exchange.call(CALLER, HOTLINE, Patience=60)
    eventually(lambda: office.at("/wait"))
    exchange.call("+15551230002", HOTLINE)
    exchange.wait_idle()
    assert sorted(results(office)) == ["hangup", "queue-full"]


ROOM = (
    "<Dial action='/after'><Conference statusCallback='/room' statusCallbackEvent='start end join leave'"
    " beep='false' waitUrl='/music' {}>room-1</Conference></Dial>"
)


def meet(start: Start, office: Office, caller: str = "", agent: str = "", **more: Any) -> InThread:
    """A caller and then an agent, rung by us, come into one room; the agent talks for a minute."""
    exchange = start(speed=120, subscribers={"numbers": {AGENT: {"talk_s": 60, "answer_after_s": 1}}})
    office.pages |= {
        "/voice": response(ROOM.format(caller)),
        "/agent": response(ROOM.format(agent)),
        "/music": response("<Play digits='w'/>"),
        "/after": response("<Say>Goodbye</Say>"),
    }
    exchange.call(CALLER, HOTLINE, **more)
    eventually(lambda: office.at("/music"))
    client_of(exchange).calls.create(to=AGENT, from_=HOTLINE, url=office.url + "/agent")
    exchange.wait_idle()
    return exchange


def told(office: Office) -> list[str]:
    return [asked.params["StatusCallbackEvent"] for asked in office.at("/room")]


MET = ["participant-join", "participant-join", "conference-start", "participant-leave"]


@pytest.mark.parametrize(
    ("agent", "why", "goodbye"),
    [
        pytest.param(
            "endConferenceOnExit='true'", "participant-with-end-conference-on-exit-left", True, id="ends it"
        ),
        pytest.param("", "last-participant-left", False, id="leaves the other alone"),
    ],
)
def test_two_calls_talk_in_a_room_until_who_was_rung_leaves(
    start: Start, office: Office, agent: str, why: str, goodbye: bool
) -> None:
    meet(start, office, agent=agent, HangUpAfter=200)
    assert told(office)[:4] == MET
    end = next(
        asked for asked in office.at("/room") if asked.params["StatusCallbackEvent"] == "conference-end"
    )
    assert end.params["ReasonConferenceEnded"] == why
    after = [asked.params["DialCallStatus"] for asked in office.at("/after")]
    assert after == (["answered"] if goodbye else [])
    sequence = [int(asked.params["SequenceNumber"]) for asked in office.at("/room")]
    assert sequence == list(range(len(sequence)))


def test_a_caller_who_leaves_ends_the_room_for_the_agent_if_their_document_says_so(
    start: Start, office: Office
) -> None:
    exchange = meet(start, office, caller="endConferenceOnExit='true'", HangUpAfter=40)
    (agents,) = [asked.params for asked in office.at("/after")]
    assert (agents["To"], agents["DialCallStatus"]) == (AGENT, "answered")
    assert "conference-end" in told(office)
    assert exchange.transcript(agents["CallSid"])["steps"][-2:] == [
        {"said": "Goodbye"},
        {"ended": "document ended"},
    ]


def test_a_room_does_not_start_with_nobody_who_may_start_it(start: Start, office: Office) -> None:
    held = "startConferenceOnEnter='false'"
    meet(start, office, caller=held + " endConferenceOnExit='true'", agent=held, HangUpAfter=100)
    assert "conference-start" not in told(office)


def test_a_room_can_be_looked_into_and_ended_from_outside(start: Start, office: Office) -> None:
    exchange = start(speed=60)
    office.pages |= {"/voice": response(ROOM.format("")), "/after": response("<Say>Goodbye</Say>")}
    sid = exchange.call(CALLER, HOTLINE)
    client = client_of(exchange)
    (room,) = eventually(lambda: client.conferences.list(friendly_name="room-1"))
    assert room.status == "init"
    assert [one.call_sid for one in room.participants.list()] == [sid]
    assert client.conferences(room.sid).update(status="completed").status == "completed"
    exchange.wait_idle()
    assert {"said": "Goodbye"} in exchange.transcript(sid)["steps"]
    refused(client.conferences(room.sid).fetch, 20404)


@pytest.mark.parametrize(
    ("whisper", "bridged"),
    [
        pytest.param("<Say>A customer</Say>", "true", id="hears who it is"),
        pytest.param("<Gather action='/yes'/><Hangup/>", "true", id="agrees by a key"),
        pytest.param("<Hangup/>", "false", id="is hung up on"),
        pytest.param("<oops", "false", id="cannot be told"),
    ],
)
def test_a_dialled_person_hears_a_whisper_before_being_connected(
    start: Start, office: Office, whisper: str, bridged: str
) -> None:
    exchange = start(subscribers={"numbers": {AGENT: {"keys": ["1"]}}})
    office.pages |= {
        "/voice": response(f"<Dial action='/after'><Number url='/whisper'>{AGENT}</Number></Dial>"),
        "/whisper": response(whisper),
        "/yes": response("<Pause/>"),
        "/after": response("<Say>Back</Say>"),
    }
    exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    (asked,) = office.at("/whisper")
    assert (asked.params["To"], asked.params["Direction"]) == (AGENT, "outbound-dial")
    (after,) = office.at("/after")
    assert after.params["DialBridged"] == bridged
