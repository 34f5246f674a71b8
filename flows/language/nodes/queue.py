from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import (
    REACHED,
    Answer,
    Ask,
    Dialled,
    Enqueue,
    Hangup,
    Pause,
    Play,
    Queued,
    Refused,
    Say,
    Told,
)


class QueueNode(BaseModel):
    """
    Lets the caller wait for a person of a team, who is offered the call; without the database it takes `unavailable`.

        it:
          kind: queue
          team: service
          skills: [zh]
          priority: 5
          text: {en: "Please hold the line.", zh: "请稍候。"}
          max_wait_s: 600
          own_agent_s: 20
          callback: register
          overflow: message
          unavailable: agent

    Callers come by *priority* (1 first), then by when they first began to wait. *own_agent_s*: so long they wait for the agent
    they talked to last, where that agent works today. With `callback` they may press 1 to be called back in their turn.
    `overflow` is for who has waited *max_wait_s*, `nobody` (the same, if it is not given) for when nobody of the team is
    at work. Without `next` the call ends once the conversation is over.
    """

    KIND: ClassVar = "queue"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["queue"]
    team: Name
    skills: Annotated[tuple[Name, ...], Field(max_length=5)] = ()
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    text: Spoken | None = None
    max_wait_s: Annotated[int, Field(ge=30, le=7200)] = 600
    own_agent_s: Annotated[int, Field(ge=0, le=300)] = 0
    music: Name | None = None
    next: Name | None = None
    callback: Name | None = None
    overflow: Name
    nobody: Name | None = None
    unavailable: Name

    def exits(self) -> dict[str, str]:
        optional = {"next": self.next, "callback": self.callback, "nobody": self.nobody}
        given = {way: target for way, target in optional.items() if target}
        return {"overflow": self.overflow, "unavailable": self.unavailable, **given}

    def texts(self) -> dict[str, Spoken]:
        return {"text": self.text} if self.text else {}

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        wish = {
            "team": self.team,
            "skills": " ".join(self.skills),
            "priority": str(self.priority),
            "max_wait_s": str(self.max_wait_s),
            "own_agent_s": str(self.own_agent_s),
        }
        return Decision(asks=Ask("queue", wish))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        match answer:
            case Told(values):
                said = ctx.speak(self.text) if self.text else ()
                return Decision((*said, Enqueue(values.get("queue", self.team))), waits_for="queue")
            case Refused():
                return Decision(goto=self.nobody or self.overflow)
            case Dialled(status) if status in REACHED:
                return Decision(goto=self.next) if self.next else Decision((Hangup(),), ended="transferred")
            case Queued("callback") if self.callback:
                return Decision(goto=self.callback)
            case Queued("hung_up"):
                return Decision(ended="abandoned")
        return Decision(goto=self.overflow)

    def waiting(self, ctx: Context, place: int, minutes: int, pause_s: int) -> tuple[Say | Play | Pause, ...]:
        """What somebody hears who waits: their *place*, how long yet, what they may do, and then music for *pause_s*."""
        said = [*ctx.phrase("queue_place", place), *ctx.phrase("queue_wait", rung(minutes))]
        if self.callback:
            said += ctx.phrase("queue_callback")
        return (*said, Play(self.music, ctx.state.lang) if self.music else Pause(pause_s))


def rung(minutes: int) -> int:
    """Which of the phrases for a wait tells of so many *minutes*: under one, two, five, ten, more."""
    return next((step for step, most in enumerate((1, 2, 5, 10), 1) if minutes <= most), 5)
