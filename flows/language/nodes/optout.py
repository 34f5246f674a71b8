from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from flows.language.context import Context, Decision
from flows.language.prompt import Spoken
from flows.language.turn import Answer, Effect, Hangup


class OptoutNode(BaseModel):
    """
    Stops further calls: confirms and ends the call at once, without another question (16 CFR 310.4(b)(1)(v)).

        stop:
          kind: optout
          scope: marketing
          text: {en: "You will not hear from us again. Goodbye.", zh: "我们不会再打扰您，再见。"}
    """

    KIND: ClassVar = "optout"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["optout"]
    scope: Literal["marketing", "service", "all"]
    text: Spoken

    def exits(self) -> dict[str, str]:
        return {}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def enter(self, ctx: Context) -> Decision:
        stopped = Effect("opt_out", {"scope": self.scope})
        return Decision((*ctx.speak(self.text), Hangup()), (stopped,), ended="opted_out")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
