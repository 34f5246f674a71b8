"""Which voice reads a language aloud, and what the carrier calls that language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.language.flow import DEFAULT_VOICES, Flow


@dataclass(frozen=True)
class Voice:
    """A carrier's voice, its language tag and the one speech is recognised by: Polly.Zhiyu-Neural, cmn-CN, cmn-Hans-CN."""

    name: str
    tag: str
    hears: str = ""


Voices = Mapping[str, Voice]
VOICES: Voices = {lang: Voice(*named) for lang, named in DEFAULT_VOICES.items()}


def voices_of(flow: Flow) -> Voices:
    """The voices *flow* is read with, by language."""
    chosen = {lang: flow.voice(lang) for lang in flow.languages}
    return {**VOICES, **{lang: Voice(voice.voice, voice.tag, voice.hears) for lang, voice in chosen.items()}}
