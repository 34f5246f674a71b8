"""Messages: create, fetch, list."""

from __future__ import annotations

from typing import Any

from exchange import texts
from exchange.clock import rfc2822
from exchange.rest import numbers
from exchange.rest.errors import Refusal
from exchange.rest.form import is_url
from exchange.rest.paging import equal, find, on_day, page
from exchange.rest.serving import Answer, Ask
from exchange.rows import Text

LONGEST = 1600
MOST_MEDIA = 10
WORDS = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}


async def create(ask: Ask) -> Answer:
    """Accept a text; answered once it is on record."""
    form, switch = ask.form, ask.switch
    to = numbers.recipient(ask, numbers.TEXT_TO, 21604)
    if form.text("MessagingServiceSid"):
        raise Refusal(21701, form.text("MessagingServiceSid"))
    from_ = numbers.sender(ask, numbers.TEXT_FROM, 21603, 21606)
    body, media = form.text("Body"), form.all("MediaUrl")
    if not body and not media:
        raise Refusal(21602)
    if len(body) > LONGEST:
        raise Refusal(21617)
    if len(media) > MOST_MEDIA:
        raise Refusal(21623)
    for url in media:
        if not is_url(url):
            raise Refusal(21620, url)
    callback = form.url("StatusCallback")
    if (to, from_) in switch.opted_out:
        raise Refusal(21610)
    if switch.subscribers.text(to, switch.tries("sms", to) + 1) is None:
        raise Refusal(21614, to)
    text = texts.order(switch, ask.account.sid, to, from_, body, callback, len(media), "outbound-api")
    content = render(text)
    await switch.writer.committed()
    return Answer(201, content, text.sid)


async def fetch(ask: Ask) -> Answer:
    """One text."""
    return Answer(200, render(await find(ask, Text, ask.sid)))


async def listing(ask: Ask) -> Answer:
    """Texts by To, From and day of sending."""
    conditions = [*equal("to_", ask, "To"), *equal("from_", ask, "From"), *on_day("left_at", ask, "DateSent")]
    found = await page(ask, Text, conditions)
    return Answer(200, {"messages": [render(row) for row in found.rows], **found.frame})


def render(text: Text) -> dict[str, Any]:
    """A text as Twilio shows it."""
    uri = f"/2010-04-01/Accounts/{text.account}/Messages/{text.sid}"
    return {
        "sid": text.sid,
        "account_sid": text.account,
        "messaging_service_sid": None,
        "to": text.to,
        "from": text.from_,
        "body": text.body,
        "status": text.status,
        "direction": text.direction,
        "num_segments": str(text.segments),
        "num_media": str(text.media),
        "date_created": rfc2822(text.created_at),
        "date_updated": rfc2822(text.updated_at),
        "date_sent": rfc2822(text.left_at),
        "error_code": text.error_code,
        "error_message": WORDS.get(text.error_code) if text.error_code else None,
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
