"""The words for what comes before a launch: what is unusual about a message, and what it costs."""

from __future__ import annotations

from babel.numbers import format_currency
from flask import Flask
from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from outbound.prices import MILLION

FAULTS: dict[str, LazyString] = {
    "most_units": _l("Takes the most segments or pages"),
    "empty_field": _l("A field is empty"),
    "digits_only": _l("Name without a letter"),
    "emoji": _l("Emoji"),
    "right_to_left": _l("Written from right to left"),
    "rare_letters": _l("Rare letters"),
    "beyond_gsm": _l("Letters that cost more segments"),
    "figures": _l("Amounts or dates"),
    "longest_name": _l("Longest name"),
    "longest_text": _l("Longest text"),
}


def money(amount: int, currency: str) -> str:
    """Millionths as people read an amount."""
    return str(format_currency(amount / MILLION, currency, locale=get_locale()))


def channel_unit(channel: str, count: int) -> str:
    """What a message is billed by."""
    units = {"sms": _("segments: %(n)s", n=count), "fax": _("pages: %(n)s", n=count)}
    return str(units.get(channel, _("calls: %(n)s", n=count)))


def init_app(app: Flask) -> None:
    """Give templates a filter for each."""
    app.jinja_env.filters.update(
        row_fault=lambda code: str(FAULTS.get(code, code)),
        money=money,
    )
    app.jinja_env.globals.update(channel_unit=channel_unit)
