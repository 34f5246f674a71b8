"""Recordings: kept as rows, rendered as sound when fetched (a low tone of the recorded length)."""

from __future__ import annotations

import io
import math
import wave

from exchange.clock import real_stamp, rfc2822
from exchange.line import Line
from exchange.rows import Recording

RATE = 8000
TONE = bytes(128 + int(20 * math.sin(2 * math.pi * 400 * i / RATE)) for i in range(RATE))


def make(line: Line, seconds: int, source: str, callback: str, method: str = "POST") -> Recording:
    """Keep a recording of this call and report it if somebody wants to know."""
    switch, call = line.switch, line.call
    now = switch.clock.stamp()
    made = Recording(
        n=switch.next_n(Recording),
        sid=switch.new_sid("RE"),
        account=call.account,
        call=call.sid,
        source=source,
        status="completed",
        duration_s=seconds,
        created_at=now,
        updated_at=now,
        real_at=real_stamp(),
    )
    switch.writer.save(made)
    line.note("recorded", f"{seconds} s {made.sid}")
    if callback:
        params = [
            ("AccountSid", call.account),
            ("CallSid", call.sid),
            ("RecordingSid", made.sid),
            ("RecordingUrl", url(line, made)),
            ("RecordingStatus", "completed"),
            ("RecordingDuration", str(seconds)),
            ("RecordingChannels", "1"),
            ("RecordingStartTime", rfc2822(now) or ""),
            ("RecordingSource", source),
            ("RecordingTrack", "both"),
        ]
        switch.webhooks.tell(
            switch.hook(call.account, call.sid, "recording", callback, params, method), "calls"
        )
    return made


def url(line: Line, recording: Recording) -> str:
    """Where the recording can be fetched."""
    return f"{line.switch.base_url}/2010-04-01/Accounts/{recording.account}/Recordings/{recording.sid}"


def sound(recording: Recording) -> bytes:
    """The recording as a WAV file, 8 kHz, 8 bit."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        for _ in range(recording.duration_s):
            file.writeframes(TONE)
    return out.getvalue()
