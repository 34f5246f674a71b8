"""What happens between dialling and answering: the same for calls by REST and for <Dial>."""

from __future__ import annotations

from exchange.line import Line

POST_DIAL_S = 0.5
SIP = {"answered": 200, "busy": 486, "no-answer": 487, "failed": 404, "canceled": 487}


async def ring(line: Line, ring_s: float) -> str:
    """Ring the subscriber: answered, busy, no-answer or failed."""
    end = await _ring(line, ring_s)
    line.call.sip_code = SIP[end]
    return end


async def _ring(line: Line, ring_s: float) -> str:
    call, subscribers = line.call, line.switch.subscribers
    does = subscribers.voice(call.to, call.attempt)
    await line.ring_for(POST_DIAL_S)
    if does == "invalid":
        return "failed"
    line.report("ringing", [])
    if does == "busy":
        await line.ring_for(2)
        return "busy"
    line.party = subscribers.party(call.to, call.attempt)
    if does == "no_answer" or line.party.answer_after_s >= ring_s:
        await line.ring_for(ring_s)
        return "no-answer"
    await line.ring_for(line.party.answer_after_s)
    return "answered"


def finish(line: Line, status: str, why: str) -> None:
    """The call is over: write it down and report it."""
    switch, call = line.switch, line.call
    call.status, call.ended_by = status, why
    call.ended_at = switch.clock.stamp()
    call.duration_s = max(1, round(line.spent_s)) if call.answered_at else 0
    line.note("ended", why)
    switch.keep(call)
    minutes, sip = -(-call.duration_s // 60), call.sip_code
    extra = [("CallDuration", str(call.duration_s)), ("Duration", str(minutes))]
    if sip:
        extra.append(("SipResponseCode", str(sip)))
    line.report("completed", extra)
    switch.live.pop(call.sid, None)
    switch.lines.pop(call.sid, None)
    line.ended.set()
