"""
Forms on paper: a list of facts or a table under a heading, as a PDF. Pure: the same form, the same bytes.

Words come from whoever asks, in the reader's language; the font is the letters' own, so Chinese is drawn, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from outbound.letters.breaking import lines
from outbound.letters.ink import Box, Mark, Text, blank_in, draw, width
from outbound.letters.printable import printable

# A4 in points; tables lie on their side
PORTRAIT, LANDSCAPE = (595.28, 841.89), (841.89, 595.28)
MARGIN, HEADING, NORMAL, SMALL, LEADING, GAP = 42.0, 15.0, 9.5, 8.0, 1.45, 6.0
LABEL_WIDTH = 130.0
# what the font cannot draw is shown, not left out
MISSING = "□"


@dataclass(frozen=True)
class Facts:
    """What is known of one thing: labels and values in order."""

    title: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """*widths* are the columns' shares of the page."""

    title: str
    headings: Sequence[str]
    widths: Sequence[float]
    rows: Iterable[Sequence[str]]


@dataclass
class Pages:
    """Pages being filled from the top; *y* is where the next line hangs."""

    size: tuple[float, float]
    foot: str
    done: list[list[Mark]] = field(default_factory=list)
    y: float = 0.0

    def begin(self) -> None:
        """Start a page."""
        number = len(self.done) + 1
        self.done.append([Text(MARGIN, MARGIN - 14, f"{self.foot}  {number}".strip(), SMALL)])
        self.y = self.size[1] - MARGIN

    def has_room(self, height: float) -> bool:
        """Whether so much still fits on the page."""
        return bool(self.done) and self.y - height >= MARGIN

    def put(self, mark: Mark) -> None:
        """Draw on the page begun last."""
        self.done[-1].append(mark)


def to_pdf(form: Facts | Table, author: str, language: str, foot: str = "") -> bytes:
    """*form* as a PDF in *language*; *foot* stands below every page, with its number."""
    size = LANDSCAPE if isinstance(form, Table) else PORTRAIT
    pages = Pages(size, _drawn(foot))
    pages.begin()
    pages.y -= HEADING
    pages.put(Text(MARGIN, pages.y, _drawn(form.title), HEADING, bold=True))
    pages.y -= GAP
    if isinstance(form, Table):
        _table(pages, form)
    else:
        _facts(pages, form)
    return draw(pages.done, size, form.title, author, language)


def _facts(pages: Pages, form: Facts) -> None:
    columns = (LABEL_WIDTH, pages.size[0] - 2 * MARGIN - LABEL_WIDTH)
    for label, value in form.facts:
        _row(pages, columns, (label, value or "–"), NORMAL)


def _table(pages: Pages, form: Table) -> None:
    across = pages.size[0] - 2 * MARGIN
    columns = tuple(across * share / sum(form.widths) for share in form.widths)
    _row(pages, columns, form.headings, SMALL, bold=True)
    for row in form.rows:
        _row(pages, columns, row, SMALL, headings=form.headings)


def _row(
    pages: Pages,
    columns: Sequence[float],
    cells: Sequence[str],
    size: float,
    *,
    bold: bool = False,
    headings: Sequence[str] = (),
) -> None:
    """One row over as many lines as its longest cell needs; a page that is full goes on with the headings again."""
    broken = [list(_lines(cell, across - GAP, size)) for cell, across in zip(cells, columns, strict=True)]
    step = size * LEADING
    for number in range(max(map(len, broken))):
        if not pages.has_room(step + GAP):
            pages.begin()
            if headings:
                _row(pages, columns, headings, size, bold=True)
        if number == 0:
            pages.y -= GAP / 2
            pages.put(Box(MARGIN, pages.y, sum(columns), 0, 0.4))
        pages.y -= step
        x = MARGIN
        for cell, across in zip(broken, columns, strict=True):
            if number < len(cell):
                pages.put(Text(x, pages.y, cell[number], size, bold))
            x += across


def _lines(cell: str, across: float, size: float) -> Iterator[str]:
    yield from lines(_drawn(cell), across, partial(width, size=size)) or [""]


def _drawn(text: str) -> str:
    """*text* with a sign for each character the font has not."""
    plain = printable(text)
    for letter in blank_in(plain):
        plain = plain.replace(letter, MISSING)
    return plain
