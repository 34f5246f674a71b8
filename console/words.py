"""The words staff read for the codes the domain keeps, and the look of each. A code without a word is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from console import appointment_words, care_words, flow_words, message_words, order_words, queue_words
from console.import_words import FIELDS, IMPORT_STATES
from console.policy_words import LEVELS, NO_TEXTS, NUMBER_KINDS, SCOPES, found

Words = Mapping[str, LazyString]
Look = tuple[str, str]
ANSWER = re.compile(r"name=(?P<name>\w+) value=(?P<value>.*)", re.DOTALL)

CHANNELS: Words = {"voice": _l("Voice call"), "sms": _l("SMS"), "fax": _l("Fax")}
PURPOSES: Words = {
    "marketing": _l("Marketing"),
    "service": _l("Service"),
    "transactional": _l("Transactional"),
}
CAMPAIGN_STATES: Words = {
    "draft": _l("Draft"),
    "waiting": _l("Waiting for approval"),
    "preparing": _l("Preparing"),
    "running": _l("Sending"),
    "paused": _l("Paused"),
    "finished": _l("Finished"),
    "cancelled": _l("Stopped"),
}
CAMPAIGN_LOOKS: Mapping[str, Look] = {
    "draft": ("idle", "file-text"),
    "waiting": ("warn", "clock"),
    "preparing": ("info", "clock"),
    "running": ("info", "play"),
    "paused": ("warn", "pause"),
    "finished": ("good", "check"),
    "cancelled": ("bad", "square"),
}
# why somebody is held back or not contacted: rules of the contact policy and what else may come in between
RULES: Words = {
    "emergency": _l("Emergency"),
    "number_type": _l("Wrong kind of number"),
    "suppressed": _l("Wants no contact"),
    "opted_out": _l("Opted out of marketing"),
    "review": _l("Wrote what may be an opt-out; being read"),
    "do_not_call": _l("On a do-not-call register"),
    "reassigned": _l("Number has changed hands"),
    "consent": _l("No consent for this"),
    "frequency": _l("Contacted often enough"),
    "quiet_hours": _l("Outside contact hours"),
    "campaign_hours": _l("Outside the campaign's hours"),
    "zone_unknown": _l("Time zone not known"),
    "no_fresh_list": _l("No fresh do-not-call list"),
    "country_refused": _l("Country not allowed at the carrier"),
    "shared_address": _l("Number shared with another customer"),
    "expired": _l("Campaign ended first"),
    "cancelled": _l("Campaign was stopped"),
    "no_number": _l("No number for this channel"),
    "no_customer": _l("Customer no longer in the file"),
    "content": _l("Message does not fit"),
}
# what each rule looks at
CHECKS: Words = {
    "emergency": _l("Emergency"),
    "number_type": _l("Kind of number"),
    "suppressed": _l("Wish for no contact"),
    "opted_out": _l("Opt-out of marketing"),
    "review": _l("Texts being read"),
    "do_not_call": _l("Do-not-call register"),
    "reassigned": _l("Change of hands"),
    "consent": _l("Consent"),
    "frequency": _l("Contacts so far"),
    "quiet_hours": _l("Contact hours"),
    "campaign_hours": _l("The campaign's own hours"),
    "zone_unknown": _l("Time zone"),
    "no_fresh_list": _l("Do-not-call register"),
    "country_refused": _l("Way to the country"),
    "shared_address": _l("Shared number"),
    "expired": _l("End of the campaign"),
}
# how an attempt ended, and for what cause
CAUSES: Words = {
    "reached": _l("Reached"),
    "busy": _l("Busy"),
    "no_answer": _l("No answer"),
    "network": _l("Network trouble"),
    "bad_number": _l("Number not in service"),
    "declined": _l("Declined"),
    "not_a_fax": _l("No fax machine answered"),
    "poor_line": _l("Line too poor for fax"),
    "machine": _l("Answering machine, hung up"),
    "message_left": _l("Message left on a machine"),
    "fax_answered": _l("A fax machine answered"),
    "cut": _l("Cut off before the end"),
    "too_fine": _l("Fax machine cannot print this finely"),
    "our_document": _l("Document could not be fetched"),
    "handset_off": _l("Handset switched off"),
    "filtered": _l("Filtered by the network"),
    "opted_out": _l("Opted out"),
    "not_allowed": _l("Our account may not send there"),
    "cancelled": _l("Cancelled"),
    "failed": _l("Failed"),
    "undelivered": _l("Not delivered"),
    "unknown": _l("Not known"),
    "unknown_cause": _l("No reason given"),
    "unconfirmed": _l("Sent, never confirmed"),
}
ATTEMPT_STATES: Words = {
    "claimed": _l("Next in line"),
    "submitting": _l("Being sent"),
    "accepted": _l("On its way"),
    "unknown": _l("Not known"),
    "refused": _l("Refused by the carrier"),
    "released": _l("Not sent"),
    "ended": _l("Ended"),
}
CALL_REASONS: Words = {
    "goodbye": _l("Goodbye"),
    "message_taken": _l("Message left"),
    "refused": _l("Refused"),
    "opted_out": _l("Opted out"),
    "transferred": _l("Connected to a person"),
    "too_many_turns": _l("Went on for too long"),
    "too_long": _l("In the menu for too long"),
    "lines_busy": _l("All lines busy, turned away"),
    "caller_busy": _l("Called too often, turned away"),
    "trouble": _l("Trouble on our side"),
    "hung_up": _l("Caller hung up"),
    "machine": _l("Answering machine, hung up"),
    "abandoned": _l("Gave up"),
    "busy": _l("Busy"),
    "failed": _l("Failed"),
    "to_message": _l("On to the message"),
    "to_menu": _l("On to the menu"),
}
# kinds of node, and what a step caused
STEPS: Words = {
    "limit": _l("Turned away"),
    "handover": _l("Passed on"),
    "proof": _l("Recording begun"),
    "say": _l("Said"),
    "play": _l("Played"),
    "menu": _l("Menu"),
    "speech": _l("Menu by voice"),
    "collect": _l("Asked for digits"),
    "rate": _l("Rating asked"),
    "set": _l("Noted"),
    "jump": _l("Back"),
    "branch": _l("Decision"),
    "hours": _l("Opening hours"),
    "language": _l("Language"),
    "record": _l("Recording"),
    "dial": _l("Connect"),
    **queue_words.STEPS,
    "case": _l("Case noted"),
    "case_opened": _l("Case opened"),
    "lookup": _l("Looked up"),
    "verify": _l("Identity checked"),
    "appointment": _l("Appointment"),
    "sms": _l("Text message"),
    "fax": _l("Fax"),
    "optout": _l("Opt-out asked"),
    "hangup": _l("Goodbye"),
    "machine": _l("Answering machine"),
    "announcement": _l("Announcement"),
    "opt_out": _l("Opted out"),
    "message_left": _l("Message left"),
    "answer": _l("Answer kept"),
    "error": _l("Trouble"),
}
# the boxes that messages go to in the flows we ship
BOXES: Words = {
    "appointments": _l("Appointments"),
    "complaints": _l("Complaints"),
    "desk": _l("Front desk"),
    "events": _l("Events"),
    "praise": _l("Praise"),
    "repairs": _l("Repairs"),
    "roadside": _l("Roadside help"),
    "survey": _l("Survey"),
}
DIRECTIONS: Words = {"in": _l("Incoming"), "out": _l("Outgoing")}
CALL_STATES: Words = {"live": _l("In progress"), "ended": _l("Ended")}
TOUCH_STATES: Words = {"intended": _l("About to be made"), "made": _l("Made"), "void": _l("Not made")}
LANGUAGES: Words = {"en": _l("English"), "zh": _l("Chinese")}
# what came back from the telephone of a person a caller was connected to
DIALLED: Words = {
    "completed": _l("Connected to a person"),
    "busy": _l("Busy"),
    "no-answer": _l("No answer"),
    "failed": _l("Failed"),
    "canceled": _l("Cancelled"),
}


class _Attempt(Protocol):
    outcome: str
    state: str


def word(table: Words, code: str) -> str:
    """The word for *code*, or the code made readable."""
    return str(table[code]) if code in table else code.replace("_", " ")


def attempt_word(attempt: _Attempt) -> str:
    """How an attempt ended, or where it is."""
    if attempt.outcome:
        return word(CAUSES, attempt.outcome)
    return word(ATTEMPT_STATES, attempt.state)


def attempt_look(attempt: _Attempt) -> Look:
    """Green for reached, red for not, blue while it is on its way."""
    if attempt.state == "unknown":
        return "warn", ""
    if not attempt.outcome:
        return {"released": "idle", "refused": "bad"}.get(attempt.state, "info"), ""
    return (
        "good"
        if attempt.outcome == "reached"
        else "warn"
        if attempt.outcome in ("busy", "no_answer")
        else "bad"
    ), ""


def effect_words(kind: str, effect: str) -> str:
    """What a step caused, kept as name=value: an answer is "satisfaction: 2", a language its word."""
    if kind == "language":
        return word(LANGUAGES, effect.removeprefix("language="))
    if kind == "case":
        return care_words.case_words(effect)
    answer = ANSWER.fullmatch(effect)
    return f"{answer['name']}: {answer['value']}" if answer else effect


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
        "check": CHECKS,
        "cause": CAUSES,
        "box": BOXES,
        "direction": DIRECTIONS,
        "call_state": CALL_STATES,
        "call_reason": CALL_REASONS,
        "step": STEPS,
        "touch_state": TOUCH_STATES,
        "given_back": {**CAUSES, **RULES, **care_words.GIVEN_BACK},
        "text_kind": message_words.TEXT_KINDS,
        "delivery_state": message_words.DELIVERY_STATES,
        "text_state": message_words.TEXT_STATES,
        "number_kind": NUMBER_KINDS,
        "language": LANGUAGES,
        "scope": {**SCOPES, **NO_TEXTS},
        "level": LEVELS,
        "field": FIELDS,
        "import_state": IMPORT_STATES,
        **appointment_words.TABLES,
        **order_words.TABLES,
        **care_words.TABLES,
        **queue_words.TABLES,
        **flow_words.TABLES,
    }
    for name, table in tables.items():
        app.jinja_env.filters[name] = lambda code, table=table: word(table, code)
    app.jinja_env.filters.update(
        campaign_look=lambda state: CAMPAIGN_LOOKS.get(state, ("idle", "")),
        outreach_look=lambda state: order_words.OUTREACH_LOOKS.get(state, ("idle", "")),
        agent_look=lambda state: queue_words.AGENT_LOOKS.get(state, ("idle", "")),
        appointment_look=lambda state: appointment_words.LOOKS.get(state, ("idle", "")),
        order_look=lambda state: order_words.ORDER_LOOKS.get(state, ("idle", "")),
        case_look=lambda state: care_words.CASE_LOOKS.get(state, ("idle", "")),
        attempt_word=attempt_word,
        flow_look=lambda state: flow_words.LOOKS.get(state, ("idle", "")),
        attempt_look=attempt_look,
        text_look=message_words.text_look,
        delivery_look=message_words.delivery_look,
        by_count=by_count,
        effect_words=effect_words,
        found=found,
        dialled=lambda value: word(DIALLED, value),
    )
