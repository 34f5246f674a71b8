"""The life of a fax: waiting in line, document fetched, sent page by page, over."""

from __future__ import annotations

import asyncio

from exchange.clock import real_stamp
from exchange.dialing import Waiting
from exchange.fax_outcomes import T30, FaxOutcome, outcome
from exchange.fax_pages import MAX_BYTES, POOL, BadPages, Pages, read_pages
from exchange.rows import Fax, FaxPage
from exchange.switch import Switch
from exchange.webhooks import WebhookFailed

UNREADABLE, NOT_FETCHED = 41, 11200
PREPARING_S = 1.0


def order(
    switch: Switch, account: str, to: str, from_: str, media_url: str, quality: str, callback: str
) -> Fax:
    """Put a new fax in the account's line."""
    fax = Fax(
        **switch.birth(Fax, "fax", to),
        sid=switch.new_sid("FX"),
        account=account,
        to=to,
        from_=from_,
        direction="outbound-api",
        status="queued",
        media_url=media_url,
        quality=quality,
        status_callback=callback,
    )
    enqueue(switch, fax)
    return fax


def enqueue(switch: Switch, fax: Fax) -> None:
    """Let *fax* wait for its turn."""
    switch.live[fax.sid] = fax
    switch.keep(fax)
    switch.dialers[fax.account].add(Waiting(lambda: send(switch, fax), lambda: fax.status == "queued"))


def cancel(switch: Switch, fax: Fax) -> None:
    """Take a fax that still waits out of the line."""
    switch.dialers[fax.account].leave()
    _move(switch, fax, "canceled")
    switch.live.pop(fax.sid, None)


async def send(switch: Switch, fax: Fax) -> None:
    """Fetch the document, dial, send, end. No fax outlives a mistake of ours."""
    try:
        await _send(switch, fax)
    except Exception:
        if fax.pages_confirmed is None:
            fail(switch, fax, UNREADABLE, "the exchange failed")
        raise


async def _send(switch: Switch, fax: Fax) -> None:
    _move(switch, fax, "processing")
    await switch.clock.sleep(PREPARING_S)
    try:
        pages = await _document(switch, fax)
    except (BadPages, WebhookFailed) as failed:
        code = UNREADABLE if isinstance(failed, BadPages) else NOT_FETCHED
        fail(switch, fax, code, f"{T30[UNREADABLE]}: {failed}")
        return
    fax.pages, fax.document_sha256 = len(pages.pages), pages.sha256
    fax.left_at = switch.clock.stamp()
    _move(switch, fax, "sending")
    end = switch.subscribers.fax(fax.to, fax.attempt)
    luck = switch.subscribers.luck(fax.to, fax.attempt, "fax line")
    ended = outcome(end, len(pages.pages), fax.quality, luck)
    await switch.clock.sleep(ended.seconds)
    _end(switch, fax, pages, ended)


def fail(switch: Switch, fax: Fax, code: int, message: str) -> None:
    """The fax ends without a page."""
    fax.error_code, fax.error_message = code, message
    fax.pages_confirmed = fax.pages_kept = fax.duration_s = 0
    switch.webhooks.problem(fax.account, fax.sid, code, message, fax.media_url)
    _move(switch, fax, "failed")
    switch.live.pop(fax.sid, None)


async def _document(switch: Switch, fax: Fax) -> Pages:
    hook = switch.hook(fax.account, fax.sid, "fax", fax.media_url, (), "GET", MAX_BYTES)
    reply = await switch.webhooks.ask(hook)
    switch.reading += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(POOL, read_pages, reply.body)
    finally:
        switch.reading -= 1


def _end(switch: Switch, fax: Fax, pages: Pages, ended: FaxOutcome) -> None:
    fax.pages_confirmed, fax.pages_kept = ended.confirmed, ended.kept
    fax.error_code, fax.error_message = ended.code, ended.message
    fax.duration_s = round(ended.seconds) if ended.status in ("delivered", "failed") else 0
    fax.remote_station = fax.to if ended.kept else ""
    stamp, real = switch.clock.stamp(), real_stamp()
    for number, fingerprint in enumerate(pages.pages[: ended.kept], 1):
        confirmed = int(number <= ended.confirmed)
        switch.writer.save(FaxPage(stamp, real, fax.sid, fax.to, number, confirmed, fingerprint))
    _move(switch, fax, ended.status)
    switch.live.pop(fax.sid, None)


def _move(switch: Switch, fax: Fax, status: str) -> None:
    fax.status = status
    switch.keep(fax)
    if not fax.status_callback:
        return
    over = fax.pages_confirmed is not None
    params = [
        ("FaxSid", fax.sid),
        ("AccountSid", fax.account),
        ("From", fax.from_),
        ("To", fax.to),
        ("FaxStatus", status),
        ("ApiVersion", "2010-04-01"),
        ("RemoteStationId", fax.remote_station),
        ("NumPages", str(fax.pages_confirmed if over else fax.pages or 0)),
        ("OriginalMediaUrl", fax.media_url),
    ]
    if fax.error_code:
        params += [("ErrorCode", str(fax.error_code)), ("ErrorMessage", fax.error_message or "")]
    switch.webhooks.tell(switch.hook(fax.account, fax.sid, "fax", fax.status_callback, params), "faxes")
