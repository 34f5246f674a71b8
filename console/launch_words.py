"""The words for what comes before a launch: what is unusual about a message, what stands in the way, how tests went."""

from __future__ import annotations

from babel.numbers import format_currency
from flask import Flask
from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from broadcast.gates import Gate
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


def gate_words(gate: Gate) -> str:
    """What stands in the way, in the reader's language."""
    said = {
        "too_many": _l(
            "The list has %(targeted)s people. Your company lets nobody launch to more than %(most)s."
        ),
        "double": _l(
            "The same message was launched to the same people as “%(name)s” within the last 24 hours."
        ),
        "cost_unknown": _l(
            "A second person must approve a cost above %(most)s %(currency)s. Rehearse, so that the cost is known."
        ),
        "same_list": _l("The same people were on the list of “%(name)s” within the last 24 hours."),
        "not_rehearsed": _l("This launch has not been rehearsed as it stands now."),
        "brake": _l("Nothing leaves for now: everything was stopped. It will go once that is lifted."),
        "event_lacks": _l(
            "The event “%(name)s” does not say yet what customers are invited to, or where. Enter that first."
        ),
        "event_over": _l("The event “%(name)s” has begun."),
        "event_late": _l("The event “%(name)s” is in less than %(days)s days. Calls should be over by then."),
        "left_over": _l("%(count)s people will not be reached before the end, as rehearsed."),
    }
    return str(said[gate.code]) % gate.figures


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
        gate_words=gate_words,
        money=money,
    )
    app.jinja_env.globals.update(channel_unit=channel_unit)
