"""Calls: create, fetch, list, redirect, end."""

from __future__ import annotations

from typing import Any

from exchange import calls
from exchange.clock import rfc2822
from exchange.documents import MAX_INLINE, Jump
from exchange.ledger import Where
from exchange.line import EVENTS, Wish
from exchange.rest import numbers
from exchange.rest.errors import Refusal
from exchange.rest.form import Form
from exchange.rest.paging import equal, find, on_day, page
from exchange.rest.serving import Answer, Ask
from exchange.rows import Call

METHODS = ("POST", "GET")
BOOL = ("true", "false")
ACTIVE = ("queued", "ringing", "in-progress")
PARTS = (
    "recordings",
    "notifications",
    "feedback",
    "events",
    "payments",
    "siprec",
    "streams",
    "transcriptions",
)


async def create(ask: Ask) -> Answer:
    """Put a call in the line; answered once it is on record."""
    form, switch = ask.form, ask.switch
    to = numbers.recipient(ask, numbers.CALL_TO, 21201)
    from_ = numbers.sender(ask, numbers.CALL_FROM, 21213, 21210)
    if "ApplicationSid" in form:
        raise Refusal(21218)
    asked = wish(form)
    if switch.subscribers.refuses_call(to, switch.tries("voice", to) + 1):
        raise Refusal(21211, to)
    dialer = switch.dialers[ask.account.sid]
    if dialer.is_full():
        raise Refusal(22005, f"{ask.account.max_queue_s:.0f}")
    call = calls.order(switch, ask.account.sid, to, from_, form.encoded, asked)
    content = render(call)
    await switch.writer.committed()
    return Answer(201, content, call.sid)


async def fetch(ask: Ask) -> Answer:
    """One call."""
    return Answer(200, render(await find(ask, Call, ask.sid)))


async def listing(ask: Ask) -> Answer:
    """Calls by To, From, Status, ParentCallSid and day of start."""
    conditions: list[Where] = [
        *equal("to_", ask, "To"),
        *equal("from_", ask, "From"),
        *equal("status", ask, "Status"),
        *equal("parent", ask, "ParentCallSid"),
        *on_day("left_at", ask, "StartTime"),
        *on_day("ended_at", ask, "EndTime"),
    ]
    found = await page(ask, Call, conditions)
    return Answer(200, {"calls": [render(row) for row in found.rows], **found.frame})


async def update(ask: Ask) -> Answer:
    """End a call, or let it go on at another document."""
    call, form = await find(ask, Call, ask.sid), ask.form
    line = ask.switch.lines.get(call.sid)
    status = form.one_of("Status", ("canceled", "completed"), "") if form.text("Status") else ""
    jump = _document(form)
    if not status and jump is None:
        raise Refusal(20001, "Give Status, Url or Twiml")
    if line is None or call.status not in ACTIVE:
        raise Refusal(21220)
    if status and call.status == "queued":
        calls.cancel_waiting(line)
    elif status and (call.status == "ringing" or status == "completed"):
        line.break_in("canceled" if call.status == "ringing" else "ended by request")
        await line.ended.wait()
    elif status or call.status != "in-progress" or jump is None:
        raise Refusal(21220)
    else:
        line.break_in(jump)
    await ask.switch.writer.committed()
    return Answer(200, render(call), call.sid)


def wish(form: Form) -> Wish:
    """What the form of a new call asks for."""
    first = _document(form, both=True)
    if first is None:
        raise Refusal(21205)
    fallback = form.url("FallbackUrl")
    digits = form.text("SendDigits")
    if len(digits) > 32 or digits.strip("0123456789ABCD#*wW"):
        raise Refusal(20001, f"Invalid parameter SendDigits: {digits!r}; 32 of 0-9 A-D # * w W")
    amd = form.text("MachineDetection")
    if amd and amd not in ("Enable", "DetectMessageEnd"):
        raise Refusal(20001, f"Invalid parameter MachineDetection: {amd!r}; Enable or DetectMessageEnd")
    return Wish(
        first=first,
        fallback=Jump(fallback, form.one_of("FallbackMethod", METHODS, "POST")) if fallback else None,
        status_callback=form.url("StatusCallback"),
        status_method=form.one_of("StatusCallbackMethod", METHODS, "POST"),
        events=_events(form),
        ring_s=float(form.whole("Timeout", 60, 1, 600)),
        limit_s=float(form.whole("TimeLimit", 14_400, 1, 86_400)),
        send_digits=digits,
        record=form.one_of("Record", BOOL, "false") == "true",
        recording_callback=form.url("RecordingStatusCallback"),
        amd="" if digits else amd,
        amd_async=form.one_of("AsyncAmd", BOOL, "false") == "true",
        amd_callback=form.url("AsyncAmdStatusCallback"),
        amd_method=form.one_of("AsyncAmdStatusCallbackMethod", METHODS, "POST"),
        amd_timeout_s=float(form.whole("MachineDetectionTimeout", 30, 3, 59)),
        amd_speech_s=form.whole("MachineDetectionSpeechThreshold", 2400, 1000, 6000) / 1000,
        amd_speech_end_s=form.whole("MachineDetectionSpeechEndThreshold", 1200, 500, 5000) / 1000,
        amd_silence_s=form.whole("MachineDetectionSilenceTimeout", 5000, 2000, 10_000) / 1000,
    )


def _document(form: Form, both: bool = False) -> Jump | None:
    """Url or Twiml; on creation Url wins, on an update only one may be given."""
    url, inline = form.url("Url", 21205), form.text("Twiml")
    if url and inline and not both:
        raise Refusal(20001, "Give either Url or Twiml, not both")
    if url:
        return Jump(url, form.one_of("Method", METHODS, "POST"))
    if len(inline) > MAX_INLINE:
        raise Refusal(20001, f"Invalid parameter Twiml: longer than {MAX_INLINE} characters")
    return Jump("", inline=inline) if inline else None


def _events(form: Form) -> frozenset[str]:
    given = [event for value in form.all("StatusCallbackEvent") for event in value.split()]
    for event in given:
        if event not in EVENTS:
            raise Refusal(20001, f"Invalid parameter StatusCallbackEvent: {event!r}; of {', '.join(EVENTS)}")
    return frozenset(given or ["completed"])


def render(call: Call) -> dict[str, Any]:
    """A call as Twilio shows it."""
    uri = f"/2010-04-01/Accounts/{call.account}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "parent_call_sid": call.parent,
        "account_sid": call.account,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": None,
        "status": call.status,
        "start_time": rfc2822(call.left_at),
        "end_time": rfc2822(call.ended_at),
        "duration": str(call.duration_s) if call.duration_s else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by,
        "annotation": None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": str(call.queue_ms),
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {part: f"{uri}/{part.capitalize()}.json" for part in PARTS},
    }
