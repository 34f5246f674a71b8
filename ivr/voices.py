"""Which voice reads a language aloud, and what the carrier calls that language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.language.flow import DEFAULT_VOICES, Flow


@dataclass(frozen=True)
class Voice:
    """A carrier's voice and its language tag, such as Polly.Zhiyu-Neural and cmn-CN."""

    name: str
    tag: str


Voices = Mapping[str, Voice]
VOICES: Voices = {lang: Voice(name, tag) for lang, (name, tag) in DEFAULT_VOICES.items()}


def voices_of(flow: Flow) -> Voices:
    """The voices *flow* is read with, by language."""
    chosen = {lang: flow.voice(lang) for lang in flow.languages}
    return {**VOICES, **{lang: Voice(voice.voice, voice.tag) for lang, voice in chosen.items()}}
