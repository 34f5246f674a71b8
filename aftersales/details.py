"""What callers key in and choose, as staff read it: a case tells it by itself, each reader in their own language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.sentences import Sentence

# by the names that flows we ship give them
KNOWN: Mapping[str, Sentence] = {
    "about": Sentence("{value}"),
    "job": Sentence("work order {value}"),
    "order": Sentence("order {value}"),
    "serial": Sentence("serial number {value}"),
    "call_back_to": Sentence("call back to {value}"),
    "consent": Sentence("answer: {value}"),
    "takes_part": Sentence("takes part: {value}"),
    "identity": Sentence("is the customer: {value}"),
    "satisfaction": Sentence("satisfaction {value}"),
    "friendliness": Sentence("friendliness {value}"),
    "on_time": Sentence("on time: {value}"),
    "recommendation": Sentence("would recommend us: {value} of 10"),
}
KEYED: Mapping[str, Sentence] = {
    "yes": Sentence("yes"),
    "no": Sentence("no"),
    "not_now": Sentence("not now"),
    "asked_for_person": Sentence("asked for a person"),
}
PAIR = re.compile(r"(\w+)=(.*?)(?= \w+=|\Z)", re.DOTALL)


def told(details: Mapping[str, str]) -> Sentence:
    """All of *details* in one line, such as work order 4102, satisfaction 2."""
    return Sentence("{details}", details=[_told(name, value) for name, value in details.items() if value])


def read(effect: str) -> dict[str, str]:
    """The details a step of a call has on record, such as job=4102 satisfaction=2."""
    return dict(PAIR.findall(effect))


def _told(name: str, value: str) -> Sentence:
    said = KEYED.get(value, value)
    if name in KNOWN:
        return Sentence(str(KNOWN[name]), value=said)
    return Sentence("{name}: {value}", name=name.replace("_", " "), value=said)
