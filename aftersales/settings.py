"""
What a tenant's supervisors decide about after-sales, kept in `Tenant.after_sales`: one field a decision, all optional.

    flask aftersales settings show
    flask aftersales settings set FILE.yaml

The defaults are the regulation's figures (R-31 to R-43).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from aftersales.days import Days
from core.fields import Strict
from core.models import Tenant
from core.sentences import Sentence
from core.settings import Kept

Count = Annotated[int, Field(ge=0, le=3650)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Channels = tuple[Literal["voice", "sms"], ...]
# what needs no answer may also be written: by fax, or by a letter somebody posts
WrittenToo = tuple[Literal["voice", "sms", "fax", "post"], ...]
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "fax": ("company_phone", "opt_out_phone", "opt_out_fax"),
    "post": ("company_phone",),
}
"""What a letter says besides its own text."""
# the parts of a follow-up call
Part = Literal["usage", "needs", "tips", "services", "offers", "advice", "visit"]
BLOCKS = get_args(Part)
DELIVERED = "delivered"


class Step(Strict):
    """
    One promised contact: *first* to *last* days *after* the delivery, or after an earlier step was done.

        {step: first, after: delivered, first: 3, last: 7}
        {step: first, first: 3, last: 7, by: call_then_person, flow: survey, blocks: [usage]}

    *by* says who makes it: a `person`, an automated `call` that plays the published *flow*, or a `call_then_person`: whoever it does
    not reach, or rates us low, is called by a person. *blocks* are the parts of the script that flow goes through.
    """

    step: Word
    after: Word = DELIVERED
    first: Count
    last: Count
    by: Literal["person", "call", "call_then_person"] = "person"
    flow: Word = "survey"
    blocks: tuple[Part, ...] = ("usage",)

    @model_validator(mode="after")
    def _makes_sense(self) -> Step:
        if self.last < self.first:
            raise ValueError(
                Sentence(
                    "{step}: last comes before first; enter first: {last}, last: {first}",
                    step=self.step,
                    last=self.last,
                    first=self.first,
                )
            )
        return self


PLAN = (
    Step(step="first", after=DELIVERED, first=3, last=7),
    Step(step="second", after="first", first=7, last=14),
)


class Automated(Strict):
    """
    How automated calls are made: *days_for_person* at the end of the days of a step are a person's (`call_then_person`); a satisfaction
    of *low_score* or less goes to a person; *variables* is what flows are told besides the customer's facts. Customers are reminded of an
    appointment *remind_ahead_h* before it, and told *service_due_days* ahead that a vehicle is due for service, if by any channel.
    """

    days_for_person: Count = 2
    remind_ahead_h: Annotated[int, Field(ge=1, le=336)] = 24
    low_score: Annotated[int, Field(ge=0, le=5)] = 2
    variables: dict[Word, Annotated[str, Field(max_length=300)]] = Field(default_factory=dict)
    extra_work: Channels = ("voice", "sms")
    pick_up: Channels = ()
    appointment: Channels = ("voice", "sms")
    service_due: WrittenToo = ()
    quote: tuple[Literal["sms", "fax", "post"], ...] = ("sms",)
    service_due_days: Annotated[int, Field(ge=1, le=120)] = 14

    @model_validator(mode="after")
    def _letters_are_whole(self) -> Automated:
        wanted = {name for channel in (*self.service_due, *self.quote) for name in WRITTEN.get(channel, ())}
        if lacking := sorted(name for name in wanted if not self.variables.get(name, "").strip()):
            raise ValueError(
                Sentence(
                    "a letter names {lacking}; enter them under automated.variables",
                    lacking=lacking,
                )
            )
        return self


class AfterSales(Strict):
    """Every field has the regulation's figure as its default. Days are calendar days unless *count* says business."""

    count: Literal["calendar", "business"] = "calendar"
    holidays: str = ""
    file_within: Count = 2
    escalate_after: Count = 2
    # how long before a promised date the customer is told that it will not be kept, and in which last part of the time there was
    warn_ahead_h: Annotated[int, Field(ge=0, le=240)] = 24
    warn_share_percent: Annotated[int, Field(ge=1, le=100)] = 25
    # how many days before an event its calls are over, and after a call the letter has gone
    event_ahead: Count = 14
    letter_within: Count = 2
    plan: tuple[Step, ...] = PLAN
    automated: Automated = Automated()
    departments: tuple[Word, ...] = ("business", "workshop", "service", "finance", "management")
    # days a kind of repair takes as a rule
    repair_days: dict[str, Count] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _plan_is_a_chain(self) -> AfterSales:
        known = {DELIVERED}
        for step in self.plan:
            if step.step in known:
                raise ValueError(
                    Sentence("plan: there are two steps {step!r}; give one another name", step=step.step)
                )
            if step.after not in known:
                raise ValueError(
                    Sentence(
                        "plan: {step} comes after {after!r}, which no earlier line defines",
                        step=step.step,
                        after=step.after,
                    )
                )
            known.add(step.step)
        return self

    @model_validator(mode="after")
    def _automated_calls_fit(self) -> AfterSales:
        said: set[str] = set()
        for step in (step for step in self.plan if step.by != "person"):
            if again := sorted(said & set(step.blocks)):
                raise ValueError(
                    Sentence(
                        "plan: {step}: an earlier automated call says {again}; give it blocks and a flow of its own",
                        step=step.step,
                        again=again,
                    )
                )
            said |= set(step.blocks)
            own = step.last - step.first
            if step.by == "call_then_person" and own < self.automated.days_for_person:
                raise ValueError(
                    Sentence(
                        "plan: {step}: its {days} days leave none for the automated call; "
                        "enter automated.days_for_person: {most} or less",
                        step=step.step,
                        days=own + 1,
                        most=own,
                    )
                )
        return self


KEPT = Kept(AfterSales, "after_sales", "after_sales_settings")
of, read, change, shown = KEPT.of, KEPT.read, KEPT.change, KEPT.shown


def days_of(tenant: Tenant) -> Days:
    """How *tenant* counts days."""
    found = of(tenant)
    return Days(tenant.zone, found.count == "business", found.holidays or tenant.region)
