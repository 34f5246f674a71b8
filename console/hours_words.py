"""A campaign's own hours as staff read and write them: "10:00-17:00", "closed", by the kind of day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

DAYS: Mapping[str, LazyString] = {
    "weekdays": _l("Monday to Friday"),
    "saturday": _l("Saturday"),
    "sunday": _l("Sunday"),
    "holidays": _l("Public holidays"),
}


def fields(hours: Mapping[str, Any] | None) -> dict[str, str]:
    """What the form shows for *hours* as a campaign keeps them: minutes after midnight, or None where it is closed."""
    if not hours:
        return dict.fromkeys(DAYS, "")
    return {day: "" if hours.get(day) == "open" else _span(hours.get(day)) for day in DAYS}


def chosen(sent: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, as `limits.set_hours` takes it: nothing at all is the law's hours."""
    found = {day: sent.get(day, "").strip()[:20] for day in DAYS}
    if not any(found.values()):
        return {}
    found = {day: "closed" if span == str(_("closed")) else span for day, span in found.items()}
    return {**found, "holidays": found["holidays"] or "open"}


def hours_words(hours: Mapping[str, Any] | None) -> str:
    """One line: "10:00-17:00", or each kind of day where they differ."""
    if not hours:
        return str(_("the hours of the law"))
    shown = {day: span for day, span in fields(hours).items() if span}
    week = {shown[day] for day in ("weekdays", "saturday", "sunday")}
    if len(week) == 1:
        shown = {"": week.pop(), **({"holidays": shown["holidays"]} if "holidays" in shown else {})}
    return " · ".join(f"{DAYS[day]} {span}" if day else span for day, span in shown.items())


def _span(span: Any) -> str:
    return str(_("closed")) if span is None else "-".join(f"{at // 60:02}:{at % 60:02}" for at in span)


def init_app(app: Flask) -> None:
    """Give templates the filter and the kinds of day."""
    app.jinja_env.filters["hours_words"] = hours_words
    app.jinja_env.globals["KINDS_OF_DAY"] = DAYS
