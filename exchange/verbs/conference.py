"""<Dial><Conference>: a room for several calls, with music until it starts.

Whoever we rang leaves when their talk is over; who rang us stays until the room ends or they hang up.
"""

from __future__ import annotations

import asyncio
import math
import xml.etree.ElementTree as ET
from urllib.parse import urljoin

from exchange import rooms
from exchange.documents import BadDocument, Jump
from exchange.line import LEFT, Ended, Params
from exchange.rooms import EVENTS, Audience, Participant, Room
from exchange.verbs.scene import Scene, known_attributes
from exchange.webhooks import WebhookFailed

ATTRIBUTES = frozenset(
    {
        "beep",
        "coach",
        "endConferenceOnExit",
        "eventCallbackUrl",
        "jitterBufferSize",
        "maxParticipants",
        "muted",
        "participantLabel",
        "record",
        "recordingStatusCallback",
        "recordingStatusCallbackEvent",
        "recordingStatusCallbackMethod",
        "region",
        "startConferenceOnEnter",
        "statusCallback",
        "statusCallbackEvent",
        "statusCallbackMethod",
        "trim",
        "waitMethod",
        "waitUrl",
    }
)
HEARD = frozenset({"Say", "Play", "Pause", "Redirect"})
MAX_NAME = 128


async def attend(scene: Scene, dial: ET.Element, noun: ET.Element) -> Params:
    """Be in the room until it is over; the parameters of the Dial's action."""
    known_attributes(scene, noun, ATTRIBUTES)
    name = (noun.text or "").strip()
    if not 0 < len(name) <= MAX_NAME:
        raise BadDocument(13211, f"<Conference> needs a name of {MAX_NAME} characters at most")
    line = scene.line
    room = rooms.enter(line.switch, line.call.account, name, _audience(scene, noun))
    if len(room.members) >= scene.number(noun, "maxParticipants", 250, 2, 250):
        return [("DialCallStatus", "failed")]
    member = Participant(
        line,
        starts=_is(noun, "startConferenceOnEnter", "true"),
        ends=_is(noun, "endConferenceOnExit", "false"),
        muted=_is(noun, "muted", "false"),
        joined_at=line.switch.clock.stamp(),
    )
    before_s = line.spent_s
    line.note("joined", name)
    room.join(member)
    try:
        await _until_started(scene, noun, room, member)
        await _talk(scene, dial, room, member)
    finally:
        line.note("left", name)
        room.leave(member)
        if room.ended.is_set() and not room.members:
            line.switch.rooms.pop(room.sid, None)
    return [("DialCallStatus", "answered"), ("DialCallDuration", str(round(line.spent_s - before_s)))]


def _audience(scene: Scene, noun: ET.Element) -> Audience:
    callback = noun.get("statusCallback", "")
    if not callback:
        return Audience()
    wanted = frozenset(noun.get("statusCallbackEvent", "").split())
    return Audience(
        urljoin(scene.document.url, callback),
        noun.get("statusCallbackMethod", "POST").upper(),
        wanted & frozenset(EVENTS),
    )


def _is(noun: ET.Element, name: str, default: str) -> bool:
    return noun.get(name, default).lower() == "true"


async def _until_started(scene: Scene, noun: ET.Element, room: Room, member: Participant) -> None:
    """Hear the music until somebody starts the room or it is over."""
    if room.started.is_set() or member.removed.is_set():
        return
    music = asyncio.create_task(_music(scene, noun))
    comes = [asyncio.create_task(event.wait()) for event in (room.started, member.removed)]
    try:
        await asyncio.wait([music, *comes], return_when=asyncio.FIRST_COMPLETED)
        if music.done():
            music.result()
    finally:
        for task in (music, *comes):
            task.cancel()
        await asyncio.gather(music, *comes, return_exceptions=True)


async def _music(scene: Scene, noun: ET.Element) -> None:
    url, line = noun.get("waitUrl", ""), scene.line
    method = noun.get("waitMethod", "POST").upper()
    while True:
        before_s = line.spent_s
        if url:
            try:
                await scene.aside(line, Jump(urljoin(scene.document.url, url), method), HEARD)
            except (BadDocument, WebhookFailed) as failed:
                call = line.call
                line.switch.webhooks.problem(call.account, call.sid, failed.code, failed.message, url)
                url = ""
        if line.spent_s == before_s:
            await line.pass_time(1.0 if url else math.inf)


async def _talk(scene: Scene, dial: ET.Element, room: Room, member: Participant) -> None:
    if member.removed.is_set():
        return
    line = scene.line
    limit_s = float(scene.number(dial, "timeLimit", 14_400, 1, 86_400))
    talks_s = math.inf if line.call.direction == "inbound" else line.party.talk_s
    if not await line.until(member.removed, min(limit_s, talks_s)) and talks_s <= limit_s:
        raise Ended(LEFT)
