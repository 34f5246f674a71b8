from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken, Template
from flows.language.turn import Answer, Ask, Effect, Refused, Told


class CallbackNode(BaseModel):
    """
    Has the caller called back in their turn: who waited keeps the place, an agent is found first, then their telephone rings.

        it:
          kind: callback
          team: service
          number: "{{ caller }}"
          text: {en: "We will call you at {{ caller }}.", zh: "我们会拨打{{ caller }}给您回电。"}
          next: bye
          refused: message
          unavailable: message

    `refused` is for numbers that are withheld, of another country or of a kind nobody is called back at, and for whom nobody
    ever works; one number has one open callback, and asking again keeps the first. It needs the database.
    """

    KIND: ClassVar = "callback"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["callback"]
    team: Name
    number: Template = "{{ caller }}"
    skills: Annotated[tuple[Name, ...], Field(max_length=5)] = ()
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    text: Spoken
    next: Name
    refused: Name
    unavailable: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "refused": self.refused, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text}

    def writes(self) -> tuple[str, ...]:
        return (self.number,)

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        wish = {
            "team": self.team,
            "number": ctx.write(self.number),
            "skills": " ".join(self.skills),
            "priority": str(self.priority),
        }
        return Decision(asks=Ask("callback", wish))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        if isinstance(answer, Told):
            asked = Effect("callback_asked", {"team": self.team})
            return Decision(ctx.speak(self.text), (asked,), goto=self.next)
        return Decision(goto=self.refused) if isinstance(answer, Refused) else self.enter(ctx)
