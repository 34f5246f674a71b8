from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer, RecordCall


class ProofNode(BaseModel):
    """
    Tells the person on the line that the call is recorded from here on, has it recorded to its end, and goes on.

        from_here:
          kind: proof
          text: {en: "From here on this call is recorded, as proof of your answer.", zh: "以下通话将被录音，作为您答复的凭证。"}
          next: main

    The recording is kept as the contact policy says (`proof_days`). Whoever wants none takes a way that does not lead here.
    """

    KIND: ClassVar = "proof"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["proof"]
    text: Spoken
    next: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def enter(self, ctx: Context) -> Decision:
        return Decision((*ctx.speak(self.text), RecordCall()), goto=self.next)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
