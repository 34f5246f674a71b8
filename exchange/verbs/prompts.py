"""What a caller hears: Say, Play and Pause, alone or inside a Gather."""

from __future__ import annotations

import io
import re
import wave
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import urljoin

from exchange.documents import BadDocument, Jump
from exchange.verbs.scene import Scene, known_attributes
from exchange.webhooks import WebhookFailed

ATTRIBUTES: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
}
LATIN_PER_S, CJK_PER_S, MP3_BYTES_PER_S = 15.0, 4.5, 8000.0
MAX_AUDIO = 40 * 1024 * 1024
FOREVER = 1000
BREAK = re.compile(r"^(\d+(?:\.\d+)?)(ms|s)$")


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something heard for so many seconds."""

    kind: str
    text: str
    seconds: float


async def perform(scene: Scene, element: ET.Element) -> Jump | None:
    """Let the caller hear it out."""
    await hear(scene, await prepare(scene, element))
    return None


async def nested(scene: Scene, parent: ET.Element) -> list[Prompt]:
    """The prompts inside a Gather."""
    prompts = []
    for element in parent:
        if element.tag not in ATTRIBUTES:
            scene.warn(12200, f"<{element.tag}> is not allowed in <{parent.tag}>; skipped")
            continue
        known_attributes(scene, element, ATTRIBUTES[element.tag])
        prompts.append(await prepare(scene, element))
    return prompts


async def hear(scene: Scene, prompt: Prompt, at_most_s: float | None = None) -> float:
    """Play a prompt, cut off after *at_most_s*; returns how long it was heard."""
    seconds = prompt.seconds if at_most_s is None else min(prompt.seconds, at_most_s)
    scene.line.note(prompt.kind, prompt.text)
    await scene.line.pass_time(seconds)
    return seconds


async def prepare(scene: Scene, element: ET.Element) -> Prompt:
    """Work out what will be heard and for how long."""
    if element.tag == "Pause":
        length = scene.number(element, "length", 1, 0, 14_400)
        return Prompt("paused", str(length), length)
    loop = scene.number(element, "loop", 1, 0, FOREVER) or FOREVER
    if element.tag == "Say":
        text = " ".join("".join(element.itertext()).split())
        _check_speech(scene, element, text)
        return Prompt("said", text, (_speech_s(text) + _breaks_s(element)) * loop)
    digits = element.get("digits")
    if digits:
        return Prompt("played", f"digits {digits}", 0.5 * len(digits) * loop)
    url = urljoin(scene.document.url, (element.text or "").strip())
    return Prompt("played", url, await _audio_s(scene, url) * loop)


def _check_speech(scene: Scene, element: ET.Element, text: str) -> None:
    voice = element.get("voice", "man")
    limit = 3000 if voice.startswith("Polly.") else 5000 if voice.startswith("Google.") else 4096
    if len(text.encode()) > limit:
        raise BadDocument(13521, f"<Say> has {len(text.encode())} bytes; {voice} speaks {limit} at most")
    if not text and element.find("break") is None:
        scene.warn(13520, "<Say> without words")


def _speech_s(text: str) -> float:
    wide = sum(character >= "\u2e80" for character in text)
    return wide / CJK_PER_S + (len(text) - wide) / LATIN_PER_S


def _breaks_s(element: ET.Element) -> float:
    found = (BREAK.match(pause.get("time", "")) for pause in element.iter("break"))
    return sum(float(m[1]) / (1000 if m[2] == "ms" else 1) for m in found if m)


async def _audio_s(scene: Scene, url: str) -> float:
    """Fetch the audio as the carrier would; what cannot be fetched or is no audio is skipped."""
    switch, call = scene.line.switch, scene.line.call
    if url in switch.audio_s:
        return switch.audio_s[url]
    hook = switch.hook(call.account, call.sid, "media", url, (), "GET", MAX_AUDIO)
    try:
        reply = await switch.webhooks.ask(hook)
    except WebhookFailed as failed:
        scene.warn(failed.code, f"<Play> {url}: {failed.message}")
        return 0.0
    if not reply.content_type.startswith("audio/"):
        scene.warn(13420, f"<Play> {url}: content type {reply.content_type or 'missing'} is no audio")
        return 0.0
    switch.audio_s[url] = _length_s(reply.body)
    return switch.audio_s[url]


def _length_s(audio: bytes) -> float:
    try:
        with wave.open(io.BytesIO(audio)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError):
        return len(audio) / MP3_BYTES_PER_S
