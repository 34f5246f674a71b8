"""One module a channel, each with the same four functions. A new channel is one file and one word here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from core.carriers.base import Order
from outbound.channels import fax, sms, voice
from outbound.links import Links
from outbound.work import Work

Variables = Mapping[str, str]


class Channel(Protocol):
    """How a channel says what a source wants said."""

    def order(self, work: Work, links: Links) -> Order:
        """What to hand to the carrier. Raises Invalid if the content does not fit."""
        ...

    def placeholders(self, text: Mapping[str, Any]) -> frozenset[str]:
        """Every placeholder in one language's content. Raises Invalid if it is not well-formed."""
        ...

    def check(self, text: Mapping[str, Any], variables: Variables, language: str) -> int:
        """
        The units this recipient's content is billed by: calls, segments or pages. Raises Invalid saying why it could not
        be sent as it should look.
        """
        ...

    def busy_s(self, queue_s: float) -> float:
        """Seconds for which an accepted attempt may hold a line, at most."""
        ...


CHANNELS: dict[str, Channel] = {"voice": voice, "sms": sms, "fax": fax}
