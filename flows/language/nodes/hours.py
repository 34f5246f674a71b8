from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer


class HoursNode(BaseModel):
    """
    Goes on by the opening hours of one of the flow's calendars, in the tenant's zone.

        staffed:
          kind: hours
          calendar: desk
          open: agent
          closed: message
    """

    KIND: ClassVar = "hours"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hours"]
    calendar: Name
    open: Name
    closed: Name

    def exits(self) -> dict[str, str]:
        return {"open": self.open, "closed": self.closed}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def enter(self, ctx: Context) -> Decision:
        is_open = ctx.flow.hours[self.calendar].is_open(ctx.facts.now)
        return Decision(goto=self.open if is_open else self.closed)

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)
