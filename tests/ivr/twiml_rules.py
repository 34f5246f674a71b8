"""What the carrier documents of its voice documents: verbs, nesting, attributes and limits."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import quote, urlsplit

URLS = ("action", "recordingStatusCallback", "waitUrl")
VERBS: dict[str, dict[str, object]] = {
    "Say": {"voice": str, "language": str},
    "Play": {},
    "Pause": {"length": (1, 10)},
    "Gather": {
        "action": str,
        "actionOnEmptyResult": ("true", "false"),
        "finishOnKey": ("", "#", "*"),
        "input": ("dtmf",),
        "numDigits": (1, 32),
        "timeout": (1, 60),
    },
    "Record": {
        "action": str,
        "finishOnKey": ("#", "*"),
        "maxLength": (1, 14_400),
        "playBeep": ("true", "false"),
        "recordingStatusCallback": str,
        "timeout": (1, 60),
    },
    "Start": {},
    "Recording": {
        "channels": ("mono", "dual"),
        "recordingStatusCallback": str,
        "trim": ("trim-silence", "do-not-trim"),
    },
    "Dial": {"action": str, "answerOnBridge": ("true",), "timeout": (5, 600), "timeLimit": (1, 14_400)},
    "Number": {},
    "Conference": {
        "beep": ("false",),
        "endConferenceOnExit": ("true",),
        "maxParticipants": (2, 250),
        "startConferenceOnEnter": ("true",),
        "statusCallback": str,
        "statusCallbackEvent": ("start end",),
        "waitUrl": ("",),
    },
    "Enqueue": {"action": str, "waitUrl": str},
    "Leave": {},
    "Redirect": {},
    "Hangup": {},
    "Reject": {"reason": ("rejected", "busy")},
}
INSIDE = {
    "Response": {
        "Say",
        "Play",
        "Pause",
        "Gather",
        "Record",
        "Start",
        "Dial",
        "Enqueue",
        "Leave",
        "Redirect",
        "Hangup",
        "Reject",
    },
    "Gather": {"Say", "Play", "Pause"},
    "Start": {"Recording"},
    "Dial": {"Number", "Conference"},
}
ENDS = ("Redirect", "Hangup", "Reject", "Dial", "Enqueue")
VOICES = {("Polly.Joanna-Neural", "en-US"), ("Polly.Zhiyu-Neural", "cmn-CN")}


def check(document: str) -> ET.Element:
    """The root of *document*, after asserting everything the carrier documents."""
    assert document.startswith("<?xml"), "nothing may stand before the declaration (12100)"
    assert len(document.encode()) <= 64 * 1024, "11750"
    root = ET.fromstring(document)  # noqa: S314  # made by ourselves
    assert root.tag == "Response"
    loose = [root.text, *(child.tail for child in root)]
    assert not "".join(filter(None, loose)).strip(), "text outside a verb"
    for parent in root.iter():
        assert not len(parent) or {child.tag for child in parent} <= INSIDE[parent.tag]
        for child in parent:
            _check_verb(child)
    tags = [child.tag for child in root]
    assert tags, "an empty document hangs up without a word"
    assert tags[-1] in ENDS, "the document must say where the call goes"
    assert "Reject" not in tags[1:], "Reject works only as the first verb"
    for at, tag in enumerate(tags):
        assert tag not in ("Gather", "Record") or tags[at + 1] == "Redirect", f"{tag} would loop silently"
    return root


def _check_verb(verb: ET.Element) -> None:
    known = VERBS[verb.tag]
    for name, value in verb.items():
        allowed = known[name]
        if isinstance(allowed, tuple) and isinstance(allowed[0], int):
            assert allowed[0] <= int(value) <= allowed[1], f"{verb.tag} {name}={value}"
        elif isinstance(allowed, tuple):
            assert value in allowed, f"{verb.tag} {name}={value}"
        if name in URLS and (verb.tag, value) != ("Conference", ""):  # a room without music
            _check_url(value)
    text = verb.text or ""
    if verb.tag in ("Redirect", "Play"):
        _check_url(text)
    if verb.tag == "Say":
        assert text.strip(), "an empty Say (13520)"
        assert len(text.encode()) <= 3000, "13521"
        assert len(quote(text, safe="")) <= 4500, "13521"
        assert (verb.get("voice"), verb.get("language")) in VOICES


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https"), url
    assert parts.netloc, url
