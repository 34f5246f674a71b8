from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.sentences import Sentence
from flows.language.context import Context, Decision
from flows.language.lookups import FACTS, PERSON
from flows.language.prompt import Name, Spoken, Template
from flows.language.turn import Answer, Ask, Refused, Told


class VerifyNode(BaseModel):
    """
    Finds out whether the caller is who they must be: two facts about one customer have to agree.

        prove:
          kind: verify
          facts: {order: "{{ job }}", plate: "{{ plate_digits }}"}
          next: status
          refused: ask_again
          locked: agent
          unavailable: agent

    The number they call from is a fact as well, so that one is enough from a telephone we know. Whoever was refused too often
    goes `locked` (E-7). What is wrong is never told apart: unknown and somebody else's lead the same way (E-8).
    """

    KIND: ClassVar = "verify"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["verify"]
    facts: Annotated[dict[Name, Annotated[Template, Field(max_length=300)]], Field(min_length=1)]
    next: Name
    refused: Name
    locked: Name
    unavailable: Name

    @model_validator(mode="after")
    def _facts_are_known(self) -> VerifyNode:
        if unknown := sorted(set(self.facts) - set(FACTS)):
            raise ValueError(Sentence("facts: there is no {name}; use {facts}", name=unknown[0], facts=FACTS))
        return self

    def exits(self) -> dict[str, str]:
        return {
            "next": self.next,
            "refused": self.refused,
            "locked": self.locked,
            "unavailable": self.unavailable,
        }

    def texts(self) -> dict[str, Spoken]:
        return {}

    def proofs(self) -> tuple[str, ...]:
        """Templates a secret may stand in: they are compared and forgotten."""
        return tuple(self.facts.values())

    def enter(self, ctx: Context) -> Decision:
        if not ctx.facts.available:
            return Decision(goto=self.unavailable)
        return Decision(asks=Ask("verify", ctx.given(self.facts, with_secrets=True)))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        match answer:
            case Told(values):
                return Decision(variables={PERSON: values.get(PERSON, "")}, goto=self.next)
            case Refused("locked"):
                return Decision(variables={PERSON: ""}, goto=self.locked)
            case Refused():
                return Decision(variables={PERSON: ""}, goto=self.refused)
            case _:
                return self.enter(ctx)
