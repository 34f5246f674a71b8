"""What callers hear where no flow can speak to them."""

from __future__ import annotations

from collections.abc import Sequence

from flows.language.phrases import PHRASES
from flows.language.turn import Dial, Hangup, Instruction, Say
from ivr import twiml
from ivr.twiml import Urls
from ivr.voices import VOICES

FORWARD_RING_S = 30
FORWARD_LIMIT_S = 3600


def sorry(languages: Sequence[str], forward_to: str = "") -> str:
    """An apology in each of *languages*, then a person at *forward_to* or the end."""
    said: list[Instruction] = [
        Say(PHRASES["trouble"].get(lang, PHRASES["trouble"]["en"])[0], lang) for lang in languages
    ]
    if forward_to:
        said.append(Dial(forward_to, FORWARD_RING_S, FORWARD_LIMIT_S))
    return twiml.render((*said, Hangup()), Urls(), VOICES)
