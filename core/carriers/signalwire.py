"""SignalWire's compatibility API: faxes, in the shape Twilio's once had. It fetches the document as a PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Literal

from core.carriers.account import Account
from core.carriers.base import Fax, Listing, Order, Refused, Report, SendResult
from core.carriers.orders import fax_form
from core.carriers.signature import Headers, is_signed
from core.config import Config
from core.errors import Unavailable
from core.sentences import Sentence

ROOT = "/api/laml/2010-04-01/Accounts"
SIGNATURES = ("X-SignalWire-Signature", "X-Twilio-Signature")
ONLY_FAX = Refused(
    "only_fax",
    "SignalWire carries only fax here; set VOICE_CARRIER and SMS_CARRIER to another carrier",
    "sender",
)


class SignalWire:
    """The project SIGNALWIRE_PROJECT of the space SIGNALWIRE_SPACE."""

    name = "signalwire"
    answers_help = False
    absence_proves_after_s: float | None = None
    fax_media: Literal["application/pdf", "image/tiff"] = "application/pdf"

    def __init__(self, config: Config) -> None:
        space = config.signalwire_space
        base = space if "://" in space else f"https://{space}"
        self._account = Account(base, config.signalwire_project, config.signalwire_token, config, ROOT, "")
        self._signing_key = config.signalwire_signing_key

    def send(self, order: Order, not_after: float = inf) -> SendResult:
        return self._account.create("fax", fax_form(order), not_after) if isinstance(order, Fax) else ONLY_FAX

    def fetch(self, channel: str, carrier_id: str) -> Report | None:
        return self._account.fetch(channel, carrier_id)

    def find(self, channel: str, to: str, from_: str, since: datetime, until: datetime) -> Listing:
        return self._account.find(channel, to, from_, since, until)

    def received(self, channel: str, since: datetime) -> Listing:
        return Listing()

    def redirect(self, carrier_id: str, url: str) -> bool:
        return False

    def members(self, queue_id: str) -> Sequence[str]:
        return ()

    def dequeue(self, queue_id: str, carrier_id: str, url: str) -> bool:
        return False

    def stop(self, channel: str, carrier_id: str) -> Report | None:
        return self._account.stop(channel, carrier_id)

    def verify(self, url: str, form: Mapping[str, Sequence[str]], headers: Headers) -> bool:
        return is_signed((self._signing_key,), SIGNATURES, url, form, headers)

    def check(self) -> list[str]:
        try:
            about = self._account.about()
            numbers, _ = self._account.rows("IncomingPhoneNumbers", {"PageSize": "1000"})
        except Unavailable as error:
            return [
                Sentence(
                    "SignalWire: {said}; compare SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT and SIGNALWIRE_TOKEN with your space",
                    said=error.message,
                )
            ]
        found: list[str] = []
        if about.get("status") not in ("active", None):
            found.append(
                Sentence(
                    "SignalWire: the project is {state}, not active; settle it with SignalWire",
                    state=about.get("status"),
                )
            )
        if not numbers:
            found.append(Sentence("SignalWire: the project owns no number; buy one in your space"))
        return found
