"""
Texts to mainland China go one way (CN-8, twilio.com/guidelines/cn/sms): nobody there can answer them, links are not carried,
and 500 characters are the most. A text that asks for an answer would leave its readers without a way to refuse, which the
rules on short messages demand (CN-1); it must name another, such as a number to call and the keys to press.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from broadcast import audience
from broadcast.definition import Definition, where_of
from broadcast.models import Campaign
from broadcast.step import place
from core.db import ScopedSession
from core.errors import Fault, Invalid, WrongFields
from core.sentences import Sentence
from customers.models import CustomerNumber
from customers.segments import Member
from outbound.channels import sms
from outbound.work import language_in

NEXT_PREFIX = "+87"
MOST = 500
# fewer segments than this never hold more than MOST characters
LONG = 4
_WORD = r"(?:STOP|END|QUIT|YES|NO|HELP|START|TD|[RTNY])(?![A-Za-z0-9])"
ASKS = re.compile(
    rf"""(?<!not\ )(?<!n't\ )\b(?:reply|respond|text\ back)\b(?!\ (?:to\ )?you\b)
    | \b(?:text|txt|send|sms|answer)\W+{_WORD}|\b(?:text|txt|sms|answer)\W+\d\b
    | 请(?:您)?(?:直接)?(?:回复|回覆|回復|答复)
    | (?<![勿不别])(?<!不要)(?<!无需)(?<!无须)(?:回复|回覆|回復|答复)(?!您|你|时间)
    | (?:发送|编辑|短信|回)[\s“”"'「：:]{{0,3}}(?:{_WORD}|\d(?!\d)|退订|是[”」"]|否[”」"])""",
    re.IGNORECASE | re.VERBOSE,
)
LINKS = re.compile(
    r"https?:|\bwww\.|\b[a-z0-9-]{1,63}\.(?:com|cn|net|org|io|co|me|ly|gl|gd|cc|top|xyz|info|biz|app|shop|link|site|vip)\b",
    re.IGNORECASE,
)
NO_ANSWER = Sentence(
    "people with a number in China (+86) cannot answer a text, and this asks them to; "
    "name another way, such as a number to call and the key to press"
)
NO_LINK = Sentence("no link reaches a number in China (+86); remove it, or name a number to call")


@lru_cache(256)
def _fault(*said: str) -> str:
    """Why these words must not go there; "" if they may."""
    if any(ASKS.search(words) for words in said):
        return NO_ANSWER
    return NO_LINK if any(LINKS.search(words) for words in said) else ""


def check_text(content: Mapping[str, Any], member: Member, where: str) -> None:
    """Raise Invalid if *member* cannot be sent the text in their language because of what it says to everybody."""
    if _is_one_way(member):
        language = language_in(content, member.language)
        if said := _fault(*_said(content, language)):
            field = place(where, f"message.{language}.text")
            raise WrongFields([Fault(field, "text_one_way", said)], "text_one_way")


def check_length(text: Mapping[str, Any], values: Mapping[str, str], member: Member, units: int) -> None:
    """Raise Invalid if what *member* would get, *units* segments of it, is longer than +86 takes."""
    if _is_one_way(member) and units >= LONG:
        length = len(sms.body(text, values, member.language))
        if length > MOST:
            raise Invalid(
                "text_one_way",
                "a text to +86 has at most {most} characters, and this {length}",
                most=MOST,
                length=length,
            )


def check_audience(session: ScopedSession, campaign: Campaign, definition: Definition) -> None:
    """`check_text` of all a draft's texts for everybody it is for as things stand; cheap where no text is at fault."""
    for position, step in enumerate(definition.waves, 1):
        content = {"texts": step.message, "variables": definition.variables}
        if step.channel != "sms" or not any(_fault(*_said(content, one)) for one in step.message):
            continue
        if not _knows_anybody_there(session, campaign.tenant_id):
            return
        for member in audience.members(session, campaign, channel="sms"):
            check_text(content, member, where_of(definition, position))


def _is_one_way(member: Member) -> bool:
    return member.address is not None and member.address.startswith(sms.ONE_WAY)


def _said(content: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """The text, and the campaign's own variables that stand in it."""
    text = content["texts"][language]
    own = content["variables"]
    return (str(text["text"]), *(own[name] for name in sorted(sms.placeholders(text) & own.keys())))


def _knows_anybody_there(session: ScopedSession, tenant_id: int) -> bool:
    there = (CustomerNumber.address >= sms.ONE_WAY) & (CustomerNumber.address < NEXT_PREFIX)
    known = select(CustomerNumber.id).where(CustomerNumber.tenant_id == tenant_id, there)
    return session.scalar(known.limit(1)) is not None
