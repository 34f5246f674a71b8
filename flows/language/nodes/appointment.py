from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.language.context import Context, Decision
from flows.language.lookups import BOOKED
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer, Ask, Effect, Refused, Told


class AppointmentNode(BaseModel):
    """
    Acts on an appointment while the caller waits: the one this call is about, or the next one of whoever the caller proved to be.

        offer:
          kind: appointment
          do: offer
          store: {first: first_time, second: second_time, third: third_time}
          next: tell
          refused: agent
          unavailable: agent

    `offer` keeps up to three free times for ten minutes, later ones each time it is asked again in a call; `take` has the customer come at
    the offered time number `choice` instead, or at all; `confirm` and `cancel` say themselves. With `answer: name` what was done is
    kept as the answer of that name: confirmed, cancelled, moved or booked.
    """

    KIND: ClassVar = "appointment"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["appointment"]
    do: Literal["confirm", "cancel", "offer", "take"]
    choice: Annotated[int, Field(ge=1, le=3)] | None = None
    store: dict[Name, Name] = Field(default_factory=dict)
    answer: Name | None = None
    next: Name
    refused: Name
    unavailable: Name

    @model_validator(mode="after")
    def _makes_sense(self) -> AppointmentNode:
        if (self.choice is not None) != (self.do == "take"):
            raise ValueError("choice: say which of the offered times is taken, 1 to 3, with do: take only")
        if unknown := sorted(set(self.store) - set(BOOKED[self.do])):
            raise ValueError(
                f"store: {self.do} gives {', '.join(BOOKED[self.do]) or 'nothing'}; there is no {unknown[0]}"
            )
        return self

    def exits(self) -> dict[str, str]:
        return {"next": self.next, "refused": self.refused, "unavailable": self.unavailable}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def stores(self) -> dict[str, str]:
        return {variable: f"store.{name}" for name, variable in self.store.items()}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        return Decision(
            asks=Ask(f"appointment:{self.do}", {"choice": str(self.choice)} if self.choice else {})
        )

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        match answer:
            case Told(values):
                data = {"name": self.answer or "", "value": values.get("done", "")}
                effects = (Effect("answer", data),) if self.answer and data["value"] else ()
                return Decision(effects=effects, variables=ctx.kept(self.store, values), goto=self.next)
            case Refused():
                return Decision(variables=ctx.kept(self.store, {}), goto=self.refused)
            case _:
                return self.enter(ctx)
