"""The life of a text: out to a subscriber and how it ends there, in from a subscriber and what our server answers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urljoin

from exchange.documents import BadDocument, Document, Jump, read
from exchange.population import Number
from exchange.rows import Text
from exchange.subscribers import TextFate
from exchange.switch import Switch
from exchange.webhooks import WebhookFailed

SENDING_S = 0.5
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_TWO = frozenset("^{}\\[~]|€\f")
MAX_DOCUMENTS, MAX_MESSAGES = 50, 10
Params = list[tuple[str, str]]


def segments(body: str) -> int:
    """How many segments *body* takes: 160/153 in GSM-7, 70/67 in UCS-2."""
    if all(character in GSM7 or character in GSM7_TWO for character in body):
        length, one, many = len(body) + sum(c in GSM7_TWO for c in body), 160, 153
    else:
        length, one, many = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= one else -(-length // many)


def order(
    switch: Switch, account: str, to: str, from_: str, body: str, callback: str, media: int, direction: str
) -> Text:
    """Accept a text; it is sent by and by."""
    text = Text(
        **switch.birth(Text, "sms", to),
        sid=switch.new_sid("MM" if media else "SM"),
        account=account,
        to=to,
        from_=from_,
        direction=direction,
        status="queued",
        body=body,
        segments=segments(body),
        media=media,
        status_callback=callback,
    )
    send(switch, text)
    return text


def send(switch: Switch, text: Text) -> None:
    """Let a text that waits, or that was on its way when the exchange stopped, take its course."""
    switch.live[text.sid] = text
    switch.keep(text)
    switch.spawn(_send(switch, text))


async def _send(switch: Switch, text: Text) -> None:
    fate = switch.subscribers.text(text.to, text.attempt) or TextFate("undelivered", 30006, 1.0)
    if text.status == "queued":
        await switch.clock.sleep(SENDING_S)
        text.left_at = switch.clock.stamp()
        if fate.status != "failed":
            _move(switch, text, "sent")
    if text.status == "sent":
        await switch.clock.sleep(fate.after_s)
    if fate.status != "sent":
        text.error_code = fate.error_code
        _move(switch, text, fate.status)
    switch.live.pop(text.sid, None)
    if fate.reply:
        await switch.clock.sleep(fate.reply_after_s)
        await receive(switch, text.to, text.from_, fate.reply)


def _move(switch: Switch, text: Text, status: str) -> None:
    text.status = status
    switch.keep(text)
    if not text.status_callback:
        return
    params: Params = [
        ("MessageSid", text.sid),
        ("SmsSid", text.sid),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("To", text.to),
        ("From", text.from_),
        ("AccountSid", text.account),
        ("ApiVersion", "2010-04-01"),
    ]
    if text.error_code:
        params.append(("ErrorCode", str(text.error_code)))
    if status in ("delivered", "undelivered"):
        done = switch.clock.stamp()
        params.append(("RawDlrDoneDate", f"{done[2:4]}{done[5:7]}{done[8:10]}{done[11:13]}{done[14:16]}"))
    switch.webhooks.tell(switch.hook(text.account, text.sid, "text", text.status_callback, params), "texts")


async def receive(switch: Switch, from_: str, to: str, body: str) -> Text | None:
    """A subscriber texts one of our numbers; None if that number is not ours."""
    owned = switch.population.numbers.get(to)
    if owned is None:
        return None
    text = Text(
        **switch.birth(Text, "in", from_),
        sid=switch.new_sid("SM"),
        account=owned.account,
        to=to,
        from_=from_,
        direction="inbound",
        status="received",
        body=body,
        segments=segments(body),
    )
    text.left_at = text.created_at
    switch.heard(from_, to, body)
    switch.keep(text)
    tell(switch, text)
    return text


def tell(switch: Switch, text: Text) -> None:
    """Tell our server of a text that came in, if the number it came to has one."""
    owned = switch.population.numbers.get(text.to)
    if owned and owned.sms_url:
        switch.spawn(_converse(switch, text, owned))


async def _converse(switch: Switch, text: Text, owned: Number) -> None:
    """Ask our server what to answer; its fallback if that fails."""
    asked, fallback = Jump(owned.sms_url or ""), owned.sms_fallback_url
    for _ in range(MAX_DOCUMENTS):
        try:
            following = _answer(switch, text, await _fetch(switch, text, asked))
        except (BadDocument, WebhookFailed) as failed:
            switch.webhooks.problem(text.account, text.sid, failed.code, failed.message, asked.url)
            if not fallback or asked.url == fallback:
                return
            following = Jump(fallback, params=(("ErrorCode", str(failed.code)), ("ErrorUrl", asked.url)))
        if following is None:
            return
        asked = following
    switch.webhooks.problem(text.account, text.sid, 14106, f"more than {MAX_DOCUMENTS} documents", "")


async def _fetch(switch: Switch, text: Text, jump: Jump) -> Document | None:
    params: Params = [
        ("MessageSid", text.sid),
        ("SmsSid", text.sid),
        ("SmsMessageSid", text.sid),
        ("AccountSid", text.account),
        ("From", text.from_),
        ("To", text.to),
        ("Body", text.body),
        ("NumMedia", "0"),
        ("NumSegments", str(text.segments)),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
        *jump.params,
    ]
    hook = switch.hook(text.account, text.sid, "sms", jump.url, params, jump.method)
    reply = await switch.webhooks.ask(hook)
    if reply.status == 204 or not reply.body:
        return None
    return read(reply, jump.url, jump.method)


def _answer(switch: Switch, text: Text, document: Document | None) -> Jump | None:
    """Send the messages of a document; where it redirects to, if it does."""
    sent = 0
    for element in document.root if document else ():
        if element.tag in ("Message", "Say"):
            sent += 1
            if sent > MAX_MESSAGES:
                raise BadDocument(14109, f"more than {MAX_MESSAGES} messages")
            _reply(switch, text, element, document.url if document else "")
        elif element.tag == "Redirect":
            url = urljoin(document.url if document else "", (element.text or "").strip())
            return Jump(url, element.get("method", "POST").upper())
        else:
            message = f"<{element.tag}> is no messaging verb; skipped"
            switch.webhooks.problem(text.account, text.sid, 14110, message, "", "warning")
    return None


def _reply(switch: Switch, text: Text, element: ET.Element, base: str) -> None:
    part = element.find("Body")
    body = "".join((part if part is not None else element).itertext()).strip()
    to, from_ = element.get("to", text.from_), element.get("from", text.to)
    if (to, from_) in switch.opted_out:
        message = "Attempt to send to unsubscribed recipient"
        switch.webhooks.problem(text.account, text.sid, 21610, message, base, "warning")
        return
    callback = element.get("statusCallback", "")
    where = urljoin(base, callback) if callback else ""
    order(switch, text.account, to, from_, body, where, len(element.findall("Media")), "outbound-reply")
