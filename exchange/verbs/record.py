"""<Record>: a tone, then what the caller says until silence, a key or the limit. Silence only: go on below."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urljoin

from exchange import recordings
from exchange.documents import Jump
from exchange.line import LEFT, Ended
from exchange.verbs.scene import Scene

ATTRIBUTES = frozenset(
    {
        "action",
        "method",
        "timeout",
        "finishOnKey",
        "maxLength",
        "playBeep",
        "trim",
        "recordingStatusCallback",
        "recordingStatusCallbackMethod",
        "recordingStatusCallbackEvent",
        "transcribe",
        "transcribeCallback",
    }
)


async def perform(scene: Scene, element: ET.Element) -> Jump | None:
    """Record the message and go to the action with it."""
    line = scene.line
    if element.get("transcribe", "false") == "true":
        scene.warn(12200, "<Record transcribe>: this exchange does not transcribe")
    timeout_s = scene.number(element, "timeout", 5, 1, 3600)
    longest_s = scene.number(element, "maxLength", 3600, 1, 86_400)
    before_s, speaks_s = line.spent_s, min(line.party.message_s, longest_s)
    try:
        await line.pass_time(speaks_s + (timeout_s if speaks_s < longest_s else 0))
    except Ended as ended:
        if str(ended) == LEFT:
            _cut_off(scene, element, min(speaks_s, line.spent_s - before_s))
        raise
    if speaks_s < 1:
        return None
    return scene.action(element, [*_keep(scene, element, int(speaks_s)), ("Digits", "")])


def _cut_off(scene: Scene, element: ET.Element, spoken_s: float) -> None:
    """The caller hung up while recording: the action still learns of the message."""
    if spoken_s < 1:
        return
    line, call = scene.line, scene.line.call
    params = [
        *((key, "completed" if key == "CallStatus" else value) for key, value in line.params()),
        *_keep(scene, element, int(spoken_s)),
        ("Digits", "hangup"),
    ]
    jump = scene.action(element, [])
    url = urljoin(scene.document.url, jump.url)
    line.switch.webhooks.tell(
        line.switch.hook(call.account, call.sid, "twiml", url, params, jump.method), "calls"
    )


def _keep(scene: Scene, element: ET.Element, seconds: int) -> list[tuple[str, str]]:
    callback = element.get("recordingStatusCallback", "")
    url = urljoin(scene.document.url, callback) if callback else ""
    method = element.get("recordingStatusCallbackMethod", "POST").upper()
    made = recordings.make(scene.line, seconds, "RecordVerb", url, method)
    return [
        ("RecordingUrl", recordings.url(scene.line, made)),
        ("RecordingSid", made.sid),
        ("RecordingDuration", str(seconds)),
    ]
