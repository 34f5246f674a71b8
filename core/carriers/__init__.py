"""The carriers there are, and which of them carries what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.carriers import exchange, twilio
from core.carriers.base import Carrier
from core.carriers.exchange import Exchange
from core.carriers.signalwire import SignalWire
from core.carriers.twilio import Twilio
from core.config import Config

CARRIERS: Mapping[str, Callable[[Config], Carrier]] = {
    "twilio": Twilio,
    "signalwire": SignalWire,
    "exchange": Exchange,
}


# carriers of calls: where each keeps the recordings of an account
RECORDINGS: Mapping[str, Callable[[Config], tuple[str, str, str]]] = {
    "twilio": twilio.access,
    "exchange": exchange.access,
}


def connect(config: Config) -> dict[str, Carrier]:
    """One carrier per channel: voice, sms, fax; the same object where it is the same carrier. Asks nobody anything yet."""
    used = {channel: config.carrier_of(channel) for channel in ("voice", "sms", "fax")}
    made = {name: CARRIERS[name](config) for name in set(used.values())}
    return {channel: made[name] for channel, name in used.items()}
