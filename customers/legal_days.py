"""
Legal holidays of American states that the calendar library does not count among the public ones. Telemarketing rules speak of
the legal ones.

Pennsylvania: 44 P.S. 11 (Good Friday, Flag Day, Election Day; listed for telemarketers at dnc.com on the law of 2019). Rhode
Island: R.I. Gen. Laws 25-1-1 (Election Day; it is kept here every year, on the careful side). Alabama: Ala. Code 1-3-8 (Mardi
Gras, which two counties keep; a telephone number does not tell the county).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import holidays


def _by_louisiana(name: str) -> Callable[[int], date]:
    """A day that moves with Easter, from the calendar of a state where it is public."""

    def day(year: int) -> date:
        return next(
            found for found, said in holidays.country_holidays("US", "LA", year).items() if said == name
        )

    return day


def _flag_day(year: int) -> date:
    return date(year, 6, 14)


def _election_day(year: int) -> date:
    """The Tuesday after the first Monday of November."""
    second = date(year, 11, 2)
    return second + timedelta(days=(1 - second.weekday()) % 7)


LEGAL: Mapping[str, tuple[Callable[[int], date], ...]] = {
    "US-AL": (_by_louisiana("Mardi Gras"),),
    "US-PA": (_by_louisiana("Good Friday"), _flag_day, _election_day),
    "US-RI": (_election_day,),
}


def legal_days(region: str, year: int) -> set[date]:
    """The legal holidays of *region* (such as US-PA) in *year* beside its public ones."""
    return {day(year) for day in LEGAL.get(region, ())}
