from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language import asking
from flows.language.context import Context, Decision
from flows.language.prompt import Escalating, Name, Spoken
from flows.language.turn import Answer, Digits, Gather

Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]


class Option(BaseModel):
    """One key. *value* is what is kept as the answer, the key itself if not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Spoken | None = None
    next: Name | None = None
    value: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")] | None = None


class MenuNode(BaseModel):
    """
    Reads the options in the order written and waits for one key.

        main:
          kind: menu
          text: {en: "How can we help?", zh: "请选择服务。"}
          options:
            "1": {text: {en: "For repairs, press 1.", zh: "维修请按1。"}, next: repair}
            "0": {text: {en: "To speak to someone, press 0.", zh: "人工服务请按0。"}, next: agent}
          otherwise: agent

    `*` repeats the menu unless it is an option with a `next` of its own (back). Keys of the flow's `anywhere` work too,
    and `0` leads to its `person`. With `answer: name` the choice is kept as the answer of that name. After `tries` failures the
    caller goes `otherwise`.
    """

    KIND: ClassVar = "menu"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["menu"]
    text: Spoken | None = None
    options: Annotated[dict[Key, Option], Field(min_length=1)]
    otherwise: Name
    answer: Name | None = None
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    timeout_s: Annotated[int, Field(ge=3, le=10)] = 5
    no_input: Escalating | None = None
    no_match: Escalating | None = None

    @model_validator(mode="after")
    def _only_star_repeats(self) -> MenuNode:
        for key, option in self.options.items():
            if option.next is None and key != "*":
                raise ValueError(Sentence("key {key} leads nowhere; give it a next", key=key))
        return self

    def exits(self) -> dict[str, str]:
        keys = {f"key {key}": option.next for key, option in self.options.items() if option.next}
        return {**keys, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return asking.offers(self.text, self.options)

    def enter(self, ctx: Context) -> Decision:
        texts = (self.text, *(option.text for option in self.options.values()))
        spoken = tuple(part for text in texts if text for part in ctx.speak(text))
        return Decision((Gather(spoken, 1, "", self.timeout_s),), waits_for="key")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        key = answer.text if isinstance(answer, Digits) else None
        if key == "":
            return self._failed(ctx, "no_input")
        if key is not None and (decision := asking.chosen(ctx, self.options, key, self.answer, self.enter)):
            return decision
        return self._failed(ctx, "no_match")

    def _failed(self, ctx: Context, phrase: Literal["no_input", "no_match"]) -> Decision:
        own = self.no_input if phrase == "no_input" else self.no_match
        return asking.failed(ctx, phrase, own, self.tries, self.otherwise, self.enter)
