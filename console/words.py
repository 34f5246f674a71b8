"""The words staff read for the codes the domain keeps, and the look of each. A code without a word is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask import Flask
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

Words = Mapping[str, LazyString]
Look = tuple[str, str]

CHANNELS: Words = {"voice": _l("Voice call"), "sms": _l("SMS"), "fax": _l("Fax")}
PURPOSES: Words = {"marketing": _l("Marketing"), "service": _l("Service"), "transactional": _l("Transactional")}
CAMPAIGN_STATES: Words = {
    "draft": _l("Draft"),
    "preparing": _l("Preparing"),
    "running": _l("Sending"),
    "paused": _l("Paused"),
    "finished": _l("Finished"),
    "cancelled": _l("Stopped"),
}
CAMPAIGN_LOOKS: Mapping[str, Look] = {
    "draft": ("idle", "file-text"),
    "preparing": ("info", "clock"),
    "running": ("info", "play"),
    "paused": ("warn", "pause"),
    "finished": ("good", "check"),
    "cancelled": ("bad", "square"),
}
# rules of the contact policy
RULES: Words = {
    "emergency": _l("Emergency"),
    "number_type": _l("Kind of number"),
    "suppressed": _l("No contact wanted"),
    "opted_out": _l("Opted out of marketing"),
    "do_not_call": _l("On a do-not-call register"),
    "consent": _l("Consent for the purpose"),
    "frequency": _l("Contacted often enough"),
    "quiet_hours": _l("Outside contact hours"),
    "zone_unknown": _l("Time zone not known"),
    "shared_address": _l("Number shared with another customer"),
    "expired": _l("Campaign ended first"),
}
# how an attempt ended
OUTCOMES: Words = {
    "answered": _l("Answered"),
    "human": _l("Answered"),
    "reached": _l("Reached"),
    "delivered": _l("Delivered"),
    "sent": _l("Sent"),
    "machine": _l("Answering machine"),
    "voicemail": _l("Answering machine"),
    "no_answer": _l("No answer"),
    "busy": _l("Busy"),
    "rejected": _l("Rejected"),
    "hung_up": _l("Hung up"),
    "failed": _l("Failed"),
    "undelivered": _l("Not delivered"),
    "unreachable": _l("Not reachable"),
    "invalid_number": _l("Number not in service"),
    "no_fax": _l("No fax machine answered"),
    "partial": _l("Only part of the pages arrived"),
    "filtered": _l("Filtered by the network"),
    "landline": _l("Landline cannot receive SMS"),
    "opted_out": _l("Opted out"),
    "refused": _l("Refused by the carrier"),
    "cancelled": _l("Cancelled"),
    "expired": _l("Campaign ended first"),
    "unknown": _l("Not known"),
}
GOOD = frozenset(("answered", "human", "reached", "delivered", "sent"))
ATTEMPT_STATES: Words = {
    "claimed": _l("Next in line"),
    "submitting": _l("Being sent"),
    "accepted": _l("On its way"),
    "unknown": _l("Not known"),
    "refused": _l("Refused by the carrier"),
    "released": _l("Not sent"),
    "ended": _l("Ended"),
}
DIRECTIONS: Words = {"in": _l("Incoming"), "out": _l("Outgoing")}
CALL_STATES: Words = {"live": _l("In progress"), "ended": _l("Ended")}
TOUCH_STATES: Words = {"intended": _l("About to be made"), "made": _l("Made"), "void": _l("Not made")}
NUMBER_KINDS: Words = {"mobile": _l("Mobile"), "landline": _l("Landline"), "fax": _l("Fax")}
LANGUAGES: Words = {"en": _l("English"), "zh": _l("Chinese")}
SCOPES: Words = {"all": _l("No contact at all"), "marketing": _l("No marketing")}
LEVELS: Words = {
    "express_written": _l("Agreed in writing"),
    "express": _l("Agreed"),
    "relationship": _l("Existing customer"),
}


class _Attempt(Protocol):
    outcome: str
    state: str
    cause: str


def word(table: Words, code: str) -> str:
    """The word for *code*, or the code made readable."""
    return str(table[code]) if code in table else code.replace("_", " ")


def attempt_word(attempt: _Attempt) -> str:
    """How an attempt ended, or where it is."""
    if ended := attempt.cause or attempt.outcome:
        return word(OUTCOMES, ended)
    return word(ATTEMPT_STATES, attempt.state)


def attempt_look(attempt: _Attempt) -> Look:
    """Green for reached, red for not, blue while it is on its way."""
    if attempt.state == "unknown" or attempt.outcome == "unknown":
        return "warn", ""
    if not (attempt.cause or attempt.outcome):
        return ("idle" if attempt.state == "released" else "info"), ""
    return ("good" if attempt.outcome in GOOD and not attempt.cause else "bad"), ""


def decision(answer: Any) -> tuple[Look, str]:
    """Allowed, held until when, or not allowed and by which rule."""
    from console.web import moment

    rule = getattr(answer, "rule", "")
    if not rule:
        return ("good", "check"), _("Allowed now")
    if until := getattr(answer, "until", None):
        return ("warn", "clock"), _("From %(time)s", time=moment(until))
    return ("bad", "ban"), word(RULES, rule)


def by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The commonest first."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def init_app(app: Flask) -> None:
    """Give templates a filter for each table."""
    tables = {
        "channel": CHANNELS,
        "purpose": PURPOSES,
        "campaign_state": CAMPAIGN_STATES,
        "rule": RULES,
        "cause": OUTCOMES,
        "direction": DIRECTIONS,
        "call_state": CALL_STATES,
        "touch_state": TOUCH_STATES,
        "number_kind": NUMBER_KINDS,
        "language": LANGUAGES,
        "scope": SCOPES,
        "level": LEVELS,
    }
    for name, table in tables.items():
        app.jinja_env.filters[name] = lambda code, table=table: word(table, code)
    app.jinja_env.filters.update(
        campaign_look=lambda state: CAMPAIGN_LOOKS.get(state, ("idle", "")),
        attempt_word=attempt_word,
        attempt_look=attempt_look,
        by_count=by_count,
        decision=decision,
    )
