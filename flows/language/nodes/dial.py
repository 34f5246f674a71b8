from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Number, Spoken
from flows.language.turn import REACHED, Answer, Dial, Dialled, Effect, Hangup

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class DialNode(BaseModel):
    """
    Connects the caller with a person; nobody there leads to `failed`.

        agent:
          kind: dial
          number: "{{ agent_number }}"
          text: {en: "We are connecting you.", zh: "正在为您转接。"}
          timeout_s: 25
          failed: message

    *number* is E.164 or one variable of type phone. Without `next` the call ends once the conversation is over.
    """

    KIND: ClassVar = "dial"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["dial"]
    number: Number
    text: Spoken | None = None
    timeout_s: Annotated[int, Field(ge=15, le=60)] = 25
    time_limit_s: Annotated[int, Field(ge=60, le=14_400)] = 3600
    next: Name | None = None
    failed: Name

    def exits(self) -> dict[str, str]:
        return {"failed": self.failed, **({"next": self.next} if self.next else {})}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def writes(self) -> tuple[str, ...]:
        return (self.number,)

    def enter(self, ctx: Context) -> Decision:
        number = ctx.write(self.number)
        if not E164.fullmatch(number):
            wrong = Effect("error", {"code": "number_missing", "node": ctx.state.node})
            return Decision(effects=(wrong,), goto=self.failed)
        said = ctx.speak(self.text) if self.text else ()
        return Decision((*said, Dial(number, self.timeout_s, self.time_limit_s)), waits_for="dial")

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        if not isinstance(answer, Dialled) or answer.status not in REACHED:
            return Decision(goto=self.failed)
        return Decision(goto=self.next) if self.next else Decision((Hangup(),), ended="transferred")
