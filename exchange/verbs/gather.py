"""<Gather>: prompts while waiting for keys or speech; a key stops the prompt.

The party enters its next script entry after its reaction time, but never too late to be heard. `finishOnKey` alone is
no input; without input the document goes on below, unless `actionOnEmptyResult` is true.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from exchange.documents import Jump
from exchange.verbs import prompts
from exchange.verbs.scene import Scene

ATTRIBUTES = frozenset(
    {
        "input",
        "timeout",
        "finishOnKey",
        "numDigits",
        "action",
        "method",
        "actionOnEmptyResult",
        "speechTimeout",
        "maxSpeechTime",
        "hints",
        "language",
        "speechModel",
        "profanityFilter",
        "enhanced",
        "bargeIn",
        "dtmfDetection",
        "partialResultCallback",
        "partialResultCallbackMethod",
        "debug",
    }
)
BETWEEN_KEYS_S = 0.3
SPEECH_PER_S = 15.0
INPUTS = frozenset({"dtmf", "speech"})


async def perform(scene: Scene, element: ET.Element) -> Jump | None:
    """Collect digits or speech and go to the action with them."""
    inputs = frozenset(element.get("input", "dtmf").split())
    if not inputs or inputs - INPUTS:
        scene.warn(13310, f"<Gather input={element.get('input')!r}>: dtmf, speech or both")
        inputs = INPUTS & inputs or frozenset({"dtmf"})
    heard = await prompts.nested(scene, element)
    timeout_s = 5 if element.get("timeout") == "auto" else scene.number(element, "timeout", 5, 0, 3600)
    scene.line.note("gather", " ".join(f"{name}={value}" for name, value in element.items()))
    entry = _entry(scene, inputs)
    await _listen(scene, heard, entry, timeout_s)
    params = await _enter(scene, element, entry, timeout_s)
    if params is not None:
        return scene.action(element, params)
    if element.get("actionOnEmptyResult", "false").lower() == "true":
        return scene.action(element, [("Digits", "")])
    return None


def _entry(scene: Scene, inputs: frozenset[str]) -> str:
    entry = scene.line.party.next_entry()
    return entry if entry and ("speech" if entry.startswith("say:") else "dtmf") in inputs else ""


async def _listen(scene: Scene, heard: list[prompts.Prompt], entry: str, timeout_s: float) -> None:
    """Hear the prompts until the party acts, or to their end and the time-out after."""
    whole_s = sum(prompt.seconds for prompt in heard)
    left_s = min(scene.line.party.reaction_s, whole_s + timeout_s / 2) if entry else whole_s + timeout_s
    for prompt in heard:
        if left_s <= 0:
            return
        left_s -= await prompts.hear(scene, prompt, left_s)
    await scene.line.pass_time(max(0.0, left_s))


async def _enter(
    scene: Scene, element: ET.Element, entry: str, timeout_s: float
) -> list[tuple[str, str]] | None:
    """The action's parameters, or None if nothing was entered."""
    if not entry:
        return None
    if entry.startswith("say:"):
        words = entry.removeprefix("say:")
        scene.line.note("spoken", words)
        await scene.line.pass_time(len(words) / SPEECH_PER_S)
        return [("SpeechResult", words), ("Confidence", "0.93")]
    finish = element.get("finishOnKey", "#")
    wanted = scene.number(element, "numDigits", 0, 1, 1000)
    digits = ""
    for key in entry:
        scene.line.note("key", key)
        if key == finish:
            break
        digits += key
        if len(digits) == wanted:
            break
        await scene.line.pass_time(min(BETWEEN_KEYS_S, timeout_s / 2))
    else:
        await scene.line.pass_time(timeout_s)
    return [("Digits", digits)] if digits else None
