"""Conferences under way and who is in them. What is over is in the ledger's transcripts."""

from __future__ import annotations

from typing import Any

from exchange.clock import rfc2822
from exchange.rest.errors import Refusal
from exchange.rest.paging import whole
from exchange.rest.serving import Answer, Ask
from exchange.rooms import BY_REQUEST, Participant, Room


async def listing(ask: Ask) -> Answer:
    """The account's conferences, by FriendlyName and Status."""
    name, status = ask.form.text("FriendlyName"), ask.form.text("Status")
    found = [
        render(room)
        for room in reversed(ask.switch.rooms.values())
        if room.account == ask.account.sid and name in ("", room.name) and status in ("", room.status)
    ]
    return Answer(200, {"conferences": found, **whole(ask, len(found))})


async def fetch(ask: Ask) -> Answer:
    """One conference."""
    return Answer(200, render(_room(ask)))


async def update(ask: Ask) -> Answer:
    """End a conference: everybody goes on after it."""
    room = _room(ask)
    if ask.form.one_of("Status", ("completed",), "") and not room.ended.is_set():
        room.end(BY_REQUEST)
    return Answer(200, render(room), room.sid)


async def participants(ask: Ask) -> Answer:
    """Who is in the room."""
    room = _room(ask)
    shown = [_member(room, one) for one in room.members]
    return Answer(200, {"participants": shown, **whole(ask, len(shown))})


async def participant(ask: Ask) -> Answer:
    """One who is in the room."""
    room = _room(ask)
    return Answer(200, _member(room, _found(ask, room)))


async def remove(ask: Ask) -> Answer:
    """Take one out of the room; that call goes on after it."""
    _found(ask, _room(ask)).removed.set()
    return Answer(204, None, ask.other)


def _room(ask: Ask) -> Room:
    room = ask.switch.rooms.get(ask.sid)
    if room is None or room.account != ask.account.sid:
        raise Refusal(20404, ask.path)
    return room


def _found(ask: Ask, room: Room) -> Participant:
    for one in room.members:
        if one.line.call.sid == ask.other:
            return one
    raise Refusal(20404, ask.path)


def render(room: Room) -> dict[str, Any]:
    """A conference as Twilio shows it."""
    uri = f"/2010-04-01/Accounts/{room.account}/Conferences/{room.sid}"
    return {
        "sid": room.sid,
        "account_sid": room.account,
        "friendly_name": room.name,
        "status": room.status,
        "region": "us1",
        "api_version": "2010-04-01",
        "date_created": rfc2822(room.created_at),
        "date_updated": rfc2822(room.created_at),
        "reason_conference_ended": None,
        "call_sid_ending_conference": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"participants": f"{uri}/Participants.json"},
    }


def _member(room: Room, one: Participant) -> dict[str, Any]:
    sid = one.line.call.sid
    return {
        "call_sid": sid,
        "conference_sid": room.sid,
        "account_sid": room.account,
        "label": None,
        "call_sid_to_coach": None,
        "coaching": False,
        "muted": one.muted,
        "hold": False,
        "start_conference_on_enter": one.starts,
        "end_conference_on_exit": one.ends,
        "status": "connected",
        "date_created": rfc2822(one.joined_at),
        "date_updated": rfc2822(one.joined_at),
        "uri": f"/2010-04-01/Accounts/{room.account}/Conferences/{room.sid}/Participants/{sid}.json",
    }
