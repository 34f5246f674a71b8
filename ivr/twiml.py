"""
Instructions as a TwiML document: the only file that knows TwiML.

    (Say("Hello", "en"), Hangup())  ->  <Response><Say language="en-US" voice="…">Hello</Say><Hangup/></Response>

Whatever listens is followed by a Redirect to where its answer would have gone. Without it the carrier would ask the
present URL again after silence, and the call would loop without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, assert_never

from twilio.twiml.voice_response import Gather as GatherVerb
from twilio.twiml.voice_response import VoiceResponse

from core.errors import Invalid
from flows.language.text import plain, split_for_say
from flows.language.turn import (
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Instruction,
    Leave,
    Meet,
    Pause,
    Play,
    Record,
    RecordCall,
    Reject,
    Say,
)
from ivr.voices import Voices

MAX_BYTES = 64 * 1024
"""What the carrier takes as one document (11750)."""
MAX_HINTS = 500
SPEECH_PAUSE_S = 2
"""So long a silence ends what somebody says."""
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'


@dataclass(frozen=True)
class Urls:
    """
    Where the carrier goes on: with keys, with a recording, after a connection, while somebody waits in a queue and once they
    have *left* it; who hears that a recording is ready, of a message or of the call as *proof*, and what happens in a *room*.
    """

    turn: str = ""
    recorded: str = ""
    dialled: str = ""
    recording: str = ""
    proof: str = ""
    audio: Callable[[Play], str | Say | None] = lambda play: None
    """The address of an uploaded prompt, or what is read aloud in its place; None skips one that there is not."""
    waiting: str = ""
    left: str = ""
    room: str = ""


def render(instructions: Iterable[Instruction], urls: Urls, voices: Voices) -> str:
    """The document that carries *instructions* out. Raises Invalid if it is larger than the carrier takes."""
    response = VoiceResponse()
    for instruction in instructions:
        _add(response, instruction, urls, voices)
    document = str(response)
    if len(document.encode()) > MAX_BYTES:
        raise Invalid(
            "document_too_large", "this turn says more than one document may hold; shorten the flow's texts"
        )
    return document


def _add(response: VoiceResponse, instruction: Instruction, urls: Urls, voices: Voices) -> None:
    match instruction:
        case Say() | Play() | Pause():
            _speak(response, instruction, urls, voices)
        case Gather():
            _gather(response, instruction, urls, voices)
        case Record():
            _record(response, instruction, urls)
        case RecordCall():
            start = response.start()
            start.recording(channels="mono", recording_status_callback=urls.proof, trim="do-not-trim")
        case Dial():
            dial = response.dial(
                action=urls.dialled or None,
                answer_on_bridge=True,
                timeout=instruction.timeout_s,
                time_limit=instruction.time_limit_s,
            )
            dial.number(instruction.number)
        case Enqueue(queue):
            response.enqueue(name=queue, action=urls.left, wait_url=urls.waiting)
        case Leave():
            response.leave()
        case Meet():
            _meet(response, instruction, urls)
        case Hangup():
            response.hangup()
        case Reject(reason):
            response.reject(reason=reason)
        case never:
            assert_never(never)


def _meet(response: VoiceResponse, wanted: Meet, urls: Urls) -> None:
    """Nobody is left behind: the room is over for both as soon as one has gone."""
    dial = response.dial(action=urls.dialled or None, hangup_on_star=wanted.stays or None)
    dial.conference(
        wanted.room,
        beep=False,
        end_conference_on_exit=True,
        max_participants=2,
        start_conference_on_enter=True,
        status_callback=f"{urls.room}{wanted.about}",
        status_callback_event="start end",
        wait_url="",
    )


def _speak(to: VoiceResponse | GatherVerb, part: Say | Play | Pause, urls: Urls, voices: Voices) -> None:
    match part:
        case Say(text, lang):
            voice = voices.get(lang)
            named = {"voice": voice.name or None, "language": voice.tag or None} if voice else {}
            for piece in split_for_say(plain(text)):
                to.say(piece, **named)
        case Play():
            match urls.audio(part):
                case str(url):
                    to.play(url)
                case Say() as said:
                    _speak(to, said, urls, voices)
                case None:
                    pass
        case Pause(length_s):
            to.pause(length=length_s)
        case never:
            assert_never(never)


def _gather(response: VoiceResponse, wanted: Gather, urls: Urls, voices: Voices) -> None:
    """Prompts that no key may cut short stand before the Gather, where the carrier does not listen yet."""
    before, inside = ((), wanted.prompts) if wanted.barge_in else (wanted.prompts, ())
    for part in before:
        _speak(response, part, urls, voices)
    gather = response.gather(
        action=urls.turn,
        action_on_empty_result=True,
        finish_on_key=wanted.finish_on_key,
        num_digits=wanted.max_digits,
        timeout=wanted.timeout_s,
        **_listening(wanted, voices),
    )
    for part in inside:
        _speak(gather, part, urls, voices)
    response.redirect(urls.turn)


def _listening(wanted: Gather, voices: Voices) -> dict[str, Any]:
    """Keys always work. The hints' limits are the carrier's: 500 phrases of 100 characters."""
    voice = voices.get(wanted.speech)
    if voice is None or not voice.hears:
        return {"input": "dtmf"}
    return {
        "input": "dtmf speech",
        "language": voice.hears,
        "hints": ", ".join(wanted.hints[:MAX_HINTS]) or None,
        "speech_timeout": SPEECH_PAUSE_S,
    }


def _record(response: VoiceResponse, wanted: Record, urls: Urls) -> None:
    response.record(
        action=urls.recorded,
        finish_on_key=wanted.finish_on_key,
        max_length=wanted.max_length_s,
        play_beep=wanted.beep,
        recording_status_callback=urls.recording,
        timeout=wanted.timeout_s,
    )
    response.redirect(urls.recorded)
