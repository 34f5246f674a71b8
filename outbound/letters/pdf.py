"""The PDF of a letter."""

from __future__ import annotations

from core.errors import Invalid
from outbound.letters.ink import draw, missing_glyphs
from outbound.letters.layout import pages
from outbound.letters.letter import PAGE_SIZES, Letter, checked


def to_pdf(letter: Letter) -> bytes:
    """*letter* on its pages: the same letter gives the same bytes. Raises Invalid naming what must be changed."""
    letter = checked(letter)
    opt_out = (letter.opt_out.phone, letter.opt_out.fax) if letter.opt_out else ()
    texts = (
        *(letter.sender, letter.sender_phone, letter.sender_address, letter.subject, letter.signature),
        *(letter.recipient, letter.recipient_company, letter.recipient_fax),
        *(*letter.body, *opt_out),
    )
    blank = missing_glyphs("".join(texts))
    if blank:
        shown = " ".join(sorted(blank)[:10])
        raise Invalid(
            "letter_glyphs", f"the letter font cannot draw {shown}; leave out or replace these characters"
        )
    return draw(pages(letter), PAGE_SIZES[letter.page_size], letter.subject, letter.sender, letter.language)
