"""The words staff read for what agents and callers in the queue do."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Words = Mapping[str, LazyString]
AGENT_STATES: Words = {
    "away": _l("Away"),
    "available": _l("Available"),
    "offered": _l("Telephone rings"),
    "standby": _l("Stands by"),
    "on_call": _l("In a call"),
    "wrap_up": _l("Writing up"),
    "break": _l("On a break"),
}
AGENT_LOOKS: Mapping[str, tuple[str, str]] = {
    "available": ("good", "check"),
    "offered": ("info", "phone"),
    "standby": ("good", "phone"),
    "on_call": ("info", "phone-call"),
    "wrap_up": ("warn", "file-text"),
    "break": ("idle", "pause"),
    "away": ("idle", ""),
}
WAITER_KINDS: Words = {
    "call": _l("On the line"),
    "callback": _l("To be called back"),
    "transfer": _l("Called by us"),
}
WAITER_STATES: Words = {
    "waiting": _l("Waiting"),
    "assigned": _l("Being connected"),
    "talking": _l("Talking"),
}
FIGURES: Words = {
    "service_level": _l("Answered in time"),
    "asa": _l("Average wait"),
    "abandonment": _l("Hung up waiting"),
    "containment": _l("Helped without an agent"),
    "occupancy": _l("Agents busy"),
}
STEPS: Words = {
    "queue": _l("Waits for an agent"),
    "transfer": _l("Brought to an agent"),
    "callback": _l("Callback offered"),
    "callback_asked": _l("Callback asked for"),
}
TABLES = {
    "agent_state": AGENT_STATES,
    "waiter_kind": WAITER_KINDS,
    "waiter_state": WAITER_STATES,
    "queue_figure": FIGURES,
}
