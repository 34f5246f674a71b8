"""Faxes in SignalWire's shape: create (answers 200), fetch, list, cancel while queued."""

from __future__ import annotations

from typing import Any

from exchange import faxes
from exchange.clock import rfc2822
from exchange.rest import numbers
from exchange.rest.errors import Refusal
from exchange.rest.paging import equal, find, on_day, page
from exchange.rest.serving import Answer, Ask
from exchange.rows import Fax

QUALITIES = ("fine", "standard", "superfine")


async def create(ask: Ask) -> Answer:
    """Put a fax in the line; answered once it is on record."""
    form, switch = ask.form, ask.switch
    to = numbers.recipient(ask, {}, 21201)
    from_ = numbers.sender(ask, {}, 21213, 21210)
    media_url = form.url("MediaUrl", 21620)
    if not media_url:
        raise Refusal(20001, "MediaUrl is required")
    quality = form.one_of("Quality", QUALITIES, "fine")
    form.whole("Ttl", 60, 5, 300)
    callback = form.url("StatusCallback")
    if switch.dialers[ask.account.sid].is_full():
        raise Refusal(22005, f"{ask.account.max_queue_s:.0f}")
    fax = faxes.order(switch, ask.account.sid, to, from_, media_url, quality, callback)
    content = render(fax)
    await switch.writer.committed()
    return Answer(200, content, fax.sid)


async def fetch(ask: Ask) -> Answer:
    """One fax."""
    return Answer(200, render(await find(ask, Fax, ask.sid)))


async def listing(ask: Ask) -> Answer:
    """Faxes by To, From, Status and day of creation."""
    conditions = [
        *equal("to_", ask, "To"),
        *equal("from_", ask, "From"),
        *equal("status", ask, "Status"),
        *on_day("created_at", ask, "DateCreated"),
    ]
    found = await page(ask, Fax, conditions)
    return Answer(200, {"faxes": [render(row) for row in found.rows], **found.frame})


async def update(ask: Ask) -> Answer:
    """Cancel a fax that still waits."""
    fax = await find(ask, Fax, ask.sid)
    ask.form.one_of("Status", ("canceled",), "")
    if fax.status != "queued":
        raise Refusal(20001, f"Only a queued fax can be canceled; this one is {fax.status}")
    faxes.cancel(ask.switch, fax)
    await ask.switch.writer.committed()
    return Answer(200, render(fax), fax.sid)


def render(fax: Fax) -> dict[str, Any]:
    """A fax as SignalWire shows it."""
    uri = f"/2010-04-01/Accounts/{fax.account}/Faxes/{fax.sid}"
    return {
        "sid": fax.sid,
        "account_sid": fax.account,
        "to": fax.to,
        "from": fax.from_,
        "status": fax.status,
        "direction": "outbound",
        "quality": fax.quality,
        "num_pages": fax.pages if fax.pages_confirmed is None else fax.pages_confirmed,
        "duration": fax.duration_s,
        "error_code": str(fax.error_code) if fax.error_code else None,
        "error_message": fax.error_message,
        "media_url": fax.media_url,
        "media_sid": None,
        "price": None,
        "price_unit": "USD",
        "date_created": rfc2822(fax.created_at),
        "date_updated": rfc2822(fax.updated_at),
        "api_version": "2010-04-01",
        "uri": uri,
        "links": {"media": f"{uri}/Media"},
    }
