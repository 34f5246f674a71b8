"""
What a tenant's supervisors decide about after-sales, kept in `Tenant.after_sales`: one field a decision, all optional.

    flask aftersales settings show
    flask aftersales settings set FILE.yaml

The defaults are the regulation's figures (R-31 to R-54).
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from aftersales.days import Days
from core import audit, fields
from core.errors import Invalid
from core.fields import Strict
from core.models import Tenant
from core.yaml import parse

Count = Annotated[int, Field(ge=0, le=3650)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
# the parts of a follow-up call
BLOCKS = ("usage", "needs", "tips", "services", "offers", "advice", "visit")
DELIVERED = "delivered"


class Step(Strict):
    """
    One promised contact: *first* to *last* days *after* the delivery, or after an earlier step was done.

        {step: first, after: delivered, first: 3, last: 7, means: person, blocks: [usage, needs]}

    *flow* is what an automated call plays; *person_below* the score that has a person call after it.
    """

    step: Word
    after: Word = DELIVERED
    first: Count
    last: Count
    means: Literal["person", "call", "call_then_person"] = "person"
    flow: str = ""
    person_below: Annotated[int, Field(ge=1, le=5)] = 3
    blocks: tuple[Literal["usage", "needs", "tips", "services", "offers", "advice", "visit"], ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Step:
        if self.last < self.first:
            raise ValueError(
                f"{self.step}: last comes before first; enter first: {self.last}, last: {self.first}"
            )
        if self.means != "person" and not self.flow:
            raise ValueError(f"{self.step}: name the flow an automated call plays, such as flow: survey")
        return self


PLAN = (
    Step(step="first", after=DELIVERED, first=3, last=7, blocks=("usage", "needs", "tips")),
    Step(step="second", after="first", first=7, last=14, blocks=("services", "offers", "visit")),
)


class Keep(Strict):
    """For how many days each kind is kept; what the law or a promise needs longer stays until it does not (customers/erasing)."""

    recordings: Count = 90
    call_steps: Count = 400
    messages: Count = 400
    call_records: Count = 1825
    letters: Count = 1825
    work_orders: Count = 3650
    audit: Count = 1825


class AfterSales(Strict):
    """Every field has the regulation's figure as its default. Days are calendar days unless *count* says business."""

    count: Literal["calendar", "business"] = "calendar"
    holidays: str = ""
    file_within: Count = 2
    escalate_after: Count = 2
    event_ahead: Count = 14
    letter_within: Count = 2
    # how long before a promised date the customer is told that it will not be kept
    warn_ahead_h: Annotated[int, Field(ge=0, le=240)] = 24
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    plan: tuple[Step, ...] = PLAN
    departments: tuple[Word, ...] = ("business", "workshop", "service", "finance", "management")
    # days a kind of repair takes as a rule
    repair_days: dict[str, Count] = Field(default_factory=dict)
    keep: Keep = Keep()

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


def of(tenant: Tenant) -> AfterSales:
    """The settings of *tenant*."""
    return _read(json.dumps(tenant.after_sales, sort_keys=True))


@lru_cache(256)
def _read(document: str) -> AfterSales:
    return AfterSales.model_validate(json.loads(document))


def days_of(tenant: Tenant) -> Days:
    """How *tenant* counts days."""
    found = of(tenant)
    return Days(tenant.zone, found.count == "business", found.holidays or tenant.region)


def read(text: str) -> AfterSales:
    """The settings in the YAML document *text*. Raises Invalid naming each wrong field."""
    wrong: list[str] = []
    found = fields.read(AfterSales, parse(text), "", wrong, "settings")
    if found is None:
        raise Invalid("bad_settings", "\n".join(wrong))
    return found


def change(session: Session, tenant: Tenant, to: AfterSales, who: str) -> None:
    """Replace the settings of *tenant* by *to*; audited with what was there before."""
    before, after = tenant.after_sales, shown(to)
    session.get_one(Tenant, tenant.id).after_sales = after
    audit.record(
        session, tenant.id, who, "after_sales_settings", f"tenant:{tenant.id}", before=before, after=after
    )


def shown(settings: AfterSales) -> dict[str, Any]:
    """*settings* as plain data, only what differs from the defaults."""
    return settings.model_dump(mode="json", exclude_defaults=True)
