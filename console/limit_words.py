"""What holds a campaign up, in the reader's language: used-up limits, refused countries, and what its sample did."""

from __future__ import annotations

from flask import Flask
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from console.launch_words import money
from console.pause_words import FIGURES
from console.web import moment
from core.phone import masked
from outbound.full import Full
from outbound.ways import Closed


def full_words(limit: Full) -> str:
    """Which limit has nothing left, and when it has room again."""
    figures = {"amount": _amount(limit), "whose": _whose(limit)}
    if limit.goes_on_at is None:
        return str(
            _("The limit of %(whose)s is used up: %(amount)s. It goes on once somebody raises it.", **figures)
        )
    at = moment(limit.goes_on_at)
    return str(
        _("Today's limit of %(whose)s is reached: %(amount)s. It goes on at %(time)s.", time=at, **figures)
    )


def _amount(limit: Full) -> str:
    if limit.unit == "money":
        return money(limit.most, limit.currency)
    n = format_decimal(limit.most)
    units = {
        "sends": _("sends: %(n)s", n=n),
        "calls": _("calls: %(n)s", n=n),
        "segments": _("segments: %(n)s", n=n),
        "pages": _("pages: %(n)s", n=n),
    }
    return str(units[limit.unit])


def _whose(limit: Full) -> str:
    if limit.level == "sender":
        return str(_("the number %(number)s", number=masked(limit.subject)))
    if limit.level == "brand":
        return str(_("the brand %(name)s", name=limit.subject))
    return str(_("this campaign") if limit.level == "source" else _("the carrier's account"))


def way_words(way: Closed) -> str:
    """Which country is refused to which of our numbers, and what to do about it."""
    return str(
        _(
            "The carrier does not let %(number)s reach %(country)s (%(code)s). Have that country allowed there; it is tried again at %(time)s.",
            number=masked(way.number),
            country=get_locale().territories.get(way.region, way.region),
            code=way.code,
            time=moment(way.until),
        )
    )


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(
        full_words=full_words, way_words=way_words, figure=lambda code: str(FIGURES[code])
    )
