"""Where everything in a letter stands: sender line, letterhead, address, subject, text, opt-out box."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from babel.dates import format_date

from core.errors import Invalid
from outbound.letters.breaking import lines
from outbound.letters.ink import Box, Mark, Text, width
from outbound.letters.letter import PAGE_SIZES, Letter, OptOut
from outbound.letters.wording import WORDING
from outbound.texts import shown_phone

MAX_PAGES = 4
# points; a fax machine prints its own line within the topmost 8 mm and loses some millimetres at each edge
LEFT, RIGHT, TOP, BOTTOM = 68.0, 62.0, 40.0, 48.0
HEAD, SMALL, NAME, SUBJECT, BODY = 8.5, 9.0, 18.0, 13.0, 11.0
LEADING = 1.4
BODY_LEADING = {"en": 16.0, "zh": 18.5}
PARAGRAPH_GAP = {"en": 8.0, "zh": 4.0}


@dataclass(frozen=True)
class Line:
    """A line of the text part: *gap* above it, *indent* from the left margin."""

    text: str
    gap: float = 0.0
    indent: float = 0.0
    spacing: float = 0.0


class Sheet:
    """A page being filled from the top; *y* is where the next line hangs."""

    def __init__(self, letter: Letter) -> None:
        self.width, self.height = PAGE_SIZES[letter.page_size]
        self.column = self.width - LEFT - RIGHT
        self.y = self.height - TOP
        self.floor = BOTTOM
        self.marks: list[Mark] = []

    def write(
        self, text: str, size: float, leading: float = LEADING, *, bold: bool = False, column: float = 0
    ) -> None:
        """Put *text* below what there is, in as many lines as it needs."""
        for line in lines(text, column or self.column, partial(width, size=size)):
            self.y -= size * leading
            self.marks.append(Text(LEFT, self.y, line, size, bold))

    def write_right(self, text: str, size: float) -> None:
        """Put *text* at the right margin, on the base line just written."""
        self.marks.append(Text(self.width - RIGHT - width(text, size), self.y, text, size))

    def rule(self, below: float, stroke: float) -> None:
        self.y -= below
        self.marks.append(Box(LEFT, self.y, self.column, 0, stroke))


def shown(number: str) -> str:
    """*number* as people read it, never broken over two lines."""
    return shown_phone(number).replace(" ", "\u00a0")


def pages(letter: Letter) -> list[list[Mark]]:
    """The marks of every page of a *letter* that was checked. Raises Invalid if they are too many."""
    sheets = _filled(letter)
    for number, sheet in enumerate(sheets, 1):
        mark = WORDING[letter.language].page.format(page=number, pages=len(sheets))
        sheet.marks.append(
            Text(sheet.width - RIGHT - width(mark, HEAD), sheet.height - TOP - HEAD * LEADING, mark, HEAD)
        )
    return [sheet.marks for sheet in sheets]


def _filled(letter: Letter) -> list[Sheet]:
    sheet = _first(letter)
    sheets = [sheet]
    leading = BODY_LEADING[letter.language]
    for chunk in _chunks(letter, sheet.column):
        needed = sum(line.gap + leading for line in chunk)
        if sheet.y - needed < sheet.floor:
            if len(sheets) == MAX_PAGES:
                raise Invalid(
                    "letter_too_long",
                    "the letter fills more than {most} pages; shorten its text",
                    most=MAX_PAGES,
                )
            sheet = _headed(letter)
            sheets.append(sheet)
        for line in chunk:
            sheet.y -= line.gap + leading
            sheet.marks.append(Text(LEFT + line.indent, sheet.y, line.text, BODY, spacing=line.spacing))
    return sheets


def _headed(letter: Letter) -> Sheet:
    """A page with the sender line."""
    words = WORDING[letter.language]
    sheet = Sheet(letter)
    line = words.sent.format(
        date=f"{letter.sent_at:%Y-%m-%d %H:%M %Z}",
        sender=letter.sender,
        phone=shown(letter.sender_phone),
    )
    if letter.recipient_fax:
        line += words.to.format(fax=shown(letter.recipient_fax))
    sheet.write(line, HEAD, column=sheet.column - 48)
    sheet.rule(5, 0.6)
    sheet.y -= 14
    return sheet


def _first(letter: Letter) -> Sheet:
    """The first page down to the subject, its foot kept for the opt-out box."""
    words = WORDING[letter.language]
    sheet = _headed(letter)
    sheet.write(letter.sender, NAME, bold=True)
    sheet.y -= 4
    contact = words.phone.format(phone=shown(letter.sender_phone))
    sheet.write("\n".join(filter(None, (letter.sender_address, contact))), SMALL)
    sheet.rule(9, 1.5)
    sheet.y -= 22
    fax = words.fax.format(fax=shown(letter.recipient_fax)) if letter.recipient_fax else ""
    date = format_date(letter.sent_at, "long", locale=letter.language)
    first, *rest = filter(None, (letter.recipient, letter.recipient_company, fax))
    sheet.write(first, BODY, column=sheet.column - 140)
    sheet.write_right(date, BODY)
    for line in rest:
        sheet.write(line, BODY, column=sheet.column - 140)
    sheet.y -= 20
    sheet.write(letter.subject, SUBJECT, bold=True)
    sheet.y -= 4
    if letter.opt_out:
        _notice(sheet, letter, letter.opt_out)
    return sheet


def _notice(sheet: Sheet, letter: Letter, opt_out: OptOut) -> None:
    """The framed notice at the foot of page 1."""
    inner, padding = sheet.column - 20, 8.0
    written: list[tuple[str, bool]] = []
    for language in dict.fromkeys((letter.language, *letter.notice_languages)):
        words = WORDING[language]
        text = words.notice.format(phone=shown(opt_out.phone), fax=shown(opt_out.fax))
        if letter.recipient_fax:
            text += words.own.format(fax=shown(letter.recipient_fax))
        written.append((words.notice_title, True))
        written += [(line, False) for line in lines(text + words.lawful, inner, partial(width, size=SMALL))]
    leading = SMALL * 1.45
    height = len(written) * leading + 2 * padding - 3
    sheet.marks.append(Box(LEFT, BOTTOM, sheet.column, height, 0.9))
    y = BOTTOM + height - padding + 2
    for line, bold in written:
        y -= leading
        sheet.marks.append(Text(LEFT + 10, y + 2, line, SMALL, bold))
    sheet.floor = BOTTOM + height + 10


def _chunks(letter: Letter, column: float) -> Iterator[tuple[Line, ...]]:
    """The text in pieces that stay on one page: two lines of a paragraph at least, the signature not alone."""
    paragraphs = [_paragraph(text, letter.language, column) for text in letter.body]
    signature = _signature(letter, column) if letter.signature else ()
    for number, paragraph in enumerate(paragraphs, 1):
        tail = signature if number == len(paragraphs) else ()
        if len(paragraph) <= 3:
            yield paragraph + tail
        else:
            yield paragraph[:2]
            yield from ((line,) for line in paragraph[2:-2])
            yield paragraph[-2:] + tail


@lru_cache(1024)
def _paragraph(text: str, language: str, column: float) -> tuple[Line, ...]:
    """*text* broken into lines; a paragraph without a placeholder is broken once for a whole campaign."""
    found: list[Line] = []
    for part in text.split("\n"):
        # Chinese begins two characters in, but for a salutation, which ends in a colon, and the closing 敬礼
        is_flush = language != "zh" or part.endswith(("：", ":")) or part.startswith("敬礼")
        before = 0.0 if is_flush else 2 * BODY
        broken = lines(part, column, partial(width, size=BODY), before)
        for number, line in enumerate(broken):
            left = before if number == 0 else 0.0
            is_full = language == "zh" and number < len(broken) - 1
            spacing = _spacing(line, column - left) if is_full else 0.0
            found.append(Line(line, 0.0 if found else PARAGRAPH_GAP[language], left, spacing))
    return tuple(found)


def _spacing(line: str, column: float) -> float:
    """What each letter of a full Chinese line gets so that the right edge is straight."""
    slack = column - width(line, BODY)
    return slack / (len(line) - 1) if 0 < slack < 2.5 * BODY and len(line) > 1 else 0.0


def _signature(letter: Letter, column: float) -> tuple[Line, ...]:
    """At the left in English, at the right in Chinese."""
    broken = lines(letter.signature, column, partial(width, size=BODY))
    return tuple(
        Line(
            line,
            gap=14.0 if number == 0 else 0.0,
            indent=column - width(line, BODY) if letter.language == "zh" else 0.0,
        )
        for number, line in enumerate(broken)
    )
