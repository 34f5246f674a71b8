from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken, Template
from flows.language.turn import Answer, Effect

TAKEN = ("kind", "urgency")


class CaseNode(BaseModel):
    """
    Opens a case for staff with what the caller left, and says so; without the database it takes `unavailable`.

        register:
          kind: case
          case: complaint
          urgency: normal
          details: {job: "{{ job }}"}
          text: {en: "Your complaint is registered.", zh: "您的投诉已经登记。"}
          next: bye
          unavailable: bye
    """

    KIND: ClassVar = "case"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["case"]
    case: Name
    urgency: Literal["normal", "urgent"] = "normal"
    details: dict[Name, Template] = Field(default_factory=dict)
    text: Spoken | None = None
    next: Name
    unavailable: Name

    @model_validator(mode="after")
    def _details_have_names_of_their_own(self) -> CaseNode:
        if taken := [name for name in TAKEN if name in self.details]:
            raise ValueError(f"details: {taken[0]} is already the case's own; choose another name")
        return self

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        details = {name: ctx.write(template) for name, template in self.details.items()}
        opened = Effect("case", {"kind": self.case, "urgency": self.urgency, **details})
        return Decision(ctx.speak(self.text) if self.text else (), (opened,), goto=self.next)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
