"""The PDF of a letter, and whether there can be one."""

from __future__ import annotations

from core.errors import Invalid
from outbound.letters.ink import Mark, blank_in, draw
from outbound.letters.layout import pages
from outbound.letters.letter import PAGE_SIZES, Letter, checked


def to_pdf(letter: Letter) -> bytes:
    """*letter* on its pages: the same letter, the same bytes. Raises Invalid naming what must be changed."""
    letter, marks = _laid_out(letter)
    return draw(marks, PAGE_SIZES[letter.page_size], letter.subject, letter.sender, letter.language)


def check(letter: Letter) -> int:
    """How many pages *letter* fills; raises as `to_pdf` does, but draws nothing: quick enough for every row."""
    return len(_laid_out(letter)[1])


def _laid_out(letter: Letter) -> tuple[Letter, list[list[Mark]]]:
    letter = checked(letter)
    opt_out = (letter.opt_out.phone, letter.opt_out.fax) if letter.opt_out else ()
    texts = (
        *(letter.sender, letter.sender_phone, letter.sender_address, letter.subject, letter.signature),
        *(letter.recipient, letter.recipient_company, letter.recipient_fax),
        *(*letter.body, *opt_out),
    )
    blank = blank_in("".join(texts))
    if blank:
        shown = " ".join(sorted(blank)[:10])
        raise Invalid(
            "letter_glyphs",
            "the letter font cannot draw {shown}; leave out or replace these characters",
            shown=shown,
        )
    return letter, pages(letter)
