from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language.context import Context, Decision
from flows.language.lookups import OPENED
from flows.language.prompt import Name, Spoken, Template
from flows.language.turn import Answer, Ask, Effect, Pause, Play, Refused, Say, Told

TAKEN = ("kind", "urgency")


class CaseNode(BaseModel):
    """
    Opens a case for staff with what the caller left, and says so; without the database it takes `unavailable`.

        register:
          kind: case
          case: complaint
          urgency: normal
          details: {job: "{{ job }}"}
          store: {number: case_number, due_on: case_due}
          text: {en: "Your complaint is number {{ case_number }}.", zh: "您的投诉编号是{{ case_number }}。"}
          next: bye
          unavailable: bye

    With `store` it is opened while the caller waits, and its number and due date can be said. Without, it is opened from the
    call's record a moment later, which needs no database now.
    """

    KIND: ClassVar = "case"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["case"]
    case: Name
    urgency: Literal["normal", "urgent"] = "normal"
    details: dict[Name, Template] = Field(default_factory=dict)
    store: dict[Name, Name] = Field(default_factory=dict)
    text: Spoken | None = None
    next: Name
    unavailable: Name

    @model_validator(mode="after")
    def _details_have_names_of_their_own(self) -> CaseNode:
        if taken := [name for name in TAKEN if name in self.details]:
            raise ValueError(
                Sentence("details: {name} is already the case's own; choose another name", name=taken[0])
            )
        if unknown := sorted(set(self.store) - set(OPENED)):
            raise ValueError(
                Sentence("store: a case gives {given}; there is no {name}", given=OPENED, name=unknown[0])
            )
        return self

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def writes(self) -> tuple[str, ...]:
        return tuple(self.details.values())

    def stores(self) -> dict[str, str]:
        return {variable: f"store.{name}" for name, variable in self.store.items()}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        wish = {"kind": self.case, "urgency": self.urgency, **ctx.given(self.details)}
        if self.store:
            return Decision(asks=Ask("case", wish))
        return Decision(self._said(ctx), (Effect("case", wish),), goto=self.next)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        if not isinstance(answer, Told):
            return Decision(goto=self.unavailable) if isinstance(answer, Refused) else self.enter(ctx)
        known = ctx.kept(self.store, answer.values)
        opened = Effect("case_opened", {"number": answer.values.get("number", "")})
        return Decision(self._said(ctx.knowing(known)), (opened,), goto=self.next, variables=known)

    def _said(self, ctx: Context) -> tuple[Say | Play | Pause, ...]:
        return ctx.speak(self.text) if self.text else ()
