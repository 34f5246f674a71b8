"""Plays TwiML on a line: verb after verb, document after document, until something ends the call."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urljoin, urlsplit

from exchange.documents import MAX_INLINE, BadDocument, Document, Jump, parse, read
from exchange.line import Line, Params
from exchange.verbs import VERBS
from exchange.verbs.scene import Scene, known_attributes
from exchange.webhooks import WebhookFailed

MAX_SILENT_JUMPS = 100
SILENCE = f"{MAX_SILENT_JUMPS} documents in a row and nothing to hear"
APOLOGY = "We are sorry, an application error has occurred. Goodbye."


async def play(line: Line, first: Jump) -> str:
    """Play from *first* to the end of the last document; returns why. Ended if a verb ends the call."""
    jump, silent, spent_s = first, 0, line.spent_s
    while silent <= MAX_SILENT_JUMPS:
        try:
            following = await _perform(Scene(line, await fetch(line, jump), aside))
            if following is None:
                return "document ended"
        except (BadDocument, WebhookFailed) as failed:
            following = _after_failure(line, jump, failed)
            if following is None:
                if line.call.status == "ringing":
                    line.pick_up()
                line.note("said", APOLOGY)
                await line.pass_time(5)
                return "application error"
        silent = silent + 1 if line.spent_s == spent_s else 0
        spent_s, jump = line.spent_s, following
    _problem(line, 11215, SILENCE, jump.url)
    return "application error"


async def aside(line: Line, first: Jump, verbs: frozenset[str]) -> None:
    """
    Play from *first* to the end of the last document beside the call's own: what is heard in a queue or before a connection.

    Only *verbs* are played. Raises BadDocument and WebhookFailed: the verb that wanted it knows what follows.
    """
    jump, silent, spent_s = first, 0, line.spent_s
    while silent <= MAX_SILENT_JUMPS:
        following = await _perform(Scene(line, await fetch(line, jump), aside), verbs)
        if following is None:
            return
        silent = silent + 1 if line.spent_s == spent_s else 0
        spent_s, jump = line.spent_s, following
    raise BadDocument(11215, SILENCE)


async def fetch(line: Line, jump: Jump) -> Document:
    """Ask for the document and read it."""
    if jump.inline is not None:
        if len(jump.inline) > MAX_INLINE:
            raise BadDocument(12100, f"inline TwiML longer than {MAX_INLINE} characters")
        return Document("", "POST", parse(jump.inline))
    call = line.call
    params: Params = [*line.params(), *jump.params]
    if call.answered_by and not line.wish.amd_async:
        params.append(("AnsweredBy", call.answered_by))
    line.note("document", f"{jump.method} {jump.url}")
    hook = line.switch.hook(call.account, call.sid, "twiml", jump.url, params, jump.method)
    return read(await line.switch.webhooks.ask(hook), jump.url, jump.method)


def _after_failure(line: Line, jump: Jump, failed: BadDocument | WebhookFailed) -> Jump | None:
    """Note the failure; the fallback document, or None if that is what failed or there is none."""
    _problem(line, failed.code, failed.message, jump.url)
    fallback = line.wish.fallback
    if fallback is None or jump.url == fallback.url:
        return None
    return Jump(fallback.url, fallback.method, (("ErrorCode", str(failed.code)), ("ErrorUrl", jump.url)))


async def _perform(scene: Scene, allowed: frozenset[str] | None = None) -> Jump | None:
    if (scene.document.root.text or "").strip():
        scene.warn(12200, "text outside a verb is not spoken; use <Say>")
    for element in scene.document.root:
        verb = VERBS.get(element.tag)
        if verb is None or (allowed is not None and element.tag not in allowed):
            where = "" if allowed is None else " here"
            scene.warn(12200, f"<{element.tag}> is no verb this exchange plays{where}; skipped")
            continue
        known_attributes(scene, element, verb.attributes)
        await _answer_first(scene, element)
        jump = await verb.perform(scene, element)
        if jump is not None:
            return resolve(scene, jump)
    return None


async def _answer_first(scene: Scene, element: ET.Element) -> None:
    """An incoming call is answered by the first verb that is no Reject."""
    if scene.line.call.status == "ringing" and element.tag != "Reject":
        scene.line.pick_up()


def resolve(scene: Scene, jump: Jump) -> Jump:
    """Make the address of *jump* absolute; inline TwiML has nothing to be relative to (15004)."""
    url = urljoin(scene.document.url, jump.url) if scene.document.url else jump.url
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise BadDocument(15004 if not scene.document.url else 11100, f"not an absolute URL: {jump.url!r}")
    return Jump(url, jump.method, jump.params)


def _problem(line: Line, code: int, message: str, url: str) -> None:
    line.switch.webhooks.problem(line.call.account, line.call.sid, code, message, url)
