"""From the text of a cell to a day, an instant, a count or one of our words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from core.errors import Invalid
from customers.importing.cells import BadCell, read_date

# what is before or after these years is a slip of the pen
YEARS = range(1950, 2200)
WITH_TIME = re.compile(r"(.+?)(?:[ T]+|(?<=日))(\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)
COUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)\s*(?:km|公里|千米|months?|个月|月)?", re.ASCII | re.IGNORECASE)
ITEM_SEPARATORS = re.compile(r"[;|；、\n]")
MAX_ITEMS, MAX_ITEM_CHARS = 100, 200
STEPS = {
    "reception": "reception, received, 接待, 接车",
    "intake": "intake, checked in, diagnosed, 登记, 预检, 检查登记",
    "workshop": "workshop, in the workshop, in repair, 维修, 维修中, 在修, 车间",
    "extra_work": "extra work, waiting for consent, 增项, 待客户确认",
    "taken_back": "taken back, back from the workshop, 验收, 收车",
    "ready": "ready, ready for pick-up, finished, 待取, 可取车, 竣工, 完工",
    "delivered": "delivered, handed over, collected, 交车, 已交车, 出厂, 已出厂",
    "followed_up": "followed up, 已跟踪, 已回访",
    "cancelled": "cancelled, canceled, 取消, 已取消",
}
INTAKES = {
    "repair": "repair, 维修, 送修",
    "visit": "visit, 来访, 走访",
    "consultation": "consultation, advice, 咨询",
}


def read_day(text: str) -> date:
    """A day, year first: 2026-12-31, 2026/12/31, 2026年12月31日; a time of day behind it is left out."""
    found = WITH_TIME.fullmatch(text)
    day = read_date(found[1].strip() if found else text)
    if day.year not in YEARS:
        raise BadCell("bad_date")
    return day


def instants(zone: str) -> Callable[[str], date | datetime]:
    """Reads a day, or an instant by the clocks of *zone*: 2026-12-31 14:30."""
    here = ZoneInfo(zone)

    def read_instant(text: str) -> date | datetime:
        day = read_day(text)
        found = WITH_TIME.fullmatch(text)
        if found is None:
            return day
        try:
            return datetime.combine(day, time(int(found[2]), int(found[3])), here)
        except ValueError:
            raise Invalid(
                "bad_time", "enter a day like 2026-12-31, and a time of day like 14:30 behind it"
            ) from None

    return read_instant


def counts(most: int) -> Callable[[str], int]:
    """Reads a whole number up to *most*; 12,000 km is 12000."""

    def read_count(text: str) -> int:
        found = COUNT.fullmatch(unicodedata.normalize("NFKC", text))
        count = int(found[1].replace(",", "")) if found and len(found[1]) <= len(f"{most:,}") else most + 1
        if count > most:
            raise Invalid("bad_count", "enter a whole number, at most {most}", most=most)
        return count

    return read_count


def words(meanings: Mapping[str, str]) -> Callable[[str], str]:
    """Reads one of the words of *meanings* (word → how people write it, between commas)."""
    known = {name.strip(): word for word, names in meanings.items() for name in names.split(",")}
    known |= {word: word for word in meanings}

    def read_word(text: str) -> str:
        found = known.get(" ".join(unicodedata.normalize("NFKC", text).casefold().split()))
        if found is None:
            raise Invalid("bad_word", "enter one of {words}", words=meanings)
        return found

    return read_word


def read_currency(text: str) -> str:
    """Three letters, such as USD."""
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise Invalid("bad_currency", "enter a currency by its three letters, like USD or CNY")
    return text.upper()


def read_items(text: str) -> tuple[str, ...]:
    """What was done, between semicolons, bars or their Chinese forms."""
    items = tuple(item.strip() for item in ITEM_SEPARATORS.split(text) if item.strip())
    if len(items) > MAX_ITEMS or any(len(item) > MAX_ITEM_CHARS for item in items):
        raise Invalid(
            "too_many_items",
            "a job may have {most} items of {most_chars} characters",
            most=MAX_ITEMS,
            most_chars=MAX_ITEM_CHARS,
        )
    return items
