"""What a node sees when it is asked, and what it may decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from core.errors import Invalid
from flows.language import text
from flows.language.phrases import PHRASES, PhraseName
from flows.language.prompt import Clip, Part, Silence, Spoken
from flows.language.turn import Effect, Facts, Instruction, Pause, Play, Say, State

if TYPE_CHECKING:
    from flows.language.flow import Flow

TRIES = "tries"
REPEATS = "repeats"
ERRORS = "errors"
TROUBLE = "trouble"
GAVE_UP = "gave_up"
OF_ONE_NODE = (TRIES, REPEATS)
"""Counters that start again when the caller gets on to another node."""


@dataclass(frozen=True)
class Context:
    """One flow, one caller, one moment. *secrets* were keyed in during this turn and die with it."""

    flow: Flow
    state: State
    facts: Facts
    secrets: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What is known under *name*: keyed in, delivered with the call, the declared default, or ""."""
        if name == "caller":
            return self.facts.caller
        if name == "called":
            return self.facts.called
        known = self.secrets.get(name) or self.state.variables.get(name)
        declared = self.flow.variables.get(name)
        if known or declared is None:
            return known or ""
        return declared.kept(self.facts.variables.get(name, "")) or declared.default

    def count(self, counter: str) -> int:
        """How far *counter* has got."""
        return self.state.counters.get(counter, 0)

    def fill(self, template: str, lang: str | None = None) -> str:
        """*template* with its placeholders as they are spoken in *lang*; secrets never are."""
        return text.fill(template, lambda name: self._spoken(name, lang or self.state.lang))

    def write(self, template: str) -> str:
        """*template* with its placeholders as they are stored or dialled, not as they are spoken; secrets never are."""
        return text.fill(template, lambda name: "" if name in self.secrets else self.value(name))

    def _spoken(self, name: str, lang: str) -> str:
        if name in self.secrets:
            return ""
        declared = self.flow.variables.get(name)
        kind = "phone" if name in ("caller", "called") else declared.type if declared else "text"
        return text.spoken(self.value(name), kind, lang)

    def speak(self, spoken: Spoken, lang: str | None = None) -> tuple[Say | Play | Pause, ...]:
        """*spoken* in the caller's language (or *lang*), cut to what one verb may hold."""
        lang = lang or self.state.lang
        parts = spoken.get(lang) or spoken.get(self.flow.default_language)
        if not parts:
            raise Invalid("text_missing", f"there is no text in {lang}")
        return self.speak_parts(parts, lang)

    def speak_parts(self, parts: tuple[Part, ...], lang: str) -> tuple[Say | Play | Pause, ...]:
        """*parts*, all in *lang*."""
        done: list[Say | Play | Pause] = []
        for part in parts:
            match part:
                case Clip():
                    done.append(Play(part.play, lang))
                case Silence():
                    done.append(Pause(part.pause_s))
                case str():
                    done += _said(self.fill(part, lang), lang) if "{{" in part else _said_to_all(part, lang)
        return tuple(done)

    def phrase(self, name: PhraseName, failure: int = 1) -> tuple[Say | Play | Pause, ...]:
        """The flow's standing phrase *name* for the *failure*-th time, or the shipped one."""
        lang = self.state.lang
        mine = self.flow.texts.get(name, {})
        ladder = mine.get(lang) or PHRASES[name].get(lang) or PHRASES[name]["en"]
        return self.speak_parts((ladder[min(failure, len(ladder)) - 1],), lang)


def _said(words: str, lang: str) -> tuple[Say, ...]:
    return tuple(Say(piece, lang) for piece in text.split_for_say(words))


@lru_cache(4096)
def _said_to_all(part: str, lang: str) -> tuple[Say, ...]:
    """A text without placeholders is the same for every caller."""
    return _said(text.plain(part), lang)


@dataclass(frozen=True)
class Decision:
    """
    What a node decides: say this, cause that, and then either go to another node, wait, or end.

    *lang*, *variables* and *counters* are what changes in the state; *secrets* live until the turn's end.
    """

    instructions: tuple[Instruction, ...] = ()
    effects: tuple[Effect, ...] = ()
    goto: str | None = None
    waits_for: str | None = None
    ended: str | None = None
    lang: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
