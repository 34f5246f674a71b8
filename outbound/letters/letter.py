"""What a letter says, and whether it can be sent at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from core.errors import Invalid
from outbound.letters.printable import printable
from outbound.letters.wording import WORDING

# width and height in points
PAGE_SIZES: Mapping[str, tuple[float, float]] = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}
MAX_BODY = 20_000
# the most characters and lines of each field: what still leaves room for the letter on page 1
LIMITS: Mapping[str, tuple[int, int]] = {
    "sender": (120, 1),
    "sender_phone": (40, 1),
    "sender_address": (300, 6),
    "recipient": (120, 1),
    "recipient_company": (120, 1),
    "recipient_fax": (40, 1),
    "subject": (200, 1),
    "signature": (300, 8),
}
REQUIRED = ("sender", "sender_phone", "recipient", "subject", "body")


@dataclass(frozen=True)
class OptOut:
    """Where the recipient may refuse further advertising at any hour and for nothing: both numbers are needed."""

    phone: str
    fax: str


@dataclass(frozen=True)
class Letter:
    """
    One letter to one recipient; all text is taken literally, markup in it is just characters.

    *sent_at* (aware, in the sender's zone) is printed with sender and phone at the head of every page, as
    47 CFR 68.318(d) asks. *body* holds paragraphs, in which a newline breaks the line. *opt_out* is the notice
    47 CFR 64.1200(a)(4)(iii) wants on page 1 of every advertisement, in *language* and in *notice_languages*.
    """

    sender: str
    sender_phone: str
    recipient: str
    subject: str
    body: tuple[str, ...]
    sent_at: datetime
    sender_address: str = ""
    recipient_company: str = ""
    recipient_fax: str = ""
    signature: str = ""
    language: str = "en"
    notice_languages: tuple[str, ...] = ()
    opt_out: OptOut | None = None
    page_size: Literal["A4", "Letter"] = "A4"


def checked(letter: Letter) -> Letter:
    """*letter* as it will be printed. Raises Invalid naming the field that must be changed."""
    if letter.sent_at.tzinfo is None:
        raise ValueError("sent_at must know its zone")
    _check_choices(letter)
    opt_out = letter.opt_out
    texts: dict[str, Any] = {name: printable(getattr(letter, name)).strip() for name in LIMITS}
    cleaned = replace(
        letter,
        body=tuple(paragraph for text in letter.body if (paragraph := printable(text).strip())),
        opt_out=opt_out and OptOut(printable(opt_out.phone).strip(), printable(opt_out.fax).strip()),
        **texts,
    )
    for name in REQUIRED:
        if not getattr(cleaned, name):
            raise Invalid(
                "letter_field_missing", "{name}: enter a value; a letter cannot go without it", name=name
            )
    for name, (characters, lines) in LIMITS.items():
        _check_size(name, getattr(cleaned, name), characters, lines)
    if cleaned.opt_out is not None:
        _check_opt_out(cleaned.opt_out)
    if sum(map(len, cleaned.body)) > MAX_BODY:
        raise Invalid("letter_too_long", "body: shorten it to {most:,} characters", most=MAX_BODY)
    return cleaned


def _check_size(name: str, value: str, characters: int, lines: int) -> None:
    if len(value) > characters:
        raise Invalid(
            "letter_field_too_long",
            "{name}: shorten it to {characters} characters",
            name=name,
            characters=characters,
        )
    if value.count("\n") >= lines:
        if lines == 1:
            raise Invalid("letter_field_lines", "{name}: enter it on one line", name=name)
        raise Invalid(
            "letter_field_lines", "{name}: enter it on at most {lines} lines", name=name, lines=lines
        )


def _check_opt_out(opt_out: OptOut) -> None:
    if not (opt_out.phone and opt_out.fax):
        raise Invalid("letter_opt_out", "opt_out: enter a phone and a fax number; the notice must name both")
    for name, value in (("opt_out.phone", opt_out.phone), ("opt_out.fax", opt_out.fax)):
        _check_size(name, value, 40, 1)


def _check_choices(letter: Letter) -> None:
    for language in (letter.language, *letter.notice_languages):
        if language not in WORDING:
            raise Invalid(
                "letter_language",
                "language: {language!r} is none of {languages}",
                language=language,
                languages=WORDING,
            )
    if letter.page_size not in PAGE_SIZES:
        raise Invalid(
            "letter_page_size",
            "page_size: {page_size!r} is none of {page_sizes}",
            page_size=letter.page_size,
            page_sizes=PAGE_SIZES,
        )
