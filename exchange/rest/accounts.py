"""What a customer may ask about itself: the account, its numbers, its recordings."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from exchange import recordings
from exchange.clock import rfc2822
from exchange.ledger import Where
from exchange.population import Number
from exchange.rest.errors import Refusal
from exchange.rest.paging import equal, find, page, whole
from exchange.rest.serving import Answer, Ask
from exchange.rows import Recording

DELETED = "deleted"
PARTS = ("calls", "messages", "recordings", "incoming_phone_numbers")


async def account(ask: Ask) -> Answer:
    """The account itself."""
    uri = f"/2010-04-01/Accounts/{ask.account.sid}"
    names = {part: "".join(word.capitalize() for word in part.split("_")) for part in PARTS}
    content = {
        "sid": ask.account.sid,
        "friendly_name": ask.account.name,
        "owner_account_sid": ask.account.sid,
        "status": "active",
        "type": "Full",
        "date_created": rfc2822(ask.switch.opened_at),
        "date_updated": rfc2822(ask.switch.opened_at),
        "uri": f"{uri}.json",
        "subresource_uris": {part: f"{uri}/{name}.json" for part, name in names.items()},
    }
    return Answer(200, content)


async def phone_numbers(ask: Ask) -> Answer:
    """The numbers this account owns."""
    wanted = ask.form.text("PhoneNumber")
    owned = [
        _number(ask, number, about)
        for number, about in ask.switch.population.numbers.items()
        if about.account == ask.account.sid and (not wanted or number == wanted)
    ]
    return Answer(200, {"incoming_phone_numbers": owned, **whole(ask, len(owned))})


def _number(ask: Ask, number: str, about: Number) -> dict[str, Any]:
    sid = "PN" + blake2b(number.encode(), digest_size=16).hexdigest()
    return {
        "sid": sid,
        "account_sid": about.account,
        "phone_number": number,
        "friendly_name": number,
        "voice_url": about.voice_url,
        "voice_method": "POST",
        "voice_fallback_url": about.voice_fallback_url,
        "status_callback": about.status_callback,
        "status_callback_method": "POST",
        "sms_url": about.sms_url,
        "sms_method": "POST",
        "sms_fallback_url": about.sms_fallback_url,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": True},
        "status": "in-use",
        "api_version": "2010-04-01",
        "date_created": rfc2822(ask.switch.opened_at),
        "date_updated": rfc2822(ask.switch.opened_at),
        "uri": f"/2010-04-01/Accounts/{about.account}/IncomingPhoneNumbers/{sid}.json",
    }


async def recording(ask: Ask) -> Answer:
    """One recording's description."""
    return Answer(200, render(await _kept(ask)))


async def recording_delete(ask: Ask) -> Answer:
    """Delete one recording, for good."""
    found = await _kept(ask)
    found.status, found.updated_at = DELETED, ask.switch.clock.stamp()
    ask.switch.writer.save(found)
    await ask.switch.writer.committed()
    return Answer(204, None, found.sid)


async def recording_sound(ask: Ask) -> Answer:
    """One recording's sound."""
    found = await _kept(ask)
    return Answer(200, recordings.sound(found), found.sid, "audio/x-wav")


async def recording_list(ask: Ask) -> Answer:
    """Recordings, of one call or all."""
    there = Where("status <> ?", (DELETED,))
    found = await page(ask, Recording, [there, *equal("call", ask, "CallSid")])
    return Answer(200, {"recordings": [render(row) for row in found.rows], **found.frame})


async def _kept(ask: Ask) -> Recording:
    found = await find(ask, Recording, ask.sid)
    if found.status == DELETED:
        raise Refusal(20404, ask.path)
    return found


def render(row: Recording) -> dict[str, Any]:
    """A recording as Twilio shows it."""
    uri = f"/2010-04-01/Accounts/{row.account}/Recordings/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": row.account,
        "call_sid": row.call,
        "conference_sid": None,
        "duration": str(row.duration_s),
        "channels": 1,
        "source": row.source,
        "status": row.status,
        "error_code": None,
        "start_time": rfc2822(row.created_at),
        "date_created": rfc2822(row.created_at),
        "date_updated": rfc2822(row.updated_at),
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "encryption_details": None,
        "media_url": uri,
        "uri": f"{uri}.json",
        "subresource_uris": {"transcriptions": f"{uri}/Transcriptions.json"},
    }
