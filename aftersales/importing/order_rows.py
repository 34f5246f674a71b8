"""What a row says of a job, and whether that can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aftersales import settings
from aftersales.importing.entries import Entry, instant_of
from aftersales.order_checks import SKEW, check_date
from core import clock
from core.errors import Fault, WrongFields
from core.models import Tenant
from core.sentences import Sentence

HANDED_OVER = ("delivered", "followed_up")


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of a job, checked; None and "" where it says nothing."""

    entry: Entry
    step: str
    received_at: datetime | None
    promised_at: datetime | None
    delivered_at: datetime | None

    @property
    def number(self) -> str:
        """The job's."""
        found: str = self.entry.values["number"]
        return found


def read(tenant: Tenant, entry: Entry, departments: Sequence[str]) -> Said:
    """What *entry* says. Raises WrongFields naming each cell that cannot be."""
    values, zone = entry.values, tenant.zone
    received_at = _instant(values.get("received_at"), zone)
    delivered_at = _instant(values.get("delivered_at"), zone)
    promised_at = values.get("promised_at")
    if promised_at and not isinstance(promised_at, datetime):
        # who is told a day is told that it will be ready before that day is over
        promised_at = settings.days_of(tenant).ends(promised_at)
    if received_at and delivered_at and _is_day_of(values["delivered_at"], received_at, zone):
        delivered_at = max(delivered_at, received_at)
    step = values.get("step") or ("delivered" if delivered_at else "")
    _check(values, step, received_at, delivered_at, departments)
    if promised_at and received_at:
        check_date(promised_at, received_at)
    return Said(entry, step, received_at, promised_at, delivered_at)


def _instant(said: date | datetime | None, zone: str) -> datetime | None:
    return instant_of(said, zone) if said else None


def _is_day_of(said: date | datetime, at: datetime, zone: str) -> bool:
    """Whether *said* is no more than the day on which *at* was."""
    return not isinstance(said, datetime) and said == at.astimezone(ZoneInfo(zone)).date()


def _check(
    values: Mapping[str, Any],
    step: str,
    received_at: datetime | None,
    delivered_at: datetime | None,
    departments: Sequence[str],
) -> None:
    latest = clock.now() + SKEW
    faults = [
        Fault(name, "in_the_future", "enter a time that has passed")
        for name, at in (("received_at", received_at), ("delivered_at", delivered_at))
        if at and at > latest
    ]
    if step in HANDED_OVER and delivered_at is None:
        faults.append(Fault("delivered_at", "missing", "enter when the vehicle was handed over"))
    if delivered_at and step not in HANDED_OVER:
        faults.append(
            Fault(
                "delivered_at",
                "not_delivered",
                Sentence("leave this empty for a job at {step}, or enter delivered as its step", step=step),
            )
        )
    if delivered_at and received_at and delivered_at < received_at:
        faults.append(Fault("delivered_at", "bad_date", "enter a time after the job was taken in"))
    if (department := values.get("department")) and department not in departments:
        faults.append(
            Fault(
                "department",
                "unknown_department",
                Sentence("choose a department: {words}", words=departments),
            )
        )
    if faults:
        raise WrongFields(faults)
