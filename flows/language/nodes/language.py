from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language import asking
from flows.language.context import TRIES, Context, Decision
from flows.language.prompt import Lang, Name, Spoken, Template
from flows.language.turn import Answer, Digits, Effect, Gather

Key = Annotated[str, Field(pattern=r"^[1-9]$")]


class Choice(BaseModel):
    """A language and its invitation, spoken in that language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Lang
    text: Template


class LanguageNode(BaseModel):
    """
    Lets the caller choose a language, each offered in its own; the choice holds for the rest of the call.

        pick:
          kind: language
          options:
            "1": {language: zh, text: "中文请按1。"}
            "2": {language: en, text: "For English, press 2."}
          next: main

    Passed over at the start of a call whose language is known. Who chooses nothing goes on in the present language.
    """

    KIND: ClassVar = "language"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["language"]
    options: Annotated[dict[Key, Choice], Field(min_length=2)]
    next: Name
    tries: Annotated[int, Field(ge=1, le=3)] = 2
    timeout_s: Annotated[int, Field(ge=3, le=10)] = 5

    def exits(self) -> dict[str, str]:
        return {"next": self.next}

    def texts(self) -> dict[str, Spoken]:
        return {
            f"options.{key}.text": {choice.language: (choice.text,)} for key, choice in self.options.items()
        }

    def enter(self, ctx: Context) -> Decision:
        if ctx.state.turn == 0 and ctx.facts.lang in ctx.flow.languages:
            return Decision(goto=self.next)
        spoken = tuple(
            part
            for choice in self.options.values()
            for part in ctx.speak_parts((choice.text,), choice.language)
        )
        return Decision((Gather(spoken, 1, "", self.timeout_s),), waits_for="key")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        key = answer.text if isinstance(answer, Digits) else ""
        choice = self.options.get(key)
        if choice and choice.language in ctx.flow.languages:
            chosen = Effect("language", {"language": choice.language})
            return Decision(effects=(chosen,), goto=self.next, lang=choice.language)
        if decision := asking.anywhere(ctx, key):
            return decision
        tries = ctx.count(TRIES) + 1
        if tries >= self.tries:
            return Decision(goto=self.next)
        return Decision(self.enter(ctx).instructions, waits_for="key", counters={TRIES: tries})
