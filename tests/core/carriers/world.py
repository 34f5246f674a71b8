"""Our side of a carrier: settings that lead to an exchange, orders to place there, a web server to be told by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from time import monotonic, sleep
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest

from core import clock
from core.carriers import CARRIERS
from core.carriers.base import (
    Call,
    Carrier,
    Fax,
    Order,
    Text,
)
from core.config import Config
from exchange.server import InThread

SID, PROJECT = "AC" + "7" * 32, "01234567-89ab-cdef-0123-456789abcdef"
OURS = {"twilio": "+18005550100", "exchange": "+18005550100", "signalwire": "+18005550199"}
SENDS = [
    ("twilio", "voice"),
    ("twilio", "sms"),
    ("exchange", "voice"),
    ("exchange", "sms"),
    ("exchange", "fax"),
    ("signalwire", "fax"),
]
EACH = pytest.mark.parametrize(
    ("name", "channel"), SENDS, ids=[f"{channel} by {name}" for name, channel in SENDS]
)
ALL = pytest.mark.parametrize("name", CARRIERS)


WAITING = b"<Response><Pause length='600'/></Response>"
QUEUED = b"<Response><Enqueue waitUrl='/ivr/waiting'>service</Enqueue></Response>"


class Web(BaseHTTPRequestHandler):
    """Our side: keeps every webhook, serves a fax document and a call's document."""

    heard: ClassVar[list[tuple[str, dict[str, list[str]], dict[str, str]]]] = []
    tiff: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self._answer("image/tiff", self.tiff)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append((self.path, parse_qs(body, keep_blank_values=True), dict(self.headers)))
        self._answer("text/xml", QUEUED if self.path == "/ivr/queued" else WAITING)

    def _answer(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class World:
    """How a test reaches its carrier, and what it orders there."""

    exchange: InThread
    web: str

    def config(self, name: str, **more: Any) -> Config:
        """The settings that lead *name* to the exchange."""
        accounts = {
            "exchange": {"exchange_url": self.exchange.base_url, "exchange_account_sid": SID, "exchange_auth_token": "right"},
            "twilio": {"twilio_api_base": self.exchange.base_url, "twilio_account_sid": SID, "twilio_auth_token": "right"},
            "signalwire": {
                "signalwire_space": self.exchange.base_url,
                "signalwire_project": PROJECT,
                "signalwire_token": "right",
                "signalwire_signing_key": "PSK_right",
            },
        }  # fmt: skip
        return Config(**{"public_url": self.web} | accounts[name] | more)

    def carrier(self, name: str, **more: Any) -> Carrier:
        return CARRIERS[name](self.config(name, **more))

    def order(self, name: str, channel: str, to: str = "") -> Order:
        """A call or text to somebody who takes it, a fax to a busy machine, or any of them to *to*."""
        from_ = OURS[name]
        status = f"{self.web}/receipts/{name}/{channel}"
        if channel == "voice":
            return Call(
                to or "+14155550110", from_, f"{self.web}/ivr/answer/t", status, f"{self.web}/ivr/fallback"
            )
        if channel == "sms":
            return Text(to or "+14155550110", from_, "Your appointment: 明天", status)
        return Fax(to or "+17775550112", from_, f"{self.web}/media/letter/x.tiff", status)


def eventually(look: Callable[[], Any]) -> Any:
    """What *look* finds, once it finds something."""
    deadline = monotonic() + 30
    while not (found := look()):
        assert monotonic() < deadline, "nothing happened"
        sleep(0.01)
    return found


def around_now() -> dict[str, Any]:
    """Any time today, also by the clock of an exchange that lives sixty times as fast."""
    now = clock.real()
    return {"since": now - timedelta(hours=2), "until": now + timedelta(hours=12)}
