"""
What is spoken at one place, in every language.

    text: {en: "Good morning.", zh: "早上好。"}
    text: {en: [{play: greeting_en}, {pause_s: 1}, "How can we help?"], zh: "您好。"}
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Lang = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Audio = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Template = Annotated[str, Field(min_length=1, max_length=10_000)]
# E.164, or one variable
Number = Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{6,14}|\{\{ *[a-z][a-z0-9_]{0,31} *\}\})$")]


class Clip(BaseModel):
    """An uploaded prompt, by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    play: Audio


class Silence(BaseModel):
    """A pause of whole seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pause_s: Annotated[int, Field(ge=1, le=10)]


Part = Template | Clip | Silence


def _parts(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


Parts = Annotated[tuple[Part, ...], BeforeValidator(_parts), Field(min_length=1, max_length=20)]
Spoken = Annotated[dict[Lang, Parts], Field(min_length=1)]
"""Language -> what is said there."""

Escalating = Annotated[
    dict[Lang, Annotated[tuple[Template, ...], BeforeValidator(_parts), Field(min_length=1, max_length=5)]],
    Field(min_length=1),
]
"""Language -> what is said at the first failure, the second, and so on."""


def words(parts: tuple[Part, ...]) -> str:
    """Only what is read aloud of *parts*."""
    return " ".join(part for part in parts if isinstance(part, str))
