"""
What a tenant's administrators decide about sending, kept in `Tenant.settings`: one field a decision, all optional.

    flask outbound settings show
    flask outbound settings set FILE.yaml
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.fields import Strict
from core.settings import Kept
from outbound.prices import Money, Prices
from outbound.texting import Texting

Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class SecondPerson(Strict):
    """What one person may not launch alone: more *recipients*, or a higher *cost* in the currency of the prices."""

    recipients: Annotated[int, Field(ge=0)] | None = None
    cost: Money | None = None


class Launch(Strict):
    """
    What a launch may do. Nobody launches to more than *most_recipients*; *tests_per_day* is for each member of staff.

        launch: {most_recipients: 200000, second_person_above: {recipients: 5000, cost: 400}, tests_per_day: 20}
    """

    most_recipients: Annotated[int, Field(ge=1)] | None = None
    second_person_above: SecondPerson = SecondPerson()
    tests_per_day: Annotated[int, Field(ge=0, le=1000)] = 20


class OnDemand(Strict):
    """
    What callers may have sent to themselves. *countries* (ISO 3166) it may go to, the company's own if none is named; how many
    *texts_per_day* and *faxes_per_day* to one number, how many of both in *a_call*, of how many *pages* (E-1, E-10).

        on_demand: {countries: [US, CA], texts_per_day: 3, faxes_per_day: 5, a_call: 2, pages: 10}
    """

    countries: tuple[Region, ...] = ()
    texts_per_day: Annotated[int, Field(ge=0, le=100)] = 3
    faxes_per_day: Annotated[int, Field(ge=0, le=100)] = 5
    a_call: Annotated[int, Field(ge=0, le=20)] = 2
    pages: Annotated[int, Field(ge=1, le=50)] = 10

    def of(self, channel: str) -> int:
        """How many a day by *channel*."""
        return {"sms": self.texts_per_day, "fax": self.faxes_per_day}[channel]


class Settings(Strict):
    """Every field has a default that is safe for whoever has decided nothing."""

    prices: Prices | None = None
    launch: Launch = Launch()
    texting: Texting = Texting()
    on_demand: OnDemand = OnDemand()


KEPT = Kept(Settings, "settings", "settings")
of, read, change, shown = KEPT.of, KEPT.read, KEPT.change, KEPT.shown
