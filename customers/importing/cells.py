"""From the text of a cell to the value of its field: one small reader per field, each says what to enter instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from zoneinfo import available_timezones

import holidays
from babel import Locale

from core.errors import Invalid
from customers.importing.problems import REASONS

DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4}){0,2}")
LANGUAGES = {
    "chinese": "zh",
    "中文": "zh",
    "汉语": "zh",
    "普通话": "zh",
    "简体中文": "zh",
    "english": "en",
    "英文": "en",
    "英语": "en",
}
CHANNELS = {
    "voice": "voice", "call": "voice", "phone": "voice", "电话": "voice", "语音": "voice",
    "sms": "sms", "text": "sms", "短信": "sms", "fax": "fax", "传真": "fax",
}  # fmt: skip
# "yes" is what a person said; only "written" claims a signed consent
CONSENTS = {
    "written": "express_written", "signed": "express_written", "express_written": "express_written",
    "书面": "express_written", "书面同意": "express_written",
    "yes": "express", "y": "express", "true": "express", "1": "express", "express": "express",
    "是": "express", "同意": "express", "有": "express",
    "no": "none", "n": "none", "false": "none", "0": "none", "否": "none", "不同意": "none", "拒绝": "none",
}  # fmt: skip
MAX_TAGS, MAX_TAG_CHARS = 20, 40
TAG_SEPARATORS = re.compile(r"[;,|、，；\n]")
MAX_STATE_CHARS = 40
# fields that hold any text, and how much
LENGTHS = {
    "name": 120, "company": 120, "address": 300, "reference": 60, "plate": 20, "model": 80, "vehicle_kind": 40,
}  # fmt: skip


class BadCell(Invalid):
    """A cell that does not hold what its field needs; the code is one of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code, REASONS[code])


@lru_cache(4096)
def read_date(text: str) -> date:
    """A day, year first: 2026-12-31, 2026/12/31, 2026年12月31日."""
    found = DATE.fullmatch(text)
    if found is None:
        raise BadCell("bad_date")
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise BadCell("bad_date") from None


@lru_cache(256)
def read_language(text: str) -> str:
    """en, zh, or another language's code; zh-CN and 中文 are zh."""
    known = LANGUAGES.get(text.casefold())
    if known:
        return known
    if not LANGUAGE.fullmatch(text):
        raise BadCell("bad_language")
    base = text.replace("_", "-").split("-")[0]
    if base not in _languages():
        raise BadCell("bad_language")
    return base if base in ("en", "zh") or len(text) > 8 else text


@lru_cache(1)
def _languages() -> frozenset[str]:
    return frozenset(Locale("en").languages)


@lru_cache(1)
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@lru_cache(1024)
def read_zone(text: str) -> str:
    """An IANA zone, in its own spelling."""
    found = _zones().get(text.casefold().replace(" ", "_"))
    if found is None:
        raise BadCell("bad_zone")
    return found


@lru_cache(1)
def _us_states() -> dict[str, str]:
    us = holidays.country_holidays("US")
    codes = {code: code for code in us.subdivisions}
    return {name.casefold(): code for name, code in {**us.subdivisions_aliases, **codes}.items()}


@lru_cache(1024)
def read_state(text: str, region: str) -> str:
    """A state's two letters in the US, where contact rules go by it; elsewhere any text."""
    if region != "US":
        if len(text) > MAX_STATE_CHARS:
            raise BadCell("too_long")
        return text
    found = _us_states().get(text.casefold())
    if found is None:
        raise BadCell("bad_state")
    return found


def read_channel(text: str) -> str:
    """voice, sms or fax."""
    return _word(text, CHANNELS, "bad_channel")


def read_consent(text: str) -> str:
    """A level of consent, or "none" for a refusal."""
    return _word(text, CONSENTS, "bad_consent")


@lru_cache(4096)
def read_tags(text: str) -> tuple[str, ...]:
    """Tags between commas, semicolons, bars or their Chinese forms, each once."""
    tags = tuple(dict.fromkeys(tag.strip() for tag in TAG_SEPARATORS.split(text) if tag.strip()))
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in tags):
        raise BadCell("too_many_tags")
    return tags


def _word(text: str, words: dict[str, str], code: str) -> str:
    found = words.get(text.casefold())
    if found is None:
        raise BadCell(code)
    return found


READERS: dict[str, Callable[[str], object]] = {
    "language": read_language,
    "zone": read_zone,
    "preferred_channel": read_channel,
    "next_service": read_date,
    "consent_marketing": read_consent,
    "consent_service": read_consent,
    "tags": read_tags,
}
