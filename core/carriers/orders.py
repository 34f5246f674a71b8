"""Orders as the forms a server of Twilio's shape takes."""

from __future__ import annotations

from core.carriers.base import Call, Fax, Text

Form = dict[str, object]
LONGEST_VALIDITY_S = 36_000
LONGEST_RING_S = 600
# connection overrides (twilio.com/docs/usage/webhooks/webhooks-connection-overrides): what becomes of an order is told up
# to four times, whatever goes wrong. The fragment is not part of the signature; receipts may come doubled anyway
INSIST = "#rc=3&rp=all"


def call_form(call: Call) -> Form:
    """
    A call to place. TimeLimit is always sent: it bounds how long the line is ours.

    With a *machine_url* the carrier listens beside the call and reports who answered; the call does not wait for it.
    """
    form: Form = {
        "To": call.to,
        "From": call.from_,
        "Url": call.answer_url,
        "FallbackUrl": call.fallback_url,
        "StatusCallback": call.status_url + INSIST,
        "StatusCallbackEvent": ("answered", "completed"),
        "Timeout": min(call.ring_s, LONGEST_RING_S),
        "TimeLimit": call.time_limit_s,
    }
    if call.machine_url:
        detection = "DetectMessageEnd" if call.waits_for_beep else "Enable"
        form |= {
            "MachineDetection": detection,
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": call.machine_url,
        }
    return form


def text_form(text: Text) -> Form:
    """An SMS to send."""
    return {
        "To": text.to,
        "From": text.from_,
        "Body": text.body,
        "StatusCallback": text.status_url + INSIST,
        "ValidityPeriod": min(max(text.validity_s, 1), LONGEST_VALIDITY_S),
    }


def fax_form(fax: Fax) -> Form:
    """A fax to send."""
    return {
        "To": fax.to,
        "From": fax.from_,
        "MediaUrl": fax.media_url,
        "Quality": fax.quality,
        "StatusCallback": fax.status_url,
    }
