"""What the figures of the contact policy are made of: hours, caps, limits, each typed and checked as it is read."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    model_validator,
)

from core.sentences import Sentence
from customers.models import CHANNELS, PURPOSES
from customers.windows import DAY_MINUTES, Span, Windows

# weakest first; "none" asks for nothing, "never" is satisfied by nothing
LEVELS = ("none", "relationship", "express", "express_written", "never")
LONGEST_RING_S = 120


def one_of(*words: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(Sentence("enter one of {words}", words=words))
        return value

    return AfterValidator(check)


Purpose = Annotated[str, one_of(*PURPOSES)]
Channel = Annotated[str, one_of(*CHANNELS)]
Level = Annotated[str, one_of(*LEVELS)]


def _span(value: object) -> object:
    """ "09:00-20:00" in minutes after midnight, "closed" as None."""
    if value == "closed":
        return None
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", value)
    if not found:
        raise ValueError(Sentence('enter hours such as "09:00-20:00", or "closed"'))
    hours = [int(part) for part in found.groups()]
    first, last = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if not first < last <= DAY_MINUTES:
        raise ValueError(
            Sentence("the end must come after the start, on the same day, and be 24:00 at the latest")
        )
    return first, last


def _period(value: object) -> object:
    if value != "day" and not re.fullmatch(r"[1-9]\d?[hd]", str(value)):
        raise ValueError(Sentence('enter a period: "day" (by the calendar), "24h" or "7d" (rolling)'))
    if value != "day" and str(value).endswith("d") and int(str(value)[:-1]) > 30:
        raise ValueError(Sentence("touches are counted over 30 days at most"))
    return value


Hours_ = Annotated[Span, BeforeValidator(_span)]
# "day" is the calendar day where the person is; "24h" and "7d" roll
Period = Annotated[str, BeforeValidator(_period)]


class Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(Figures):
    """
    Local hours; a plain "09:00-20:00" means every day. Without *holidays* a holiday is like any other day.
    """

    weekdays: Hours_
    saturday: Hours_
    sunday: Hours_
    holidays: Hours_ | Literal["open"] = "open"

    @model_validator(mode="before")
    @classmethod
    def _every_day(cls, value: object) -> object:
        return dict.fromkeys(("weekdays", "saturday", "sunday"), value) if isinstance(value, str) else value

    def windows(self, region: str) -> Windows:
        """As minutes, with the holidays of *region*."""
        week = (*[self.weekdays] * 5, self.saturday, self.sunday)
        on_holiday = week if self.holidays == "open" else (self.holidays,) * 7
        return Windows(week, on_holiday, region)


HoursTable = dict[Purpose, dict[Channel, Hours]]
CapsTable = dict[Purpose, dict[Period, PositiveInt]]
LineCapsTable = dict[Purpose, dict[Channel, dict[Period, PositiveInt]]]


class State(Figures):
    """What a state adds: both its hours and caps and the country's must be kept."""

    area_codes: tuple[str, ...]
    # whose public holidays count, such as US-LA
    calendar: str
    hours: HoursTable = Field(default_factory=dict)
    caps: CapsTable = Field(default_factory=dict)


class CampaignLimits(Figures):
    """How often one person may be tried in one campaign."""

    attempts: PositiveInt
    gap_hours: int = Field(ge=0)
    per_day: PositiveInt


class DoNotCall(Figures):
    """
    Public do-not-call lists: where they bind, what overrides them, after how many days a copy is stale (0: never).

    *region* is whose list holds, "" for that of the number's own region. With *is_required* there is no marketing
    without one.
    """

    channels: tuple[Channel, ...]
    overridden_by: Level
    fresh_days: int = Field(ge=0)
    region: str = ""
    is_required: bool = False


class Reassigned(Figures):
    """The database of reassigned numbers: what it binds, and how long any answer but yes is good."""

    channels: tuple[Channel, ...]
    purposes: tuple[Purpose, ...]
    fresh_days: PositiveInt
    no_data: Literal["allow", "block"]
    unchecked: Literal["allow", "block"]


class Voice(Figures):
    """How calls are placed."""

    ring_s: int = Field(ge=15, le=LONGEST_RING_S)
    connect_s: PositiveInt
    abandoned_percent: int = Field(ge=0, le=100)
    machine: Literal["hang_up", "message"]


class TextRules(Figures):
    """
    What every marketing text must say: its sender between the two letters of *signature*, at its beginning or end, and by one of
    the words of *refusal* how to refuse further ones. *say* is an example of the latter.
    """

    signature: Annotated[str, StringConstraints(min_length=2, max_length=2)]
    refusal: tuple[str, ...]
    say: str


def suffices(given: str, needed: str) -> bool:
    """Whether consent of level *given* is enough where *needed* is asked for."""
    return needed != "never" and LEVELS.index(given) >= LEVELS.index(needed)
