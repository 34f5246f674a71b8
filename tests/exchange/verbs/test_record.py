from __future__ import annotations

import io
import wave

from exchange.server import InThread
from tests.exchange.conftest import Office, Play, client_of, response


def test_record_keeps_a_message(play: Play, exchange: InThread, office: Office) -> None:
    office.pages["/done"] = response("<Say>Goodbye</Say>")
    document = response("<Record action='/done' maxLength='30' recordingStatusCallback='/kept'/>")
    assert {"said": "Goodbye"} in play(document, MessageSeconds=12)
    (done,), (kept,) = office.at("/done"), office.at("/kept")
    assert done.params["RecordingDuration"] == kept.params["RecordingDuration"] == "12"
    assert kept.params["RecordingStatus"] == "completed"
    assert "From" not in kept.params
    client = client_of(exchange)
    recording = client.recordings(done.params["RecordingSid"]).fetch()
    assert recording.duration == "12"
    assert [row.sid for row in client.recordings.list(call_sid=recording.call_sid)] == [recording.sid]
    answer = client.request("GET", done.params["RecordingUrl"] + ".wav")
    assert answer.status_code == 200


def test_the_recording_is_a_playable_sound(play: Play, office: Office) -> None:
    import urllib.request
    from base64 import b64encode

    play(response("<Record action='/done'/>"), MessageSeconds=3)
    url = office.at("/done")[0].params["RecordingUrl"]
    for ending in ("", ".wav", ".mp3"):
        login = b64encode(f"AC{'1' * 32}:secret".encode()).decode()
        request = urllib.request.Request(url + ending, headers={"Authorization": f"Basic {login}"})
        with urllib.request.urlopen(request) as answer, wave.open(io.BytesIO(answer.read())) as sound:
            assert sound.getnframes() / sound.getframerate() == 3


def test_silence_is_no_message(play: Play, office: Office) -> None:
    assert {"said": "On"} in play(response("<Record action='/done'/><Say>On</Say>"), MessageSeconds=0)
    assert office.at("/done") == []


def test_a_caller_who_hangs_up_leaves_the_message_anyway(play: Play, office: Office) -> None:
    steps = play(response("<Record action='/done'/>"), MessageSeconds=60, HangUpAfter=20)
    assert steps[-1] == {"ended": "caller hung up"}
    (done,) = office.at("/done")
    assert (done.params["Digits"], done.params["CallStatus"]) == ("hangup", "completed")
    assert done.params["RecordingDuration"] == "20"
