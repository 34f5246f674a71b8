"""Twilio: calls and SMS. It has carried no fax since 2021-12-17, and its lists prove nothing: they are only eventually right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Literal

from core.carriers.account import Account, Row
from core.carriers.base import Call, Fax, Listing, Order, Refused, Report, SendResult, Text
from core.carriers.orders import call_form, text_form
from core.carriers.signature import Headers, is_signed
from core.config import Config
from core.errors import Unavailable
from core.phone import masked
from core.sentences import Sentence

NO_FAX = Refused("34005", "Twilio ended fax on 2021-12-17; set FAX_CARRIER to another carrier", "sender")


def access(config: Config) -> tuple[str, str, str]:
    """Where the account is, its id and its token."""
    return config.twilio_api_base, config.twilio_account_sid, config.twilio_auth_token


class Twilio:
    """The account TWILIO_ACCOUNT_SID at TWILIO_API_BASE."""

    name = "twilio"
    answers_help = True
    absence_proves_after_s: float | None = None
    fax_media: Literal["application/pdf", "image/tiff"] = "application/pdf"

    def __init__(self, config: Config) -> None:
        self._account = Account(*access(config), config)
        self._tokens = (config.twilio_auth_token, config.twilio_auth_token_previous)
        self._public_url = config.public_url.rstrip("/")

    def send(self, order: Order, not_after: float = inf) -> SendResult:
        match order:
            case Call():
                return self._account.create("voice", call_form(order), not_after)
            case Text():
                return self._account.create("sms", text_form(order), not_after)
            case Fax():
                return NO_FAX

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
        return is_signed(self._tokens, ("X-Twilio-Signature",), url, form, headers)

    def check(self) -> list[str]:
        try:
            about = self._account.about()
            numbers, _ = self._account.rows("IncomingPhoneNumbers", {"PageSize": "1000"})
        except Unavailable as error:
            return [
                Sentence(
                    "Twilio: {said}; compare TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_API_BASE with the Twilio console",
                    said=error.message,
                )
            ]
        found = _account_problems(about)
        if not numbers:
            found.append(Sentence("Twilio: the account owns no number; buy one in the Twilio console"))
        return found + [
            problem for number in numbers for problem in number_problems(number, self._public_url)
        ]


def _account_problems(about: Row) -> list[str]:
    found: list[str] = []
    if about.get("status") != "active":
        found.append(
            Sentence(
                "Twilio: the account is {state}, not active; settle it with Twilio",
                state=about.get("status"),
            )
        )
    if about.get("type") == "Trial":
        found.append(
            Sentence("Twilio: this is a trial account, which reaches only verified numbers; upgrade it")
        )
    return found


def number_problems(number: Row, public_url: str) -> list[str]:
    """Where calls and texts to one of our numbers do not come to us."""
    shown = masked(str(number.get("phone_number") or ""))
    can = number.get("capabilities") or {}
    found: list[str] = []
    for means, field, path in (("voice", "voice_url", "/ivr/answer"), ("sms", "sms_url", "/inbound/sms")):
        wanted = public_url + path
        if can.get(means) and number.get(field) != wanted:
            found.append(
                Sentence(
                    "Twilio: {means} of {shown} does not come to us; set its {field} to {wanted} (POST)",
                    means=means,
                    shown=shown,
                    field=field,
                    wanted=wanted,
                )
            )
    return found
