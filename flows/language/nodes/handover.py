from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer


class HandoverNode(BaseModel):
    """
    Leaves the flow returned_call for another, in the same call: for the `message` we rang to bring, or for the `menu` of the hotline.

        tell:
          kind: handover
          to: message

    Only the flow named returned_call, which answers people who ring after a call of ours they missed, has this kind.
    """

    KIND: ClassVar = "handover"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["handover"]
    to: Literal["message", "menu"]

    def exits(self) -> dict[str, Name]:
        return {}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def enter(self, ctx: Context) -> Decision:
        return Decision(ended=f"to_{self.to}")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
