"""What a work order's number and dates must be."""

from __future__ import annotations

from datetime import datetime, timedelta

from aftersales import settings
from core import clock
from core.db import clean
from core.errors import Fault, Invalid, WrongFields
from core.models import Tenant

MAX_NUMBER = 40
# clocks of other systems may be ahead of ours by so much
SKEW = timedelta(minutes=5)


def read_number(text: str) -> str:
    """A job's number as it is kept. Raises Invalid."""
    number = clean(text).strip()
    if not 1 <= len(number) <= MAX_NUMBER or not number.isprintable():
        raise Invalid(
            "bad_number", "enter the work order's number, at most {most} characters", most=MAX_NUMBER
        )
    return number


def read_at(at: datetime | None) -> datetime:
    """When something happened, now by default. Raises Invalid for an instant to come."""
    now = clock.now()
    if at is not None and at > now + SKEW:
        raise Invalid("in_the_future", "at: enter a time that has passed")
    return at or now


def check_date(promised_at: datetime, received_at: datetime) -> None:
    """Raises WrongFields unless a job is promised for after it came in."""
    if promised_at <= received_at:
        raise WrongFields([Fault("promised_at", "bad_date", "enter a time after the job was taken in")])


def in_danger_at(tenant: Tenant, since: datetime, promised_at: datetime) -> datetime:
    """
    From when a job that is not ready is not expected by *promised_at* any more (R-17): so many hours before, and never before the last
    part of the time there was for it *since* it was promised. What is to be done within a day is not in danger as it comes in.
    """
    rules = settings.of(tenant)
    last_part = max(promised_at - since, timedelta()) * rules.warn_share_percent / 100
    return promised_at - min(timedelta(hours=rules.warn_ahead_h), last_part)


def usual(tenant: Tenant, kind: str, received_at: datetime) -> datetime | None:
    """When a job of *kind* is ready as a rule: at the end of the day so many days after it came in (R-16). None if nobody said."""
    count = settings.of(tenant).repair_days.get(kind)
    if count is None:
        return None
    days = settings.days_of(tenant)
    return days.ends(days.after(days.on(received_at), count))
