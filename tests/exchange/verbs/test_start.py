from __future__ import annotations

from exchange.server import InThread
from tests.exchange.conftest import Office, Play, client_of, response

TEN_S = "<Pause length='10'/>"


def test_a_call_is_recorded_from_there_to_its_end(play: Play, exchange: InThread, office: Office) -> None:
    start = "<Start><Recording recordingStatusCallback='/kept' channels='mono' trim='do-not-trim'/></Start>"
    assert {"said": "Goodbye"} in play(response(f"{TEN_S}{start}{TEN_S}{TEN_S}<Say>Goodbye</Say>"))

    (kept,) = office.at("/kept")
    assert (kept.method, kept.params["RecordingStatus"]) == ("POST", "completed")
    assert 20 <= int(kept.params["RecordingDuration"]) < 30, "not what went before"
    assert "From" not in kept.params
    assert (
        client_of(exchange).recordings(kept.params["RecordingSid"]).fetch().source
        == "StartCallRecordingTwiML"
    )


def test_who_hangs_up_is_recorded_until_then(play: Play, office: Office) -> None:
    start = "<Start><Recording recordingStatusCallback='/kept'/></Start>"
    play(response(f"{start}{TEN_S}{TEN_S}"), HangUpAfter=7)

    (kept,) = office.at("/kept")
    assert kept.params["RecordingDuration"] == "7"


def test_what_else_may_be_started_is_skipped(play: Play, office: Office) -> None:
    steps = play(response("<Start><Stream url='wss://x.example'/></Start><Say>On</Say>"))

    assert {"said": "On"} in steps
