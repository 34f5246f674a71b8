"""The life of a call: waiting in line, ringing, talking, over. Calls out by REST and calls in from subscribers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from exchange import detecting, player, recordings
from exchange.dialing import Waiting
from exchange.documents import Jump
from exchange.line import LEFT, Ended, Line, Tape, Wish
from exchange.population import Number
from exchange.ringing import finish, ring
from exchange.rows import Call
from exchange.subscribers import Party
from exchange.switch import Switch

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
ENDS = {"busy": "busy", "rejected": "no-answer"}
NO_WISH = Wish(Jump(""))
PAUSES = {"w": 0.5, "W": 1.0}


def order(switch: Switch, account: str, to: str, from_: str, asked: str, wish: Wish) -> Call:
    """Put a new call in the account's line."""
    dialer = switch.dialers[account]
    call = Call(
        **switch.birth(Call, "voice", to),
        sid=switch.new_sid("CA"),
        account=account,
        to=to,
        from_=from_,
        direction="outbound-api",
        status="queued",
        asked=asked,
        queue_ms=int(dialer.wait_s() * 1000),
    )
    enqueue(switch, call, wish)
    return call


def enqueue(switch: Switch, call: Call, wish: Wish) -> None:
    """Let *call* wait for its turn."""
    line = Line(switch, call, wish)
    switch.live[call.sid], switch.lines[call.sid] = call, line
    switch.keep(call)
    switch.dialers[call.account].add(Waiting(lambda: dial(line), lambda: call.status == "queued"))


async def dial(line: Line) -> None:
    """Dial, ring, talk, end."""
    await _to_the_end(line, _dial)


async def _to_the_end(line: Line, life: Callable[[Line], Awaitable[None]]) -> None:
    """No call outlives a mistake of ours."""
    try:
        await life(line)
    except Exception:
        if not line.ended.is_set():
            finish(line, "failed", "the exchange failed")
        raise


async def _dial(line: Line) -> None:
    switch, call = line.switch, line.call
    call.status, call.left_at = "ringing", switch.clock.stamp()
    switch.keep(call)
    line.report("initiated", [])
    end = await line.unless_broken(ring(line, line.wish.ring_s))
    if end != "answered":
        finish(line, "failed" if isinstance(end, Jump) else end, "not answered")
        if end == "no-answer" and (back := switch.subscribers.rings_back(call.to, call.attempt)):
            await switch.clock.sleep(back[0])
            ring_in(switch, call.to, call.from_, back[1])
        return
    line.pick_up()
    await _converse(line)


async def _converse(line: Line) -> None:
    """Play until the document ends or somebody hangs up; the REST API may send the call elsewhere meanwhile."""
    patience_s = line.party.hang_up_after_s
    line.limit_s = line.wish.limit_s
    if patience_s is not None and patience_s < line.limit_s:
        line.limit_s, line.limit_why = patience_s, LEFT
    work = _begin(line)
    while True:
        try:
            what = await line.unless_broken(work)
        except Ended as ended:
            what = str(ended)
        if isinstance(what, str):
            break
        work = player.play(line, what)
    for tape in line.tapes:
        recorded_s = max(1, round(line.spent_s - tape.since_s))
        recordings.make(line, recorded_s, tape.source, tape.callback, tape.method)
    finish(line, ENDS.get(what, "completed"), what)


async def _begin(line: Line) -> str:
    """Send digits, detect a machine (before the document or beside it), then play."""
    wish = line.wish
    if wish.record:
        line.tapes.append(Tape("OutboundAPI", line.spent_s, wish.recording_callback))
    if wish.send_digits:
        line.note("sent", wish.send_digits)
        await line.pass_time(sum(PAUSES.get(digit, 0.1) for digit in wish.send_digits))
    if wish.amd and wish.amd_async:
        line.switch.spawn(detecting.beside(line))
    elif wish.amd:
        await detecting.before(line)
    return await player.play(line, wish.first)


def ring_in(switch: Switch, from_: str, to: str, party: Party) -> Call | None:
    """A subscriber rings one of our numbers; None if nothing answers there. The first verb played picks up."""
    owned = switch.population.numbers.get(to)
    if owned is None or not owned.voice_url:
        return None
    call = Call(
        **switch.birth(Call, "in", from_),
        sid=switch.new_sid("CA"),
        account=owned.account,
        to=to,
        from_=from_,
        direction="inbound",
        status="ringing",
    )
    call.left_at = call.created_at
    line = Line(switch, call, _inbound_wish(owned), party)
    switch.live[call.sid], switch.lines[call.sid] = call, line
    switch.keep(call)
    switch.spawn(_to_the_end(line, _converse))
    return call


def _inbound_wish(owned: Number) -> Wish:
    return Wish(
        first=Jump(owned.voice_url or ""),
        fallback=Jump(owned.voice_fallback_url) if owned.voice_fallback_url else None,
        status_callback=owned.status_callback or "",
    )


def cancel_waiting(line: Line) -> None:
    """Take a call out of the line before it was dialled: nobody is told but the one who asked."""
    switch, call = line.switch, line.call
    call.status, call.ended_by, call.ended_at = "canceled", "canceled", switch.clock.stamp()
    switch.dialers[call.account].leave()
    switch.keep(call)
    switch.live.pop(call.sid, None)
    switch.lines.pop(call.sid, None)
    line.ended.set()
