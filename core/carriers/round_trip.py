"""
A signed round trip to PUBLIC_URL, as a carrier makes it: does it reach us, and do our signatures fit what arrives?

A proxy that rewrites the address, or a PUBLIC_URL that names another server, would make us refuse every real webhook.
The receipt we send ourselves belongs to no attempt, so it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.carriers.connection import MaybeSent, NotSent
from core.carriers.http import Http
from core.carriers.signature import signature
from core.config import Config
from core.sentences import Sentence

CHANNELS = ("voice", "sms", "fax")
FORM = {"AccountSid": "check"}


def round_trip_problems(config: Config, channels: Sequence[str] = CHANNELS) -> list[str]:
    """What is wrong between PUBLIC_URL and us, one sentence each, saying what to do."""
    return list(dict.fromkeys(found for channel in channels if (found := _problem(config, channel))))


def _problem(config: Config, channel: str) -> str:
    header, token = _signer(config, config.carrier_of(channel))
    base = config.public_url.rstrip("/")
    url = f"{base}/receipts/check/{channel}"
    signed = signature(token, url + "".join(name + value for name, value in sorted(FORM.items()))).decode()
    try:
        refused, accepted = _status(config, url, {}), _status(config, url, {header: signed})
    except (NotSent, MaybeSent):
        return Sentence(
            "PUBLIC_URL: nobody answers at {base}; start the web, and check the address, its certificate and the proxy before it",
            base=base,
        )
    if refused != 403:
        return Sentence(
            "PUBLIC_URL: {base} does not refuse a receipt without a signature (HTTP {refused}, not 403); it is not this service",
            base=base,
            refused=refused,
        )
    if accepted >= 300:
        return Sentence(
            "PUBLIC_URL: {base} refuses a receipt signed for it (HTTP {accepted}); let the proxy pass path and query unchanged, and set PUBLIC_URL to exactly what the carrier calls",
            base=base,
            accepted=accepted,
        )
    return ""


def _status(config: Config, url: str, headers: dict[str, str]) -> int:
    http = Http(config.public_url, 1, config.http_timeout_s)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = url.removeprefix(config.public_url.rstrip("/"))
    return int(
        http.request("POST", f"http://{http.host}{path}", data=FORM, headers=form | headers).status_code
    )


def _signer(config: Config, carrier: str) -> tuple[str, str]:
    """The header and secret by which *carrier* signs."""
    return {
        "twilio": ("X-Twilio-Signature", config.twilio_auth_token),
        "signalwire": ("X-SignalWire-Signature", config.signalwire_signing_key),
        "exchange": ("X-Twilio-Signature", config.exchange_auth_token),
    }[carrier]
