"""What a node sees when it is asked, and what it may decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from core.errors import Invalid
from flows.language import text
from flows.language.phrases import PHRASES, PhraseName
from flows.language.prompt import Clip, Part, Silence, Spoken
from flows.language.turn import Ask, Effect, Facts, Instruction, Pause, Play, Say, State

if TYPE_CHECKING:
    from flows.language.flow import Flow

Content = TypeVar("Content")
TRIES = "tries"
REPEATS = "repeats"
ERRORS = "errors"
TROUBLE = "trouble"
GAVE_UP = "gave_up"
OF_ONE_NODE = (TRIES, REPEATS)
"""Counters that start again when the caller gets on to another node."""


@dataclass(frozen=True)
class Context:
    """
    One flow, one caller, one moment. *secrets* were keyed in during this turn and die with it, and so does what is *passing*;
    only that may be said.
    """

    flow: Flow
    state: State
    facts: Facts
    secrets: Mapping[str, str] = field(default_factory=dict)
    passing: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What is known under *name*: keyed in, delivered with the call, the declared default, or ""."""
        if name == "caller":
            return self.facts.caller
        if name == "called":
            return self.facts.called
        known = self.secrets.get(name) or self.passing.get(name) or self.state.variables.get(name)
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

    def given(self, templates: Mapping[str, str], with_secrets: bool = False) -> dict[str, str]:
        """*templates* as they are handed to whoever answers an Ask; *with_secrets* what was keyed in as one, too."""
        if not with_secrets:
            return {name: self.write(template) for name, template in templates.items()}
        return {name: text.fill(template, self.value) for name, template in templates.items()}

    def kept(self, store: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
        """Variables by what *store* (name of a value -> variable) keeps of *values*; what is not there is emptied."""
        declared = self.flow.variables
        return {
            variable: declared[variable].kept(values.get(name, ""))
            for name, variable in store.items()
            if variable in declared
        }

    def knowing(self, variables: Mapping[str, str]) -> Context:
        """The same moment with *variables* known."""
        return replace(self, passing={**self.passing, **variables})

    def in_language(self, by_language: Mapping[str, Content]) -> Content:
        """The caller's of what is written in several languages, else the flow's own. Raises Invalid if there is neither."""
        found = by_language.get(self.state.lang) or by_language.get(self.flow.default_language)
        if found is None:
            raise Invalid("text_missing", "there is no text in {lang}", lang=self.state.lang)
        return found

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
            raise Invalid("text_missing", "there is no text in {lang}", lang=lang)
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
    What a node decides: say this, cause that, and then either go to another node, wait, ask the edge, or end.

    *lang*, *variables* and *counters* are what changes in the state; *secrets* live until the turn's end.
    """

    instructions: tuple[Instruction, ...] = ()
    effects: tuple[Effect, ...] = ()
    goto: str | None = None
    waits_for: str | None = None
    ended: str | None = None
    asks: Ask | None = None
    lang: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
