"""
What carriers' words and numbers mean in ours: how an attempt ended, and for what cause.

Outcomes: reached · busy · no_answer · failed · undelivered · cancelled. Causes, after which outbound/retry.py decides:
busy · no_answer · network · bad_number · declined · not_a_fax · poor_line · cut · too_fine · our_document · handset_off ·
filtered · opted_out · not_allowed (our account may not) · cancelled · unknown_cause. The carriers' own explanations of
their numbers may change, so an unknown number is an unknown_cause.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class End:
    """How an attempt ended; *cause* is "" when it reached somebody."""

    outcome: str
    cause: str = ""


REACHED = End("reached")
CANCELLED = End("cancelled", "cancelled")

# a word with an End is final; with None it goes on; where the cause is "", the carrier's number decides it
WORDS: dict[str, dict[str, End | None]] = {
    "voice": {
        "queued": None,
        "initiated": None,
        "ringing": None,
        "in-progress": None,
        "completed": REACHED,
        "busy": End("busy", "busy"),
        "no-answer": End("no_answer", "no_answer"),
        "failed": End("failed"),
        "canceled": CANCELLED,
    },
    "sms": {
        "accepted": None,
        "scheduled": None,
        "queued": None,
        "sending": None,
        # may be the last word where a network gives no receipts
        "sent": None,
        "delivered": REACHED,
        "read": REACHED,
        "undelivered": End("undelivered"),
        "failed": End("failed"),
        "canceled": CANCELLED,
    },
    "fax": {
        "queued": None,
        "processing": None,
        "sending": None,
        "delivered": REACHED,
        "busy": End("busy", "busy"),
        "no-answer": End("no_answer", "no_answer"),
        "failed": End("failed"),
        "canceled": CANCELLED,
    },
}

# who took a call (twilio.com/docs/voice/answering-machine-detection); `unknown` leaves it as it is
# a call that somebody, or something, has taken up
TAKEN_UP = ("in-progress", "completed")
HUMAN = "human"
MACHINES = ("machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other")
NO_PERSON = (*MACHINES, "fax")
ANSWERED_BY = (HUMAN, *NO_PERSON, "unknown")

# errors of the carrier, at the create or later: twilio.com/docs/api/errors
ERRORS: dict[int, str] = {
    11200: "our_document",  # a fax's document could not be fetched
    13223: "bad_number",
    13224: "bad_number",
    13226: "bad_number",
    13225: "declined",
    13227: "not_allowed",
    21201: "bad_number",
    21211: "bad_number",
    21214: "bad_number",
    21215: "not_allowed",
    21216: "not_allowed",
    21217: "bad_number",
    21219: "not_allowed",
    21408: "not_allowed",
    21601: "bad_number",
    21604: "bad_number",
    21608: "not_allowed",
    21610: "opted_out",
    21612: "bad_number",
    21614: "bad_number",
    21635: "bad_number",
    30001: "network",
    30002: "not_allowed",
    30003: "handset_off",
    30004: "declined",
    30005: "bad_number",
    30006: "bad_number",
    30007: "filtered",
    30022: "network",
    30023: "network",
    30032: "not_allowed",
    30034: "not_allowed",
    30035: "not_allowed",
    30410: "network",
    30450: "filtered",
    30610: "not_allowed",
    30640: "opted_out",
}

# final SIP answers (RFC 3261 §21, RFC 8197, RFC 8688) that say more than "failed"
SIP: dict[int, str] = {
    403: "declined",
    404: "bad_number",
    410: "bad_number",
    408: "no_answer",
    480: "no_answer",
    484: "bad_number",
    486: "busy",
    487: "no_answer",
    500: "network",
    502: "network",
    503: "network",
    504: "network",
    600: "busy",
    603: "declined",
    604: "bad_number",
    607: "declined",
    608: "declined",
}

# T.30 completion codes as spandsp counts them; the exchange puts these into a fax's ErrorCode
T30: dict[int, str] = {
    2: "not_a_fax",  # nothing that sounds like a fax within T1
    3: "not_a_fax",  # no silence, or no answer to the first signals
    6: "poor_line",
    11: "too_fine",
    12: "our_document",  # page of a size it cannot take
    13: "poor_line",
    14: "poor_line",
    15: "poor_line",
    16: "poor_line",
    17: "not_a_fax",
    18: "poor_line",
    19: "not_a_fax",
    20: "poor_line",
    21: "poor_line",
    22: "poor_line",
    38: "poor_line",
    41: "our_document",
    42: "our_document",
    43: "our_document",
    44: "our_document",
    45: "our_document",
    46: "our_document",
    48: "poor_line",
    49: "cut",
}
NUMBERS: dict[str, tuple[dict[int, str], ...]] = {
    "voice": (SIP, ERRORS),
    "sms": (ERRORS,),
    # a fax that never connected carries the SIP answer of its call: 404
    "fax": (T30, SIP, ERRORS),
}


def end_of(channel: str, status: str, code: str = "") -> End | None:
    """
    How an attempt ended, by the carrier's *status* and *code* (SipResponseCode of a call, ErrorCode otherwise).

    None while it goes on. A word nobody has told us of changes nothing and is logged.
    """
    words = WORDS[channel]
    if status not in words:
        LOGGER.warning("%s: unknown status %.20r of a carrier, left alone", channel, status)
        return None
    end = words[status]
    return end if end is None or end.cause or end is REACHED else End(end.outcome, cause_of(channel, code))


def cause_of(channel: str, code: str) -> str:
    """The cause a number of the carrier stands for."""
    number = int(code) if code.isascii() and code.isdigit() else 0
    return next((table[number] for table in NUMBERS[channel] if number in table), "unknown_cause")
