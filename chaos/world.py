"""Who is in the customer file of a storm, how their telephones behave, and what the judge must know about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "exchange-demo-token"
# the campaign's sender; the number others text STOP to, so that only we can know of it; the hotline
SENDER, DESK, HOTLINE = "+18005550101", "+18005550111", "+18005550100"
SPEED = 60.0
# a Wednesday: Paris closes for advertising at 20:00, which is 11:00 in San Francisco and 09:00 in Honolulu
PARIS_CLOSES = datetime(2026, 11, 18, 19, 0, tzinfo=UTC)
# San Francisco has just opened; two hours later Honolulu does
OPEN_BEFORE = timedelta(minutes=170)


@dataclass(frozen=True)
class Place:
    """Where people live: their numbers, and from when to when they may be texted by their own clock."""

    prefix: str
    zone: str
    opens: time
    closes: time

    def is_open(self, at: datetime) -> bool:
        """Whether people here may be contacted at that instant."""
        return self.opens <= at.astimezone(ZoneInfo(self.zone)).time() < self.closes


COAST = Place("+1415", "America/Los_Angeles", time(8), time(21))
PARIS = Place("+336", "Europe/Paris", time(9), time(20))
HAWAII = Place("+1808", "Pacific/Honolulu", time(8), time(21))


@dataclass(frozen=True)
class Person:
    """
    One recipient. *agreed* is whether they may be contacted at all; *text* how their handset takes texts, one word a try;
    *says_stop* the share of the storm after which they opt out, by `sms` or `key`.
    """

    address: str
    place: Place
    agreed: bool = True
    text: tuple[str, ...] = ("delivered",)
    says_stop: tuple[float, str] | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether a correct system must reach them: they agreed, and their telephone takes texts sooner or later."""
        return self.agreed and self.text[-1] == "delivered" and self.says_stop is None


def people(count: int, seed: int) -> list[Person]:
    """*count* recipients: most on the coast, some where the window closes or opens meanwhile, some who never agreed."""
    rng = Random(seed)
    return [_person(rng, number) for number in range(count)]


def _person(rng: Random, number: int) -> Person:
    place = rng.choices((COAST, PARIS, HAWAII), (88, 8, 4))[0]
    address = (
        f"{place.prefix}{12345678 + number}" if place is PARIS else f"{place.prefix}{2_500_000 + number}"
    )
    texts = (("delivered",), ("unreachable", "delivered"), ("landline",))
    stop = (rng.uniform(0.05, 0.6), rng.choice(("sms", "key"))) if rng.random() < 0.03 else None
    return Person(address, place, rng.random() < 0.98, rng.choices(texts, (94, 4, 2))[0], says_stop=stop)


def population(crowd: Sequence[Person], public_url: str, faults: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The exchange's side of it."""
    urls = {
        "account": ACCOUNT,
        "voice_url": f"{public_url}/ivr/answer",
        "status_callback": f"{public_url}/ivr/status",
        "sms_url": f"{public_url}/inbound/sms",
    }
    return {
        "accounts": [{"sid": ACCOUNT, "token": TOKEN, "cps": 1000}],
        "numbers": dict.fromkeys((SENDER, DESK, HOTLINE), urls),
        "subscribers": {
            "mobile": {"voice": {"human": 1}, "text": {"delivered": 1}, "talk_s": 5},
            "numbers": {one.address: {"text": list(one.text)} for one in crowd if one.text != ("delivered",)},
        },
        "faults": list(faults),
    }


def weather() -> list[dict[str, Any]]:
    """
    Every fault of a single request a carrier has, by luck; what is accepted late is so only where no window closes.

    One order in thirty leaves us in the dark: a little less than the brake is made for, so that it holds now and then.
    """
    on_request = ("drop_answer", "delay_answer", "error_before", "error_after", "reset_before", "reset_after",
                  "refuse_503", "refuse_429")  # fmt: skip
    on_callback = {
        "lose_callback": 1.0,
        "double_callback": 4.0,
        "delay_callback": 3.0,
        "reorder_callback": 4.0,
    }
    return [
        *({"kind": kind, "percent": 0.5, "seconds": 1.5} for kind in on_request),
        {"kind": "accept_late", "percent": 0.5, "seconds": 2.0, "to": COAST.prefix},
        *({"kind": kind, "percent": share, "seconds": 1.5} for kind, share in on_callback.items()),
        {"kind": "refuse_503", "channel": "reads", "percent": 2.0},
        {"kind": "drop_answer", "channel": "reads", "percent": 1.0},
    ]


def beginning(seconds: float, speed: float) -> datetime:
    """When a storm of about so many real *seconds* begins, in business time: Paris closes before it is over."""
    return PARIS_CLOSES - min(timedelta(seconds=0.75 * seconds * speed), OPEN_BEFORE)
