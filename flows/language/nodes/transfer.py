from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import REACHED, Answer, Ask, Dialled, Hangup, Meet, Told


class TransferNode(BaseModel):
    """
    Brings somebody we called, who wants a person, to an agent of a team who stands by on the line: at once, or not at all.

        it:
          kind: transfer
          team: sales
          skills: [zh]
          nobody: sorry
          unavailable: sorry

    Who is not with an agent two seconds after the key was pressed was abandoned (47 CFR 64.1200(a)(7), US-6), so nothing is said
    on the way. `nobody` is for when no agent stands by: say who called, why, and how the calls are stopped (US-7). A campaign
    with such a node makes only as many calls as those who stand by can take. Without `next` the call ends once the conversation
    is over.
    """

    KIND: ClassVar = "transfer"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["transfer"]
    team: Name
    skills: Annotated[tuple[Name, ...], Field(max_length=5)] = ()
    next: Name | None = None
    nobody: Name
    unavailable: Name

    def exits(self) -> dict[str, str]:
        return {
            "nobody": self.nobody,
            "unavailable": self.unavailable,
            **({"next": self.next} if self.next else {}),
        }

    def texts(self) -> dict[str, Spoken]:
        return {}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        return Decision(asks=Ask("transfer", {"team": self.team, "skills": " ".join(self.skills)}))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        match answer:
            case Told({"room": room, "about": about}):
                return Decision((Meet(room, about),), waits_for="transfer")
            case Dialled(status) if status in REACHED:
                return Decision(goto=self.next) if self.next else Decision((Hangup(),), ended="transferred")
        return Decision(goto=self.nobody)
