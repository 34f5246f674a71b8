"""A whole flow, as it stands in the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.hours import Calendar
from flows.language.nodes import AnyNode, Storing
from flows.language.nodes.menu import Key
from flows.language.phrases import PhraseName
from flows.language.prompt import Escalating, Lang, Name
from flows.language.text import clip

DEFAULT_VOICES = {
    "en": ("Polly.Joanna-Neural", "en-US", "en-US"),
    "zh": ("Polly.Zhiyu-Neural", "cmn-CN", "cmn-Hans-CN"),
}
"""Language -> voice, tag to read it aloud, tag to recognise it: for Mandarin the carrier's two tags differ."""
NOT_NUMERIC = re.compile(r"[^0-9+.,:/-]+")
BUILT_IN = ("caller", "called")
"""Variables every call has: both numbers in E.164."""


class Voice(BaseModel):
    """
    The carrier's name of a voice, the language *tag* its Say verb wants and the one speech is recognised by (*hears*);
    English and Chinese have defaults.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    voice: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{0,64}$")] = ""
    tag: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,16}$")] = ""
    hears: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,16}$")] = ""


class Variable(BaseModel):
    """
    Something said or asked: *type* decides how it is read aloud, *max_length* (characters) bounds the call's state.

    A date is ISO (2026-12-24), a phone E.164. What *lasts* a turn is gone once the caller has answered: right for what was
    looked up only to be said, since it need not travel with the call.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["text", "digits", "number", "date", "phone"] = "text"
    max_length: Annotated[int, Field(ge=1, le=300)] = 40
    default: Annotated[str, Field(max_length=300)] = ""
    lasts: Literal["call", "turn"] = "call"

    @property
    def max_bytes(self) -> int:
        """The most a value can take up in the call's state."""
        return self.max_length * (3 if self.type == "text" else 1)

    def kept(self, value: str) -> str:
        """*value* as it may be kept: nothing but digits and signs unless it is a text, cut to the declared length."""
        allowed = value if self.type == "text" else "".join(NOT_NUMERIC.split(value))
        return clip(allowed, self.max_length)


class Flow(BaseModel):
    """A flow that loads: every exit leads somewhere. Whether it is fit to publish is for lint to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    hash: str
    text_version: Annotated[int, Field(ge=1, le=99_999)] = 1
    direction: Literal["inbound", "outbound"]
    purpose: Literal["marketing", "service", "transactional"]
    languages: Annotated[dict[Lang, Voice], Field(min_length=1, max_length=10)]
    default_language: Lang
    start: Name
    person: Name | None = None
    """Where `0` leads from every question, and where a call goes that cannot go on."""
    machine: Name | None = None
    """Where an outbound call starts once an answering machine has taken it."""
    personal: Literal["after_key", "at_once"] = "after_key"
    """When an outbound call may speak of the person it is for: once a key was pressed, or whoever took it."""
    anywhere: dict[Key, Name] = Field(default_factory=dict)
    """Keys that work at every question, unless the question has its own use for them."""
    max_errors: Annotated[int, Field(ge=3, le=10)] = 6
    max_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """How long callers may stay in the menus of an inbound call; then they are led to a person or the end (E-14)."""
    variables: dict[Name, Variable] = Field(default_factory=dict)
    hours: dict[Name, Calendar] = Field(default_factory=dict)
    texts: dict[PhraseName, Escalating] = Field(default_factory=dict)
    nodes: dict[Name, Annotated[AnyNode, Field(discriminator="kind")]]

    def voice(self, lang: str) -> Voice:
        """How *lang* is spoken: as the flow says, else as shipped."""
        mine = self.languages.get(lang, Voice())
        voice, tag, hears = DEFAULT_VOICES.get(lang, ("", lang, ""))
        return Voice(voice=mine.voice or voice, tag=mine.tag or tag, hears=mine.hears or hears)

    @property
    def team(self) -> str:
        """The team whose agents stand by for the calls of this flow; "" if it brings nobody to one."""
        return next((node.team for node in self.nodes.values() if node.kind == "transfer"), "")

    def carried(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What of *variables* the flow declares, cut to the declared length: this travels with the call."""
        return {
            name: value
            for name, declared in self.variables.items()
            if declared.lasts == "call" and (value := declared.kept(variables.get(name, "")))
        }

    def is_passing(self, name: str) -> bool:
        """Whether variable *name* is gone with the turn."""
        return name in self.variables and self.variables[name].lasts == "turn"

    def missing(self, variables: Mapping[str, str]) -> tuple[str, ...]:
        """Declared variables that are neither in *variables* nor have a default nor are asked for during the call."""
        asked = {name for node in self.nodes.values() if isinstance(node, Storing) for name in node.stores()}
        return tuple(
            name
            for name, declared in self.variables.items()
            if name not in asked and not declared.default and not variables.get(name, "").strip()
        )
