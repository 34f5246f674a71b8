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
# what a form is told instead of being saved
FAULTS: Words = {
    "taken": _l("Somebody has this time already. Choose another."),
    "over": _l("This time or this appointment is over. Look at the week again."),
    "same_time": _l("The appointment is at this time already. Choose another."),
    "too_early": _l("This appointment is yet to come. Mark it when its time is there."),
    "no_slot": _l("Choose a time."),
    "no_customer": _l("Choose a customer."),
    "no_vehicle": _l("Choose a vehicle of this customer."),
    "bad_resource": _l("Name who or what receives customers, in at most 60 characters."),
    "bad_day": _l("Enter a last day that is not before the first."),
    "no_day": _l("Enter a day, such as 2026-12-24."),
    "past_day": _l("Enter a last day that is not past."),
    "too_far": _l("Enter a last day within two years, and within 370 days of the first."),
    "too_many": _l("Enter an earlier last day: these are too many slots."),
    "bad_weekday": _l("Choose at least one day of the week."),
    "bad_minutes": _l("Enter how long a slot is, from 5 to 720 minutes."),
    "bad_time": _l("Enter a time late enough for one slot."),
    "bad_hour": _l("Enter a time, such as 13:30."),
    "bad_places": _l("Enter how many customers fit in, from 1 to 50."),
    "bad_text": _l("Remove the characters that are no text."),
    "too_long": _l("Shorten this."),
    "overlap": _l("There are other slots at these times. Close those first, or choose other times."),
    "booked": _l("Customers have a place on these days. Move or cancel them first, or have them moved."),
    "no_place": _l("There is no free place later on for whoever has one here. Open more slots first."),
    "bad_transition": _l("Somebody has taken this further already. Look at the week again."),
    "nobody_works_here": _l("Add a member of staff first."),
}
TABLES: Mapping[str, Words] = {"appointment_state": STATES}
