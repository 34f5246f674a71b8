from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from flows.language.context import Context, Decision
from flows.language.prompt import Spoken
from flows.language.turn import Answer, Hangup


class HangupNode(BaseModel):
    """
    Says goodbye and ends the call; without a text it says the flow's standing goodbye, never nothing.

        bye:
          kind: hangup
          text: {en: "Thank you. Goodbye.", zh: "谢谢，再见。"}
          reason: goodbye
    """

    KIND: ClassVar = "hangup"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hangup"]
    text: Spoken | None = None
    reason: Literal["goodbye", "message_taken", "refused"] = "goodbye"

    def exits(self) -> dict[str, str]:
        return {}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def enter(self, ctx: Context) -> Decision:
        said = ctx.speak(self.text) if self.text else ctx.phrase("goodbye")
        return Decision((*said, Hangup()), ended=self.reason)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
