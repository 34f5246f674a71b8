from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken, Template
from flows.language.turn import Answer


class SetNode(BaseModel):
    """
    Gives variables a value, made of text and other variables.

        to_caller:
          kind: set
          values: {call_back_to: "{{ caller }}", topic: repair}
          next: register

    A value is kept as its variable allows: digits only unless that is a text, cut to its length. Secrets are not.
    """

    KIND: ClassVar = "set"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["set"]
    values: Annotated[dict[Name, Annotated[Template, Field(max_length=300)]], Field(min_length=1)]
    next: Name

    def exits(self) -> dict[str, str]:
        return {"next": self.next}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def writes(self) -> tuple[str, ...]:
        return tuple(self.values.values())

    def stores(self) -> dict[str, str]:
        return {name: f"values.{name}" for name in self.values}

    def enter(self, ctx: Context) -> Decision:
        written = {name: ctx.write(template) for name, template in self.values.items()}
        kept = {
            name: ctx.flow.variables[name].kept(value)
            for name, value in written.items()
            if name in ctx.flow.variables
        }
        return Decision(variables=kept, goto=self.next)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
