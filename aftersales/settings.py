"""
What a tenant's supervisors decide about after-sales, kept in `Tenant.after_sales`: one field a decision, all optional.

    flask aftersales settings show
    flask aftersales settings set FILE.yaml

The defaults are the regulation's figures (R-31 to R-43).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aftersales.days import Days
from core.fields import Strict
from core.models import Tenant
from core.settings import Kept

Count = Annotated[int, Field(ge=0, le=3650)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
# the parts of a follow-up call
BLOCKS = ("usage", "needs", "tips", "services", "offers", "advice", "visit")
DELIVERED = "delivered"


class Step(Strict):
    """
    One promised contact: *first* to *last* days *after* the delivery, or after an earlier step was done.

        {step: first, after: delivered, first: 3, last: 7}
    """

    step: Word
    after: Word = DELIVERED
    first: Count
    last: Count

    @model_validator(mode="after")
    def _makes_sense(self) -> Step:
        if self.last < self.first:
            raise ValueError(
                f"{self.step}: last comes before first; enter first: {self.last}, last: {self.first}"
            )
        return self


PLAN = (
    Step(step="first", after=DELIVERED, first=3, last=7),
    Step(step="second", after="first", first=7, last=14),
)


class AfterSales(Strict):
    """Every field has the regulation's figure as its default. Days are calendar days unless *count* says business."""

    count: Literal["calendar", "business"] = "calendar"
    holidays: str = ""
    file_within: Count = 2
    escalate_after: Count = 2
    # how long before a promised date the customer is told that it will not be kept
    warn_ahead_h: Annotated[int, Field(ge=0, le=240)] = 24
    plan: tuple[Step, ...] = PLAN
    departments: tuple[Word, ...] = ("business", "workshop", "service", "finance", "management")
    # days a kind of repair takes as a rule
    repair_days: dict[str, Count] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _plan_is_a_chain(self) -> AfterSales:
        known = {DELIVERED}
        for step in self.plan:
            if step.step in known:
                raise ValueError(f"plan: there are two steps {step.step!r}; give one another name")
            if step.after not in known:
                raise ValueError(
                    f"plan: {step.step} comes after {step.after!r}, which no earlier line defines"
                )
            known.add(step.step)
        return self


KEPT = Kept(AfterSales, "after_sales", "after_sales_settings")
of, read, change, shown = KEPT.of, KEPT.read, KEPT.change, KEPT.shown


def days_of(tenant: Tenant) -> Days:
    """How *tenant* counts days."""
    found = of(tenant)
    return Days(tenant.zone, found.count == "business", found.holidays or tenant.region)
