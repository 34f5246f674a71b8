"""
Text that is going to be spoken: placeholders, what may not be in it, how digits are read, how long it takes.

A placeholder is `{{ name }}` with a plain name. It is looked up, never evaluated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from urllib.parse import quote

PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]{0,31})\s*\}\}")
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}")
SENTENCE_END = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+")
CLAUSE_END = re.compile(r"(?<=[，、：])|(?<=[,:])\s+|\s+")

SAY_BYTES = 3000
SAY_ENCODED = 4500
"""Carrier limits of one Say: 3,000 bytes of UTF-8 for the voices we use, 4,500 characters once URL-encoded (13521)."""

CHARS_PER_S = {"zh": 4.5}
CHARS_PER_S_DEFAULT = 14.0
PLACEHOLDER_S = 1.0

ZH_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
EN_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
EN_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ZH_DAYS = "一二三四五六日"


def names_in(template: str) -> tuple[str, ...]:
    """The placeholders of *template*, in order."""
    return tuple(PLACEHOLDER.findall(template))


def is_well_formed(template: str) -> bool:
    """Whether every brace pair in *template* is a placeholder with a plain name."""
    return not LEFTOVER.search(PLACEHOLDER.sub("", template))


def fill(template: str, value: Callable[[str], str]) -> str:
    """*template* with each placeholder replaced by `value(name)`, ready to be spoken."""
    return plain(PLACEHOLDER.sub(lambda found: value(found[1]), template))


def plain(text: str) -> str:
    """*text* without what no XML document or voice takes; line breaks and tabs become spaces."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    spaced = re.sub(r"\s+", " ", text)
    kept = (char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return "".join(kept).strip()


def clip(text: str, max_length: int) -> str:
    """At most *max_length* characters and three bytes for each, so that a bound on the state's size holds."""
    cut = plain(text)[:max_length]
    while len(cut.encode()) > 3 * max_length:
        cut = cut[:-1]
    return cut


def spell(digits: str, lang: str) -> str:
    """*digits* so that a voice reads them one by one, with a breath between groups as people make it."""
    only = "".join(char for char in digits if char.isascii() and char.isdigit())
    if lang == "zh":
        return "，".join(_groups("".join(ZH_DIGITS[digit] for digit in only), 4, 4))
    return ", ".join(" ".join(group) for group in _groups(only, 3, 3 if len(only) in (5, 6) else 4))


def _groups(digits: str, size: int, last: int) -> list[str]:
    """*digits* in groups of *size* counted from the end, where the last holds *last*; four or fewer stay together."""
    if len(digits) <= 4:
        return [digits] if digits else []
    head, tail = digits[:-last], digits[-last:]
    first = len(head) % size
    return [
        group
        for group in (head[:first], *(head[at : at + size] for at in range(first, len(head), size)))
        if group
    ] + [tail]


def spoken(value: str, kind: str, lang: str) -> str:
    """A variable's *value* of type *kind* as people say it in *lang*."""
    if kind in ("digits", "phone"):
        return spell(value, lang)
    if kind == "date":
        return _spoken_date(value, lang)
    return value


def _spoken_date(value: str, lang: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    if lang == "zh":
        return f"{day.month}月{day.day}日星期{ZH_DAYS[day.weekday()]}"
    if lang == "en":
        return f"{EN_DAYS[day.weekday()]}, {EN_MONTHS[day.month - 1]} {day.day}"
    return value


def seconds(template: str, lang: str) -> float:
    """About how long *template* takes to be spoken; a placeholder counts as one second."""
    fixed = PLACEHOLDER.sub("", template)
    return len(fixed) / CHARS_PER_S.get(lang, CHARS_PER_S_DEFAULT) + PLACEHOLDER_S * len(names_in(template))


def sentences(text: str) -> list[str]:
    """*text* cut at the ends of its sentences."""
    return [part for part in SENTENCE_END.split(text) if part]


def split_for_say(text: str, max_bytes: int = SAY_BYTES, max_encoded: int = SAY_ENCODED) -> tuple[str, ...]:
    """*text* in as few pieces as fit into one Say each: cut at sentences, then clauses, and inside a word only at worst."""

    def fits(piece: str) -> bool:
        if len(piece) * 4 <= max_bytes and len(piece) * 12 <= max_encoded:
            return True  # even if every character took four bytes
        return len(piece.encode()) <= max_bytes and len(quote(piece, safe="")) <= max_encoded

    if fits(text):
        return (text,) if text else ()
    pieces: list[str] = []
    for atom in _atoms(text, fits):
        joined = _join(pieces[-1], atom) if pieces else atom
        if pieces and fits(joined):
            pieces[-1] = joined
        else:
            pieces.append(atom)
    return tuple(pieces)


def _atoms(text: str, fits: Callable[[str], bool]) -> list[str]:
    atoms: list[str] = []
    for sentence in sentences(text):
        if fits(sentence):
            atoms.append(sentence)
            continue
        for clause in filter(None, CLAUSE_END.split(sentence)):
            atoms += [clause] if fits(clause) else _chopped(clause, fits)
    return atoms


def _chopped(clause: str, fits: Callable[[str], bool]) -> list[str]:
    chops = [""]
    for char in clause:
        if fits(chops[-1] + char):
            chops[-1] += char
        else:
            chops.append(char)
    return [chop for chop in chops if chop]


def _join(left: str, right: str) -> str:
    """Chinese needs no space between sentences, other writing does."""
    return left + right if ord(left[-1]) > 0x2E7F else f"{left} {right}"
