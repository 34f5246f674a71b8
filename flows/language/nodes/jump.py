from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer


class JumpNode(BaseModel):
    """
    Goes back to a node, but only so many times in one call; after that it goes `otherwise`.

        once_more:
          kind: jump
          to: main
          times: 2
          otherwise: agent

    This is how a call may circle where nobody is asked in between.
    """

    KIND: ClassVar = "jump"
    COUNTER: ClassVar = "jump:"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["jump"]
    to: Name
    times: Annotated[int, Field(ge=1, le=9)] = 1
    otherwise: Name

    def exits(self) -> dict[str, str]:
        return {"to": self.to, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def enter(self, ctx: Context) -> Decision:
        counter = f"{self.COUNTER}{ctx.state.node}"
        done = ctx.count(counter)
        if done >= self.times:
            return Decision(goto=self.otherwise)
        return Decision(goto=self.to, counters={counter: done + 1})

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
