from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language import asking
from flows.language.context import Context, Decision
from flows.language.prompt import Escalating, Name, Spoken
from flows.language.turn import Answer, Effect, Gather

ONE_KEY = 9


class Low(BaseModel):
    """Where a rating leads that is *to* or less."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[int, Field(ge=0, le=99)]
    next: Name


class RateNode(BaseModel):
    """
    Asks for a rating and keeps it as the answer called `answer`.

        recommend:
          kind: rate
          text: {en: "From 0 to 10, would you recommend us? Then press the pound key.", zh: "您愿意推荐我们吗？请输入0到10，按井号键结束。"}
          answer: recommend
          least: 0
          most: 10
          low: {to: 6, next: sorry}
          next: thanks
          otherwise: thanks

    Up to 9 one key is enough. Over that, 1 and 10 begin alike: the caller ends with the pound key or by waiting, and is never cut
    short after the first. `*` repeats; a key that is a rating has no other meaning here. With `store` the rating is also
    kept in that variable.
    """

    KIND: ClassVar = "rate"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["rate"]
    text: Spoken
    answer: Name
    store: Name | None = None
    least: Annotated[int, Field(ge=0, le=98)] = 1
    most: Annotated[int, Field(ge=1, le=99)] = 5
    low: Low | None = None
    timeout_s: Annotated[int, Field(ge=3, le=10)] = 4
    next: Name
    otherwise: Name
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    no_entry: Escalating | None = None
    bad_entry: Escalating | None = None

    @model_validator(mode="after")
    def _bounds_agree(self) -> RateNode:
        if self.least >= self.most:
            raise ValueError(Sentence("least must be under most"))
        if self.low and not self.least <= self.low.to < self.most:
            raise ValueError(Sentence("low.to must lie between least and most, under most"))
        return self

    def exits(self) -> dict[str, str]:
        low = {"low": self.low.next} if self.low else {}
        return {**low, "next": self.next, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def stores(self) -> dict[str, str]:
        return {self.store: "store"} if self.store else {}

    def accepts(self, entry: str) -> bool:
        """Whether *entry* is a rating."""
        return bool(re.fullmatch(r"[0-9]{1,2}", entry)) and self.least <= int(entry) <= self.most

    def enter(self, ctx: Context) -> Decision:
        digits, finish = (1, "") if self.most <= ONE_KEY else (2, "#")
        return Decision((Gather(ctx.speak(self.text), digits, finish, self.timeout_s),), waits_for="digits")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return asking.entered(ctx, self, answer, self._kept)

    def _kept(self, ctx: Context, entry: str) -> Decision:
        rating = int(entry)
        kept = Effect("answer", {"name": self.answer, "value": str(rating)})
        stored = {self.store: str(rating)} if self.store else {}
        target = self.low.next if self.low and rating <= self.low.to else self.next
        return Decision(effects=(kept,), variables=stored, goto=target)
