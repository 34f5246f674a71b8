from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language import asking
from flows.language.context import Context, Decision
from flows.language.prompt import Escalating, Name, Spoken
from flows.language.turn import Answer, Effect, Gather

MAX_DIGITS = 32


class CollectNode(BaseModel):
    """
    Asks for digits and keeps them in a declared variable.

        job:
          kind: collect
          text: {en: "Enter your job number, then press the pound key.", zh: "请输入工单号，按井号键结束。"}
          store: job_number
          min_digits: 4
          max_digits: 10
          next: found
          otherwise: agent

    `least` and `most` bound the number entered; `*` clears what was entered so far. What fits counts as the answer, else a
    single key has the meaning it has `anywhere`. With `answer: true` the value is also kept as an answer under the variable's
    name. A `secret` entry is known to the nodes passed in the same turn and is never kept, recorded or spoken.
    """

    KIND: ClassVar = "collect"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["collect"]
    text: Spoken
    store: Name
    min_digits: Annotated[int, Field(ge=1, le=MAX_DIGITS)] = 1
    max_digits: Annotated[int, Field(ge=1, le=MAX_DIGITS)]
    finish_on_key: Literal["#", ""] = "#"
    timeout_s: Annotated[int, Field(ge=3, le=20)] = 8
    least: Annotated[int, Field(ge=0)] | None = None
    most: Annotated[int, Field(ge=0)] | None = None
    secret: bool = False
    answer: bool = False
    next: Name
    otherwise: Name
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    no_entry: Escalating | None = None
    bad_entry: Escalating | None = None

    @model_validator(mode="after")
    def _bounds_agree(self) -> CollectNode:
        if self.min_digits > self.max_digits:
            raise ValueError(Sentence("min_digits must not be over max_digits"))
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(Sentence("least must not be over most"))
        if self.secret and self.answer:
            raise ValueError(Sentence("a secret entry cannot be kept as an answer; remove answer or secret"))
        return self

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def stores(self) -> dict[str, str]:
        return {self.store: "store"}

    def accepts(self, entry: str) -> bool:
        """Whether *entry* is an answer to this question."""
        if not re.fullmatch(r"[0-9]+", entry) or not self.min_digits <= len(entry) <= self.max_digits:
            return False
        above = self.least is None or int(entry) >= self.least
        return above and (self.most is None or int(entry) <= self.most)

    def enter(self, ctx: Context) -> Decision:
        ask = Gather(
            ctx.speak(self.text), self.max_digits, self.finish_on_key, self.timeout_s, secret=self.secret
        )
        return Decision((ask,), waits_for="digits")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return asking.entered(ctx, self, answer, self._kept)

    def _kept(self, ctx: Context, entry: str) -> Decision:
        if self.secret:
            return Decision(secrets={self.store: entry}, goto=self.next)
        declared = ctx.flow.variables.get(self.store)
        value = str(int(entry)) if declared and declared.type == "number" else entry
        kept = (Effect("answer", {"name": self.store, "value": value}),) if self.answer else ()
        return Decision(effects=kept, variables={self.store: value}, goto=self.next)
