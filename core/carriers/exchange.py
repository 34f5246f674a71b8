"""
The embedded exchange: Twilio's shape for calls and SMS, SignalWire's for faxes, on this computer.

It writes every order down before it answers or acts, so a complete list without a trace of a send proves that there
was none, once a request on its way has had time to arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Literal

from core.carriers.account import Account
from core.carriers.base import Call, Fax, Listing, Order, Report, SendResult, Text
from core.carriers.orders import call_form, fax_form, text_form
from core.carriers.signature import Headers, is_signed
from core.config import Config
from core.errors import Unavailable
from core.sentences import Sentence


def access(config: Config) -> tuple[str, str, str]:
    """Where the account is, its id and its token."""
    return config.exchange_url, config.exchange_account_sid, config.exchange_auth_token


class Exchange:
    """The account EXCHANGE_ACCOUNT_SID at EXCHANGE_URL."""

    name = "exchange"
    answers_help = False
    absence_proves_after_s: float | None = 5.0
    fax_media: Literal["application/pdf", "image/tiff"] = "image/tiff"

    def __init__(self, config: Config) -> None:
        self._url, sid, self._token = access(config)
        self._account = Account(self._url, sid, self._token, config)

    def send(self, order: Order, not_after: float = inf) -> SendResult:
        match order:
            case Call():
                return self._account.create("voice", call_form(order), not_after)
            case Text():
                return self._account.create("sms", text_form(order), not_after)
            case Fax():
                return self._account.create("fax", fax_form(order), not_after)

    def fetch(self, channel: str, carrier_id: str) -> Report | None:
        return self._account.fetch(channel, carrier_id)

    def find(self, channel: str, to: str, from_: str, since: datetime, until: datetime) -> Listing:
        return self._account.find(channel, to, from_, since, until)

    def received(self, channel: str, since: datetime) -> Listing:
        return self._account.received(channel, since)

    def redirect(self, carrier_id: str, url: str) -> bool:
        return self._account.redirect(carrier_id, url)

    def members(self, queue_id: str) -> Sequence[str]:
        return self._account.members(queue_id)

    def dequeue(self, queue_id: str, carrier_id: str, url: str) -> bool:
        return self._account.dequeue(queue_id, carrier_id, url)

    def stop(self, channel: str, carrier_id: str) -> Report | None:
        return self._account.stop(channel, carrier_id)

    def verify(self, url: str, form: Mapping[str, Sequence[str]], headers: Headers) -> bool:
        return is_signed((self._token,), ("X-Twilio-Signature",), url, form, headers)

    def check(self) -> list[str]:
        try:
            self._account.about()
        except Unavailable as error:
            return [
                Sentence(
                    "Exchange: {said}; start it, and compare EXCHANGE_URL, EXCHANGE_ACCOUNT_SID and EXCHANGE_AUTH_TOKEN",
                    said=error.message,
                )
            ]
        return []
