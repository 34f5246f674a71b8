"""Queues and who waits in them; a member is taken out by sending it to another document."""

from __future__ import annotations

from typing import Any

from exchange.clock import iso, rfc2822
from exchange.documents import Jump
from exchange.queues import Member, Queue
from exchange.rest.errors import Refusal
from exchange.rest.paging import whole
from exchange.rest.serving import Answer, Ask

FRONT = "Front"
METHODS = ("POST", "GET")


async def listing(ask: Ask) -> Answer:
    """Every queue of the account."""
    queues = ask.switch.queues.of(ask.account.sid)
    return Answer(200, {"queues": [render(queue) for queue in queues], **whole(ask, len(queues))})


async def fetch(ask: Ask) -> Answer:
    """One queue."""
    return Answer(200, render(_queue(ask)))


async def members(ask: Ask) -> Answer:
    """Who waits, the next one first."""
    queue = _queue(ask)
    shown = [_member(queue, member) for member in queue.members]
    return Answer(200, {"queue_members": shown, **whole(ask, len(shown))})


async def member(ask: Ask) -> Answer:
    """One who waits, or the next one."""
    queue = _queue(ask)
    return Answer(200, _member(queue, _found(ask, queue)))


async def dequeue(ask: Ask) -> Answer:
    """Take one out of the queue: its call goes on at Url."""
    queue = _queue(ask)
    found = _found(ask, queue)
    url = ask.form.url("Url", 21205)
    if not url:
        raise Refusal(21205)
    shown = _member(queue, found)
    found.sent_away = True
    ask.switch.lines[found.call_sid].break_in(Jump(url, ask.form.one_of("Method", METHODS, "POST")))
    return Answer(200, shown, found.call_sid)


def _queue(ask: Ask) -> Queue:
    for queue in ask.switch.queues.of(ask.account.sid):
        if queue.sid == ask.sid:
            return queue
    raise Refusal(20404, ask.path)


def _found(ask: Ask, queue: Queue) -> Member:
    wanted = ask.other
    for one in queue.members:
        if not one.sent_away and wanted in (one.call_sid, FRONT):
            return one
    raise Refusal(20404, ask.path)


def render(queue: Queue) -> dict[str, Any]:
    """A queue as Twilio shows it."""
    uri = f"/2010-04-01/Accounts/{queue.account}/Queues/{queue.sid}"
    return {
        "sid": queue.sid,
        "account_sid": queue.account,
        "friendly_name": queue.name,
        "current_size": len(queue.members),
        "max_size": queue.max_size,
        "average_wait_time": queue.average_s,
        "date_created": rfc2822(queue.created_at),
        "date_updated": rfc2822(queue.created_at),
        "uri": f"{uri}.json",
        "subresource_uris": {"members": f"{uri}/Members.json"},
    }


def _member(queue: Queue, one: Member) -> dict[str, Any]:
    return {
        "call_sid": one.call_sid,
        "queue_sid": queue.sid,
        "date_enqueued": rfc2822(iso(one.enqueued_at)),
        "position": queue.position(one),
        "wait_time": queue.waited_s(one),
        "uri": f"/2010-04-01/Accounts/{queue.account}/Queues/{queue.sid}/Members/{one.call_sid}.json",
    }
