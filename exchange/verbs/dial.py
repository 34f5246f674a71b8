"""<Dial>: ring one or several telephones, join the first that answers, and go on when that talk is over; or enter a room.

A <Number url> hears its document first, and is joined unless that hangs up. With an action the document there follows; without one the next verb does.
"""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import urljoin

from exchange import recordings
from exchange.documents import BadDocument, Jump
from exchange.line import EVENTS, Ended, Line, Wish
from exchange.ringing import finish, ring
from exchange.rows import Call
from exchange.verbs import conference
from exchange.verbs.scene import Scene, known_attributes
from exchange.webhooks import WebhookFailed

ATTRIBUTES = frozenset(
    {
        "action",
        "method",
        "timeout",
        "timeLimit",
        "callerId",
        "hangupOnStar",
        "record",
        "recordingStatusCallback",
        "recordingStatusCallbackMethod",
        "recordingStatusCallbackEvent",
        "recordingTrack",
        "trim",
        "answerOnBridge",
        "ringTone",
        "sequential",
        "callReason",
    }
)
NUMBER = frozenset(
    {"url", "method", "sendDigits", "statusCallback", "statusCallbackEvent", "statusCallbackMethod", "byoc"}
)
WHISPERED = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"})
NEVER = Jump("")


@dataclass(frozen=True, slots=True)
class Target:
    """One telephone to ring."""

    number: str
    element: ET.Element


async def perform(scene: Scene, element: ET.Element) -> Jump | None:
    """Ring, talk, and go on."""
    if (room := element.find("Conference")) is not None:
        params = await conference.attend(scene, element, room)
        return scene.action(element, params) if element.get("action") else None
    targets = _targets(scene, element)
    ring_s = scene.number(element, "timeout", 30, 1, 600)
    caller_id = _caller_id(scene, element)
    legs = [_leg(scene, target, caller_id) for target in targets]
    params = [("DialCallStatus", "failed")]
    try:
        if legs:
            params = await _connect(scene, element, legs, ring_s)
    finally:
        for leg in legs:
            if not leg.ended.is_set():
                finish(leg, "completed" if leg.call.answered_at else "canceled", "the other side left")
    return scene.action(element, params) if element.get("action") else None


def _targets(scene: Scene, element: ET.Element) -> list[Target]:
    plain = (element.text or "").strip()
    targets = [Target(plain, ET.Element("Number"))] if plain else []
    for child in element:
        if child.tag != "Number":
            scene.warn(12200, f"<{child.tag}> in <Dial> is nothing this exchange dials; skipped")
            continue
        known_attributes(scene, child, NUMBER)
        targets.append(Target((child.text or "").strip(), child))
    for target in targets:
        if not target.number.startswith("+") or not target.number[1:].isdigit():
            raise BadDocument(13223, f"<Dial> {target.number!r} is no telephone number; write +15551234567")
    return targets[:10]


def _caller_id(scene: Scene, element: ET.Element) -> str:
    call = scene.line.call
    wanted = element.get("callerId", call.from_)
    owned = scene.line.switch.population.numbers.get(wanted)
    if wanted not in (call.from_, call.to) and (owned is None or owned.account != call.account):
        raise BadDocument(13214, f"<Dial callerId={wanted!r}> is no number of this account")
    return wanted


def _leg(scene: Scene, target: Target, caller_id: str) -> Line:
    switch, parent, child = scene.line.switch, scene.line.call, target.element
    call = Call(
        **switch.birth(Call, "voice", target.number),
        sid=switch.new_sid("CA"),
        account=parent.account,
        to=target.number,
        from_=caller_id,
        direction="outbound-dial",
        status="ringing",
        parent=parent.sid,
    )
    call.left_at = call.created_at
    events = frozenset(child.get("statusCallbackEvent", "completed").split()) & set(EVENTS)
    callback = child.get("statusCallback", "")
    whisper = child.get("url", "")
    wish = Wish(
        Jump(urljoin(scene.document.url, whisper), child.get("method", "POST").upper()) if whisper else NEVER,
        status_callback=urljoin(scene.document.url, callback) if callback else "",
        status_method=child.get("statusCallbackMethod", "POST").upper(),
        events=frozenset(events),
    )
    line = Line(switch, call, wish)
    switch.live[call.sid], switch.lines[call.sid] = call, line
    switch.keep(call)
    scene.line.note("dialled", f"{target.number} {call.sid}")
    line.report("initiated", [])
    return line


async def _connect(
    scene: Scene, element: ET.Element, legs: list[Line], ring_s: float
) -> list[tuple[str, str]]:
    """Ring all legs at once; talk to the first who answers. The action's parameters."""
    rings = {asyncio.create_task(ring(leg, ring_s)): leg for leg in legs}
    ends: dict[str, str] = {}
    winner, line = None, scene.line
    patience_s = (line.limit_s - line.spent_s) / line.switch.clock.speed
    try:
        while rings and winner is None:
            done, _ = await asyncio.wait(rings, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise Ended(line.limit_why)
            for task in done:
                leg, end = rings.pop(task), task.result()
                if end == "answered" and winner is None:
                    winner = leg
                elif end != "answered":
                    ends[leg.call.sid] = end
                    finish(leg, end, "not answered")
    finally:
        for task in rings:
            task.cancel()
        await asyncio.gather(*rings, return_exceptions=True)
    line.spent_s += winner.rung_s if winner else max(leg.rung_s for leg in legs)
    if winner is None:
        sid, status = next(iter(ends.items()))
        return [("DialCallStatus", status), ("DialCallSid", sid)]
    for leg in legs:
        if leg is not winner and not leg.ended.is_set():
            finish(leg, "canceled", "somebody else answered")
    winner.pick_up()
    if not await _whisper(scene, winner):
        finish(winner, "completed", "would not be connected")
        return _connected(winner, "false")
    return await _talk(scene, element, winner)


async def _whisper(scene: Scene, leg: Line) -> bool:
    """Let whoever answered hear their document first; whether they are still there and wish to be connected."""
    noun = leg.wish.first
    if not noun.url:
        return True
    try:
        await scene.aside(leg, noun, WHISPERED)
    except Ended:
        return False
    except (BadDocument, WebhookFailed) as failed:
        call = leg.call
        scene.line.switch.webhooks.problem(call.account, call.sid, failed.code, failed.message, noun.url)
        return False
    finally:
        scene.line.spent_s += leg.spent_s
    return True


def _connected(leg: Line, bridged: str) -> list[tuple[str, str]]:
    return [
        ("DialCallStatus", "completed"),
        ("DialCallSid", leg.call.sid),
        ("DialCallDuration", str(leg.call.duration_s)),
        ("DialBridged", bridged),
    ]


async def _talk(scene: Scene, element: ET.Element, leg: Line) -> list[tuple[str, str]]:
    scene.line.note("connected", leg.call.to)
    limit_s = scene.number(element, "timeLimit", 14_400, 1, 86_400)
    before_s = scene.line.spent_s
    try:
        await scene.line.pass_time(min(leg.party.talk_s, limit_s))
    finally:
        leg.spent_s += scene.line.spent_s - before_s
    finish(leg, "completed", "talk over")
    params = _connected(leg, "true")
    if element.get("record", "do-not-record") not in ("do-not-record", "false"):
        callback = element.get("recordingStatusCallback", "")
        where = urljoin(scene.document.url, callback) if callback else ""
        made = recordings.make(scene.line, leg.call.duration_s or 1, "DialVerb", where)
        params.append(("RecordingUrl", recordings.url(scene.line, made)))
    return params
