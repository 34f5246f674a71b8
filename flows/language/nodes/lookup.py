from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language.context import Context, Decision
from flows.language.lookups import LOOKUPS
from flows.language.prompt import Name, Spoken, Template
from flows.language.turn import Answer, Ask, Refused, Told


class LookupNode(BaseModel):
    """
    Looks something up in our books and keeps what is known in variables.

        status:
          kind: lookup
          what: work_order
          by: {number: "{{ job }}"}
          store: {state: job_state, promised_on: job_promised}
          next: tell
          not_found: unknown
          unavailable: agent

    What belongs to a person is told only after a `verify`; somebody else's is not found. flows/language/lookups.py lists what
    there is.
    """

    KIND: ClassVar = "lookup"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["lookup"]
    what: Literal["customer", "work_order", "appointment", "warranty", "repair_promise", "event", "case"]
    by: dict[Name, Annotated[Template, Field(max_length=300)]] = Field(default_factory=dict)
    store: Annotated[dict[Name, Name], Field(min_length=1)]
    next: Name
    not_found: Name
    unavailable: Name

    @model_validator(mode="after")
    def _is_offered(self) -> LookupNode:
        offered = LOOKUPS[self.what]
        if set(self.by) != set(offered.by):
            wanted = ", ".join(offered.by) or "nothing"
            raise ValueError(
                Sentence(
                    "by: {what} is looked up by {wanted}; give exactly that", what=self.what, wanted=wanted
                )
            )
        if unknown := sorted(set(self.store) - set(offered.gives)):
            raise ValueError(
                Sentence(
                    "store: {what} gives {given}; there is no {name}",
                    what=self.what,
                    given=offered.gives,
                    name=unknown[0],
                )
            )
        return self

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "not_found": self.not_found, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def writes(self) -> tuple[str, ...]:
        return tuple(self.by.values())

    def stores(self) -> dict[str, str]:
        return {variable: f"store.{name}" for name, variable in self.store.items()}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        return Decision(asks=Ask(f"lookup:{self.what}", ctx.given(self.by)))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        match answer:
            case Told(values):
                return Decision(variables=ctx.kept(self.store, values), goto=self.next)
            case Refused():
                return Decision(variables=ctx.kept(self.store, {}), goto=self.not_found)
            case _:
                return self.enter(ctx)
