"""A call in the flow that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import clock
from flows.language.flow import Flow
from flows.language.turn import Answer, Digits, Facts, Heard, State
from ivr.leg import Leg, number_or_none
from ivr.snapshot import TenantFacts


@dataclass(frozen=True)
class Talk:
    """*delivery_id* is what a call we placed is about; *began_at* is by the wall clock."""

    leg: Leg
    flow: Flow
    tenant_id: int
    tenant: TenantFacts
    delivery_id: int | None
    began_at: datetime

    def facts(self, variables: Mapping[str, str], lang: str | None) -> Facts:
        """What the engine is told of this call now."""
        caller, called = number_or_none(self.leg.caller), number_or_none(self.leg.called)
        return Facts(self.tenant.local(clock.now()), caller, called, variables, lang)

    def is_out_of_time(self, answer: Answer) -> bool:
        """Whether somebody who rang us has pressed keys for longer than the flow lets anybody. Talking to a person takes as long as it takes."""
        if self.leg.direction != "in" or not isinstance(answer, Digits | Heard):
            return False
        return (clock.real() - self.began_at) * clock.speed() > timedelta(minutes=self.flow.max_minutes)

    def is_secret(self, state: State) -> bool:
        """Whether what is keyed in at *state* is never kept."""
        return bool(getattr(self.flow.nodes.get(state.node), "secret", False))
