"""The words and looks of messages: what is to reach somebody, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Words = Mapping[str, LazyString]
Look = tuple[str, str]

DELIVERY_STATES: Words = {
    "pending": _l("Waiting"),
    "held": _l("Held back"),
    "active": _l("On its way"),
    "reached": _l("Reached"),
    "failed": _l("Not reached"),
    "blocked": _l("Not allowed"),
    "unknown": _l("Not known"),
    "expired": _l("Expired"),
    "cancelled": _l("Stopped"),
}
DELIVERY_LOOKS: Mapping[str, Look] = {
    "held": ("warn", "clock"),
    "active": ("info", ""),
    "reached": ("good", "check"),
    "failed": ("bad", "x"),
    "blocked": ("bad", "ban"),
    "unknown": ("warn", ""),
}
# what a text that came in is, and what was decided of one that had to be read
TEXT_KINDS: Words = {
    "answer": _l("Something else"),
    "stop": _l("STOP"),
    "start": _l("START"),
    "help": _l("HELP"),
    "refusal": _l("Perhaps an opt-out"),
    "confirm": _l("Confirmed START"),
}
TEXT_STATES: Words = {
    "kept": _l("Kept"),
    "asked": _l("Asked to confirm"),
    "confirmed": _l("Confirmed"),
    "review": _l("To be read"),
    "opted_out": _l("Opted out"),
    "allowed": _l("Not an opt-out"),
    "dismissed": _l("Dismissed"),
}


class _Text(Protocol):
    kind: str
    state: str
    answer: str


def text_look(text: _Text) -> Look:
    """Red for those who want no more, yellow while somebody has to read it, blue for an answer the campaign named."""
    if text.kind == "stop" or text.state == "opted_out":
        return "bad", ""
    if text.state == "review":
        return "warn", ""
    return ("info" if text.answer else "idle"), ""


def delivery_look(state: str) -> Look:
    """Green for reached, yellow for held back, red for who cannot be had."""
    return DELIVERY_LOOKS.get(state, ("idle", ""))
