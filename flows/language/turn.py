"""What the engine tells the telephone to do, what it asks others to do, and what it remembers of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.errors import Invalid


@dataclass(frozen=True)
class Say:
    """Read *text* aloud in *lang*; short enough for one carrier verb."""

    text: str
    lang: str


@dataclass(frozen=True)
class Play:
    """Play the uploaded prompt named *audio*; the edge knows its URL."""

    audio: str
    lang: str


@dataclass(frozen=True)
class Pause:
    """Stay silent."""

    length_s: int


@dataclass(frozen=True)
class Gather:
    """
    Speak *prompts* while listening for keys. With no finish key every key counts, `#` and `*` too.

    With *speech*, a language, listen for words in it as well; *hints* are what people are likely to say.
    """

    prompts: tuple[Say | Play | Pause, ...]
    max_digits: int | None
    finish_on_key: str
    timeout_s: int
    barge_in: bool = True
    secret: bool = False
    speech: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """Record the caller; *timeout_s* seconds of silence end it."""

    max_length_s: int
    timeout_s: int
    finish_on_key: str
    beep: bool


@dataclass(frozen=True)
class RecordCall:
    """Record the call from here to its end, as proof."""


@dataclass(frozen=True)
class Dial:
    """Connect the caller with *number* (E.164)."""

    number: str
    timeout_s: int
    time_limit_s: int


@dataclass(frozen=True)
class Enqueue:
    """Let the caller wait in the carrier's *queue* until somebody takes the call out of it."""

    queue: str


@dataclass(frozen=True)
class Leave:
    """Leave the queue, to what follows it."""


@dataclass(frozen=True)
class Meet:
    """
    Join *room*; whoever leaves it ends the talk for both. *about* names who is told of what happens there. Who *stays* may leave
    with a star and goes on in this call.
    """

    room: str
    about: str
    stays: bool = False


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Reject:
    """Do not answer the call; *reason* is rejected or busy."""

    reason: str


Instruction = (
    Say | Play | Pause | Gather | Record | RecordCall | Dial | Enqueue | Leave | Meet | Hangup | Reject
)


@dataclass(frozen=True)
class Effect:
    """Something to be done outside the call: opt_out, case, message_left, answer, language, error."""

    kind: str
    data: Mapping[str, str]


@dataclass(frozen=True)
class Ask:
    """
    Something only the edge knows or can do, wanted before the turn can go on: *what* is lookup:…, verify, case, sms, fax,
    queue, transfer or callback.

    *given* may hold digits keyed in as a secret: it is used and forgotten, never kept.
    """

    what: str
    given: Mapping[str, str]


@dataclass(frozen=True)
class State:
    """Where a caller is. Travels in the call's token, so it holds no secret digits and stays small."""

    flow: str
    node: str
    turn: int
    lang: str
    counters: Mapping[str, int] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Compact and JSON-ready; dump it with ensure_ascii=False, which is what the token's bound counts on."""
        short: dict[str, Any] = {"f": self.flow, "n": self.node, "t": self.turn, "l": self.lang}
        if self.counters:
            short["c"] = dict(self.counters)
        if self.variables:
            short["v"] = dict(self.variables)
        return short

    @staticmethod
    def from_dict(short: Mapping[str, Any]) -> State:
        """The state *short* was made from, or Invalid."""
        try:
            counters = {str(name): int(count) for name, count in short.get("c", {}).items()}
            variables = {str(name): str(value) for name, value in short.get("v", {}).items()}
            return State(
                str(short["f"]), str(short["n"]), int(short["t"]), str(short["l"]), counters, variables
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid("bad_state", "this is no state of a call; start the call again") from error


@dataclass(frozen=True)
class Digits:
    """The keys pressed; "" if the caller pressed none in time."""

    text: str


@dataclass(frozen=True)
class Heard:
    """Words were spoken; *confidence* is the carrier's, 0 to 1, where it tells one."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class Recorded:
    """A recording was made; *duration_s* 0 or no *url* means nothing was said."""

    url: str
    duration_s: int
    digits: str = ""


@dataclass(frozen=True)
class Dialled:
    """The connection is over; *status* is completed, answered, busy, no-answer, failed or canceled."""

    status: str
    duration_s: int = 0


REACHED = ("completed", "answered")
"""How a leg ended on which somebody was talked to."""


@dataclass(frozen=True)
class Queued:
    """The wait is over without a person; *result* is callback, overflow, failed or hung_up."""

    result: str


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True)
class Failed:
    """What the node waited for cannot be had: database or lookup unavailable."""

    reason: str


@dataclass(frozen=True)
class Told:
    """What was asked for is known, or done."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """What was asked for is not there, or may not be: *reason* is not_found, not_allowed, locked …"""

    reason: str


Answer = Digits | Heard | Recorded | Dialled | Queued | HungUp | Failed | Told | Refused


@dataclass(frozen=True)
class Facts:
    """What the edge knows: *now* aware in the tenant's zone, numbers in E.164, *available* if the database answers."""

    now: datetime
    caller: str
    called: str
    variables: Mapping[str, str] = field(default_factory=dict)
    lang: str | None = None
    available: bool = True


@dataclass(frozen=True)
class Step:
    """One node passed, for the call's record."""

    node: str
    kind: str
    says: tuple[str, ...]
    waits_for: str | None


@dataclass(frozen=True)
class Turn:
    """
    One answer of the engine. *ended* is the reason word once the call is over for us, else None. While it *asks* for
    something it is not complete, and what is *passing* goes on into the rest of it: see `engine.told`.
    """

    state: State
    instructions: tuple[Instruction, ...]
    effects: tuple[Effect, ...]
    steps: tuple[Step, ...]
    ended: str | None
    asks: Ask | None = None
    passing: Mapping[str, str] = field(default_factory=dict)
