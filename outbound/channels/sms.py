"""sms: a text with placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.carriers.base import Order, Text
from core.errors import Invalid
from outbound import segments
from outbound.links import Links
from outbound.texts import Template, render
from outbound.texts import placeholders as names_in
from outbound.work import Work

VALIDITY_S = 14_400
# nobody there can answer a text (CN-8, twilio.com/guidelines/cn/sms)
ONE_WAY = "+86"
MAX_SEGMENTS = 6


def order(work: Work, links: Links) -> Order:
    """The message to send."""
    return Text(
        to=work.address,
        from_=work.sender,
        body=body(work.text, work.values, work.language),
        status_url=links.receipts(work.token, "sms"),
        validity_s=VALIDITY_S,
    )


def placeholders(text: Mapping[str, Any]) -> frozenset[str]:
    """The names in the text."""
    return names_in(str(text["text"]))


def check(text: Mapping[str, Any], variables: Mapping[str, str], language: str) -> int:
    """The segments; refuses more of them than anybody means to pay."""
    count = segments.count(body(text, variables, language))
    if count.segments > MAX_SEGMENTS:
        raise Invalid(
            "sms_too_long",
            "this text takes {segments} segments; shorten it to at most {most}",
            segments=count.segments,
            most=MAX_SEGMENTS,
        )
    return count.segments


def busy_s(queue_s: float) -> float:
    """A text holds no line."""
    return 0.0


def body(text: Mapping[str, Any], variables: Mapping[str, str], language: str) -> str:
    """What the message says to one recipient."""
    return render(_template(str(text["text"]), language), variables)


@lru_cache(256)
def _template(source: str, language: str) -> Template:
    return Template(source, language)
