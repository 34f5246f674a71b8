"""Words for call flows: states of a version, and what leads a caller to a node."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from console.care_words import Look, Words

STATES: Words = {"draft": _l("Draft"), "published": _l("Published"), "retired": _l("Former")}
LOOKS: dict[str, Look] = {
    "draft": ("warn", "file-text"),
    "published": ("good", "check"),
    "retired": ("idle", "history"),
}
# keys are told as they are, and so are ways named by a flow itself
WAYS: Words = {
    "digits": _l("digits"),
    "message": _l("message"),
    "nothing": _l("silence"),
    "machine": _l("machine"),
    "nobody": _l("nobody answers"),
    "talked": _l("after talking"),
    "open": _l("open"),
    "closed": _l("closed"),
    "unavailable": _l("unavailable"),
    "refused": _l("refused"),
    "not_found": _l("not found"),
    "locked": _l("locked"),
    "low": _l("low score"),
    "empty": _l("not known"),
    "otherwise": _l("otherwise"),
    "failed": _l("failed"),
}


TABLES = {"flow_state": STATES, "way_word": WAYS}
