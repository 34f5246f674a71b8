"""Conference rooms: begun by who comes first, started when two are in, ended by who may or by the last to leave.

Whom the first participant's document names is told of what happens there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from exchange.clock import rfc2822
from exchange.line import Line, Params
from exchange.switch import Switch

EVENTS = ("start", "end", "join", "leave")
NAMES = {
    "start": "conference-start",
    "end": "conference-end",
    "join": "participant-join",
    "leave": "participant-leave",
}
BY_REQUEST = "conference-ended-via-api"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told of which events."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Participant:
    """One call in a room."""

    line: Line
    starts: bool
    ends: bool
    muted: bool
    joined_at: str
    removed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class Room:
    """One conference, from its first participant to its end."""

    switch: Switch
    sid: str
    account: str
    name: str
    audience: Audience
    created_at: str
    status: str = "init"
    sequence: int = 0
    members: list[Participant] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self, member: Participant) -> None:
        """Come in; the second one starts the talk, if one of them may."""
        self.members.append(member)
        self._tell("join", member, [])
        if self.status == "init" and len(self.members) > 1 and any(one.starts for one in self.members):
            self.status = "in-progress"
            self._tell("start", None, [])
            self.started.set()

    def leave(self, member: Participant) -> None:
        """Go; whoever may end the room ends it for all, and the last one turns off the light."""
        self.members.remove(member)
        self._tell("leave", member, [])
        if self.ended.is_set():
            return
        if member.ends:
            self.end("participant-with-end-conference-on-exit-left", member)
        elif not self.members:
            self.end("last-participant-left", member)

    def end(self, why: str, by: Participant | None = None) -> None:
        """It is over for everybody."""
        self.status = "completed"
        extra = [("ReasonConferenceEnded", why)]
        if by:
            extra.append(("CallSidEndingConference", by.line.call.sid))
        self._tell("end", None, extra)
        self.ended.set()
        for one in self.members:
            one.removed.set()

    def _tell(self, event: str, about: Participant | None, extra: Params) -> None:
        if not self.audience.url or event not in self.audience.events:
            return
        params = [
            ("AccountSid", self.account),
            ("ConferenceSid", self.sid),
            ("FriendlyName", self.name),
            ("StatusCallbackEvent", NAMES[event]),
            ("Timestamp", rfc2822(self.switch.clock.stamp()) or ""),
            ("SequenceNumber", str(self.sequence)),
            *extra,
        ]
        if about:
            params += [
                ("CallSid", about.line.call.sid),
                ("StartConferenceOnEnter", str(about.starts).lower()),
                ("EndConferenceOnExit", str(about.ends).lower()),
                ("Muted", str(about.muted).lower()),
                ("Hold", "false"),
                ("Coaching", "false"),
            ]
        self.sequence += 1
        where = self.audience
        hook = self.switch.hook(self.account, self.sid, "conference", where.url, params, where.method)
        self.switch.webhooks.tell(hook, "calls")


def enter(switch: Switch, account: str, name: str, audience: Audience) -> Room:
    """The room of that name that is open now, or a new one."""
    for room in switch.rooms.values():
        if (room.account, room.name) == (account, name) and not room.ended.is_set():
            return room
    room = Room(switch, switch.new_sid("CF"), account, name, audience, switch.clock.stamp())
    switch.rooms[room.sid] = room
    return room
