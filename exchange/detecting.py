"""
Answering machine detection: before the first document, or beside it with its verdict told to a callback (AsyncAmd).

What is found and when follows from who picked up (twilio.com/docs/voice/answering-machine-detection): people say a short
word and wait; machines talk on past the speech threshold, and with `DetectMessageEnd` are heard out to the beep, or to the
silence where they have none. Who says nothing, and what cannot be settled in time, is `unknown`. Detectors err: a
person may be taken for a machine and a machine for a person.
"""

from __future__ import annotations

from exchange.line import Line

HUMAN_S, FAX_S, ONSET_S, BEEP_S = 2.5, 4.0, 1.6, 0.5


async def before(line: Line) -> None:
    """Listen first; the documents are told what was found."""
    word, took_s = verdict(line)
    await line.pass_time(took_s)
    _found(line, word)


async def beside(line: Line) -> None:
    """Listen while the call goes on; nothing is told of a call that ended first."""
    switch, call, wish = line.switch, line.call, line.wish
    word, took_s = verdict(line)
    await switch.clock.sleep(took_s)
    if line.ended.is_set():
        return
    _found(line, word)
    if not wish.amd_callback:
        return
    params = [
        ("CallSid", call.sid),
        ("AccountSid", call.account),
        ("AnsweredBy", word),
        ("MachineDetectionDuration", str(int(took_s * 1000))),
    ]
    hook = switch.hook(call.account, call.sid, "amd", wish.amd_callback, params, wish.amd_method)
    switch.webhooks.tell(hook, "calls")


def verdict(line: Line) -> tuple[str, float]:
    """The detector's word, and how many seconds after the answer it has it."""
    party, wish = line.party, line.wish
    word, takes_s = _word(line)
    if party.is_heard_as == "nobody":
        return "unknown", min(wish.amd_silence_s, wish.amd_timeout_s)
    return (word, takes_s) if takes_s < wish.amd_timeout_s else ("unknown", wish.amd_timeout_s)


def _word(line: Line) -> tuple[str, float]:
    party, wish = line.party, line.wish
    match party.is_heard_as or party.is_a:
        case "machine":
            if wish.amd != "DetectMessageEnd":
                return "machine_start", ONSET_S + wish.amd_speech_s
            # a person taken for a machine falls silent and does not beep
            lasts_s = party.greeting_s if party.is_a == "machine" else ONSET_S + wish.amd_speech_s
            if party.is_a == "machine" and party.beeps:
                return "machine_end_beep", lasts_s + BEEP_S
            return "machine_end_silence", lasts_s + wish.amd_speech_end_s
        case "fax":
            return "fax", FAX_S
        case _:
            return "human", HUMAN_S


def _found(line: Line, word: str) -> None:
    line.call.answered_by = word
    line.note("detected", word)
    line.switch.keep(line.call)
