"""What a webhook says about the call it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from core.errors import Invalid
from core.phone import E164
from flows.language.text import plain

MAX_SID = 64
MAX_ADDRESS = 32


@dataclass(frozen=True)
class Leg:
    """One telephone call. *caller* and *called* as the carrier names them: E.164, or such as anonymous and client:anna."""

    call_sid: str
    account_sid: str
    caller: str
    called: str
    direction: Literal["in", "out"]

    @property
    def person(self) -> str:
        """The address at the far end: who rang us, or whom we rang."""
        return self.caller if self.direction == "in" else self.called


@dataclass(frozen=True)
class Asking:
    """
    What a call asks of the rest of the house. *key* tells this asking from every other, also when it is repeated; *person* is
    the customer the caller has proved to be, 0 if none; *given* may hold secret digits and is never kept. *delivery_id* is what
    we are calling for, 0 if they called us.
    """

    leg: Leg
    key: str
    flow: str
    node: str
    language: str
    person: int
    given: Mapping[str, str]
    delivery_id: int = 0

    @property
    def caller(self) -> str:
        """The number at the far end (E.164), "" if it is withheld."""
        return number_or_none(self.leg.person)


def leg_of(form: Mapping[str, str]) -> Leg:
    """The call of a webhook's *form*. Raises Invalid without a CallSid."""
    call_sid = form.get("CallSid", "")
    if not 1 <= len(call_sid) <= MAX_SID or not call_sid.isalnum() or not call_sid.isascii():
        raise Invalid("bad_call", "the carrier named no call")
    return Leg(
        call_sid,
        form.get("AccountSid", ""),
        _address(form.get("From", "")),
        _address(form.get("To", "")),
        "out" if form.get("Direction", "inbound").startswith("outbound") else "in",
    )


def number_or_none(address: str) -> str:
    """*address* if it is a telephone number (E.164), else ""."""
    return address if address.isascii() and E164.fullmatch(address) else ""


def path_of(url: str) -> str:
    """The path in *url*, which comes from outside; "" if it is no address."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _address(raw: str) -> str:
    return raw if number_or_none(raw) else plain(raw)[:MAX_ADDRESS]
