"""What a flow may look up and how it may know who is calling: as data, for lint, the simulator and whoever carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PERSON = "customer"
"""The variable that holds who the caller has proved to be (our id); flows neither set nor say it."""


@dataclass(frozen=True)
class Lookup:
    """
    *by*: what must be given; *gives*: what is then known, with the type of its variable and an example.

    *is_personal*: only whoever proved to be that customer is told (E-8).
    """

    by: tuple[str, ...]
    gives: Mapping[str, tuple[str, str]]
    is_personal: bool = False


LOOKUPS: Mapping[str, Lookup] = {
    "customer": Lookup(
        by=(),
        gives={"name": ("text", "Ann"), "next_service_on": ("date", "2027-03-01")},
        is_personal=True,
    ),
    "work_order": Lookup(
        by=("number",),
        gives={
            "state": ("text", "workshop"),
            "promised_on": ("date", "2026-12-28"),
            "is_late": ("text", ""),
            "model": ("text", "Lake 3"),
        },
        is_personal=True,
    ),
    "appointment": Lookup(by=(), gives={"time": ("text", "Thu, Dec 24, 9:00 AM")}, is_personal=True),
    "warranty": Lookup(
        by=("serial",),
        gives={"until": ("date", "2027-06-30"), "days_left": ("number", "188"), "model": ("text", "Lake 3")},
        is_personal=True,
    ),
    "repair_promise": Lookup(by=("kind",), gives={"days": ("number", "3")}),
    "event": Lookup(
        by=(),
        gives={
            "name": ("text", "Winter check"),
            "content": ("text", "Free inspection"),
            "held_on": ("date", "2027-01-15"),
            "hours": ("text", "9 to 5"),
            "address": ("text", "12 Lake Road"),
        },
    ),
    "case": Lookup(
        by=("number",),
        gives={
            "state": ("text", "open"),
            "due_on": ("date", "2026-12-28"),
            "department": ("text", "workshop"),
        },
    ),
}
FACTS = ("order", "plate", "serial", "reference")
"""
What proves a caller, each in digits as keyed in: the number of a work order of theirs, the last digits of a plate or a
serial number, the customer's number.
"""
OPENED = {"number": ("digits", "48151623"), "due_on": ("date", "2026-12-28")}
"""What is known of a case once it is opened."""
TIMES = ("Thu, Dec 24, 9:00 AM", "Thu, Dec 24, 10:00 AM", "Mon, Dec 28, 9:00 AM")
BOOKED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "confirm": {},
    "cancel": {},
    "offer": {name: ("text", time) for name, time in zip(("first", "second", "third"), TIMES, strict=True)},
    "take": {"time": ("text", TIMES[0])},
}
"""What is known once something was done about an appointment."""
DONE = {"confirm": "confirmed", "cancel": "cancelled", "offer": "", "take": "moved"}
EXAMPLES: Mapping[str, Mapping[str, str]] = {
    **{
        f"lookup:{name}": {value: example for value, (_, example) in one.gives.items()}
        for name, one in LOOKUPS.items()
    },
    **{
        f"appointment:{do}": {"done": DONE[do], **{name: example for name, (_, example) in gives.items()}}
        for do, gives in BOOKED.items()
    },
    "case": {name: example for name, (_, example) in OPENED.items()},
    "verify": {PERSON: "1"},
    "queue": {"queue": "service"},
    "transfer": {"room": "room", "about": "offer"},
    "callback": {"number": "+14155550123"},
}
"""What the simulator is told where nothing else is said."""
ASKED = (*EXAMPLES, "sms", "fax")
"""All that a flow may ask for."""
