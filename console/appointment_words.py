"""The words staff read for slots and appointments."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Words = Mapping[str, LazyString]

STATES: Words = {
    "offered": _l("Offered"),
    "booked": _l("Booked"),
    "confirmed": _l("Confirmed"),
    "kept": _l("Came"),
    "missed": _l("Did not come"),
    "moved": _l("Moved to another time"),
    "cancelled": _l("Cancelled"),
    "expired": _l("Offer lapsed"),
}
LOOKS: Mapping[str, tuple[str, str]] = {
    "offered": ("idle", "clock"),
    "booked": ("info", "calendar-check"),
    "confirmed": ("good", "calendar-check"),
    "kept": ("good", "check"),
    "missed": ("bad", "x"),
    "moved": ("idle", "history"),
    "cancelled": ("idle", "x"),
    "expired": ("idle", "clock"),
}
WEEKDAYS: tuple[LazyString, ...] = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip
TABLES: Mapping[str, Words] = {"appointment_state": STATES}
