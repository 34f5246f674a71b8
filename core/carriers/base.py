"""
What a carrier can be asked, and the five ways in which a send can end.

A send never raises: it returns `Accepted`, `Refused`, `Unavailable` or `Unknown`, because what may be done next depends
on exactly that. `Unavailable` promises that nothing left us; anything that might have left us is `Unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Literal, Protocol

from core.carriers.signature import Headers

Scope = Literal["recipient", "campaign", "sender"]


@dataclass(frozen=True)
class Accepted:
    """The carrier has it, under *carrier_id*. *queue_s*: how long it expects to wait before dialling."""

    carrier_id: str
    status: str
    queue_s: float = 0.0


@dataclass(frozen=True)
class Refused:
    """
    Surely not sent, and trying again is no use within *scope*; where *is_about_country*, only to numbers of the same country.
    """

    code: str
    message: str
    scope: Scope = "recipient"
    is_about_country: bool = False


@dataclass(frozen=True)
class Unavailable:
    """Surely not sent; try again after *retry_after_s*."""

    code: str
    retry_after_s: float = 5.0
    scope: Scope = "sender"


@dataclass(frozen=True)
class Unknown:
    """Perhaps sent: time-out, reset, 5xx after the request left."""

    reason: str


SendResult = Accepted | Refused | Unavailable | Unknown


@dataclass(frozen=True)
class Call:
    """
    A call to place. *answer_url* is asked what to do once it is answered; *time_limit_s* is always sent. *machine_url*,
    if given, is told beside the running call whether a person or a machine answered: at once, or with *waits_for_beep* only
    when the machine's greeting is over.
    """

    to: str
    from_: str
    answer_url: str
    status_url: str
    fallback_url: str
    ring_s: int = 25
    time_limit_s: int = 600
    machine_url: str = ""
    waits_for_beep: bool = False


@dataclass(frozen=True)
class Text:
    """An SMS to send; *validity_s* is how long the carrier may hold it."""

    to: str
    from_: str
    body: str
    status_url: str
    validity_s: int = 14_400


@dataclass(frozen=True)
class Fax:
    """A fax to send: the carrier fetches the document at *media_url*."""

    to: str
    from_: str
    media_url: str
    status_url: str
    quality: str = "fine"


Order = Call | Text | Fax


@dataclass(frozen=True)
class Report:
    """What the carrier says of one call, message or fax. *status* is its own word; *created_at* is UTC."""

    carrier_id: str
    to: str
    from_: str
    status: str
    created_at: datetime
    code: str = ""
    duration_s: int = 0
    pages: int = 0
    body: str = ""


@dataclass(frozen=True)
class Listing:
    """Everything found; *complete* only if no page is missing."""

    reports: Sequence[Report] = field(default_factory=tuple)
    complete: bool = True


class Carrier(Protocol):
    """
    Reaches the telephone network.

    `absence_proves_after_s`: after so many seconds a complete listing without a trace of a send proves that it was
    never made; None where the carrier's lists are only eventually right. `answers_help`: it answers a text of HELP itself,
    unless it was told not to.
    """

    name: str
    answers_help: bool
    absence_proves_after_s: float | None
    fax_media: Literal["application/pdf", "image/tiff"]

    def send(self, order: Order, not_after: float = inf) -> SendResult:
        """
        Hand over one order. Never raises; takes at most 15 s once connected.

        *not_after* (clock.monotonic) is looked at again right before the first byte leaves: from then on the answer
        is Unavailable("too_late"), however long this thread was stopped in between.
        """
        ...

    def fetch(self, channel: str, carrier_id: str) -> Report | None:
        """The present state of one; None if the carrier knows no such id. Raises Unavailable (core.errors)."""
        ...

    def find(self, channel: str, to: str, from_: str, since: datetime, until: datetime) -> Listing:
        """All created between *since* and *until* from one number to another, to anybody if *to* is empty. Raises Unavailable (core.errors)."""
        ...

    def received(self, channel: str, since: datetime) -> Listing:
        """Every text or call that came to a number of ours from *since* on. Raises Unavailable (core.errors)."""
        ...

    def redirect(self, carrier_id: str, url: str) -> bool:
        """Send a live call to *url*; whether it still could be. Raises Unavailable (core.errors)."""
        ...

    def members(self, queue_id: str) -> Sequence[str]:
        """The calls that wait in a queue of the carrier's, the longest wait first; none where it knows no such queue. Raises Unavailable (core.errors)."""
        ...

    def dequeue(self, queue_id: str, carrier_id: str, url: str) -> bool:
        """Take a call out of a queue and send it to *url*; whether it still waited there. Raises Unavailable (core.errors)."""
        ...

    def stop(self, channel: str, carrier_id: str) -> Report | None:
        """Cancel what is queued, end what is in progress; its state afterwards. Raises Unavailable (core.errors)."""
        ...

    def verify(self, url: str, form: Mapping[str, Sequence[str]], headers: Headers) -> bool:
        """Whether a webhook request to public *url* was signed by this carrier."""
        ...

    def check(self) -> list[str]:
        """What is wrong with the account, one sentence each, saying what to do."""
        ...
