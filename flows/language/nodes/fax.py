from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Lang, Name, Number, Spoken, Template
from flows.language.turn import Answer, Ask, Told

PARAGRAPH = "\n\n"


class Letter(BaseModel):
    """What is faxed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Annotated[Template, Field(max_length=200)]
    paragraphs: Annotated[
        tuple[Annotated[Template, Field(max_length=2000)], ...], Field(min_length=1, max_length=20)
    ]


class FaxNode(BaseModel):
    """
    Faxes the caller a letter they asked for, to a number they keyed in.

        price_list:
          kind: fax
          number: "{{ fax_number }}"
          letter:
            en: {subject: "Prices", paragraphs: ["Inspection: 39 dollars."]}
            zh: {subject: "价目表", paragraphs: ["检测：39元。"]}
          text: {en: "Your fax is on its way.", zh: "传真已发出。"}
          next: bye
          refused: agent
          unavailable: agent

    `refused` is where calls go whose number is no fax we may dial, wants nothing, or has had enough (two in a call, five in
    a day, E-1).
    """

    KIND: ClassVar = "fax"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["fax"]
    number: Number
    letter: Annotated[dict[Lang, Letter], Field(min_length=1)]
    text: Spoken | None = None
    next: Name
    refused: Name
    unavailable: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "refused": self.refused, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def writes(self) -> tuple[str, ...]:
        return (self.number, *(part for parts in self.written().values() for part in parts))

    def written(self) -> dict[str, tuple[str, ...]]:
        return {lang: (letter.subject, *letter.paragraphs) for lang, letter in self.letter.items()}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        letter = ctx.in_language(self.letter)
        paragraphs = PARAGRAPH.join(map(ctx.write, letter.paragraphs))
        given = {
            "number": ctx.write(self.number),
            "subject": ctx.write(letter.subject),
            "paragraphs": paragraphs,
        }
        return Decision(asks=Ask("fax", given))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        if isinstance(answer, Told):
            return Decision(ctx.speak(self.text) if self.text else (), goto=self.next)
        return Decision(goto=self.refused)
