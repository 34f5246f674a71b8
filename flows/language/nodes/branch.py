from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from flows.language.context import Context, Decision
from flows.language.prompt import Name, Spoken
from flows.language.turn import Answer

RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")


class BranchNode(BaseModel):
    """
    Goes on by the value of a variable: an exact value, a range of whole numbers, or nothing known (`empty`).

        how_bad:
          kind: branch
          variable: score
          cases: {"0-6": sorry, "7-8": thanks}
          empty: thanks
          otherwise: delighted
    """

    KIND: ClassVar = "branch"
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["branch"]
    variable: Name
    cases: dict[Annotated[str, Field(min_length=1, max_length=60)], Name] = Field(default_factory=dict)
    empty: Name | None = None
    otherwise: Name

    def exits(self) -> dict[str, str]:
        cases = {f"case {case}": target for case, target in self.cases.items()}
        empty = {"empty": self.empty} if self.empty else {}
        return {**cases, **empty, "otherwise": self.otherwise}

    def texts(self) -> dict[str, Spoken]:
        return {}

    def enter(self, ctx: Context) -> Decision:
        value = ctx.value(self.variable)
        if not value and self.empty:
            return Decision(goto=self.empty)
        if value in self.cases:
            return Decision(goto=self.cases[value])
        fitting = (target for case, target in self.cases.items() if _in_range(value, case))
        return Decision(goto=next(fitting, self.otherwise))

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        return self.enter(ctx)


def _in_range(value: str, case: str) -> bool:
    found = RANGE.fullmatch(case)
    if not found or not re.fullmatch(r"[0-9]{1,9}", value):
        return False
    return int(found[1]) <= int(value) <= int(found[2])
