from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer


class SayNode(BaseModel):
    """
    Reads a text and goes on.

        greeting:
          kind: say
          text: {en: "Welcome to {{ company }}.", zh: "欢迎致电{{ company }}。"}
          next: main
    """

    KIND: ClassVar = "say"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["say"]
    text: Spoken
    next: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def enter(self, ctx: Context) -> Decision:
        return Decision(ctx.speak(self.text), goto=self.next)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
