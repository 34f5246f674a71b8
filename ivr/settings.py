"""
What a tenant's supervisors decide about the hotline, kept in `Tenant.hotline`: one field a decision, all optional.

    flask ivr settings show
    flask ivr settings set FILE.yaml
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.fields import Strict
from core.settings import Kept

Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Limits(Strict):
    """
    How many calls a host takes: *at_once* of everybody, of one caller *of_a_caller* at once and *a_day* (E-14, E-15).

        limits: {at_once: 200, of_a_caller: 2, a_day: 40, unlimited: ["+14155550100"]}

    Callers who withhold their number count among everybody only. *unlimited* are callers who may ring as often as they like,
    such as the switchboard of a firm with many vehicles.
    """

    at_once: Annotated[int, Field(ge=1, le=100_000)] = 200
    of_a_caller: Annotated[int, Field(ge=1, le=1000)] = 2
    a_day: Annotated[int, Field(ge=1, le=10_000)] = 40
    unlimited: tuple[Number, ...] = ()


class HotlineSettings(Strict):
    """
    Every field has a default that is safe for whoever has decided nothing.

    *slow_promotions_after_s*: while somebody has waited longer for an agent, promotions go out one at a time.
    """

    slow_promotions_after_s: Annotated[int, Field(ge=10, le=7200)] = 120
    limits: Limits = Limits()
    returned_call_days: Annotated[int, Field(ge=0, le=90)] = 7
    """For how many days whoever missed a call of ours and rings back hears why we rang; 0 never."""


KEPT = Kept(HotlineSettings, "hotline", "hotline_settings")
of, read, change, shown = KEPT.of, KEPT.read, KEPT.change, KEPT.shown
