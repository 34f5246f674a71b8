"""The words staff read for what a rule of the contact policy found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l

Words = Mapping[str, LazyString]

LEVELS: Words = {
    "express_written": _l("Agreed in writing"),
    "express": _l("Agreed"),
    "relationship": _l("Existing customer"),
}
SCOPES: Words = {"all": _l("No contact at all"), "marketing": _l("No marketing")}
# a scope that only the carrier enters
NO_TEXTS: Words = {"sms": _l("No texts")}
NUMBER_KINDS: Words = {"mobile": _l("Mobile"), "landline": _l("Landline"), "fax": _l("Fax")}
# what a rule of the contact policy found
FOUND: Words = {
    **NUMBER_KINDS,
    **LEVELS,
    **SCOPES,
    **NO_TEXTS,
    "either": _l("Mobile or landline"),
    "none": _l("None"),
    "never": _l("Never by this channel"),
}
# a code with what it is about: a region, a day, a number of days
ABOUT: Words = {
    "listed": _l("in the list of %(region)s"),
    "list": _l("not in the list of %(region)s of %(day)s"),
    "missing": _l("no list of %(region)s is loaded; have one loaded"),
    "stale": _l("the list of %(region)s is of %(day)s, older than %(days)s days; have a new one loaded"),
    "yes": _l("another subscriber since %(day)s"),
    "no": _l("same subscriber, asked for %(day)s"),
    "no_data": _l("nothing known, asked for %(day)s"),
    "unchecked": _l("nobody has asked yet"),
    "ended": _l("ran out on %(day)s"),
}


def found(value: str) -> str:
    """*value* in words: "stale US 2026-10-01 31" is a sentence, a figure such as 1/day stays as it is."""
    code, *about = value.split(" ")
    if code in ABOUT:
        return str(ABOUT[code]) % {"region": "", "day": "", "days": "", **dict(map(_place, about))}
    return str(FOUND.get(value, value))


def _place(text: str) -> tuple[str, str]:
    if text.isdecimal():
        return "days", text
    try:
        return "day", format_date(date.fromisoformat(text), "medium", locale=get_locale())
    except ValueError:
        return "region", text
