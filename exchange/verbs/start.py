"""<Start><Recording>: from here on the call is recorded, while its document goes on; the recording ends with the call."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urljoin

from exchange.documents import Jump
from exchange.line import Tape
from exchange.verbs.scene import Scene, known_attributes

ATTRIBUTES = frozenset(
    {
        "recordingStatusCallback",
        "recordingStatusCallbackMethod",
        "recordingStatusCallbackEvent",
        "trim",
        "track",
        "channels",
    }
)


async def perform(scene: Scene, element: ET.Element) -> Jump | None:
    """Begin what is inside; the exchange knows recordings only."""
    for noun in element:
        if noun.tag != "Recording":
            scene.warn(12200, f"<Start><{noun.tag}> is nothing this exchange starts; skipped")
            continue
        known_attributes(scene, noun, ATTRIBUTES)
        callback = noun.get("recordingStatusCallback", "")
        url = urljoin(scene.document.url, callback) if callback else ""
        method = noun.get("recordingStatusCallbackMethod", "POST").upper()
        scene.line.tapes.append(Tape("StartCallRecordingTwiML", scene.line.spent_s, url, method))
    return None
