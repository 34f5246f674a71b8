"""Marks on pages become a PDF. The only file of the product that imports reportlab, and the owner of the font."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from reportlab import rl_config
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from outbound.letters.printable import printable

FONT = "WenQuanYi"
FONT_FILE = Path(__file__).parent.parent / "fonts" / "wqy-microhei.ttc"
# a hair line round every stroke stands in for the bold face the font has not
BOLD_STROKE = 0.028
# a document is drawn at a time: reportlab's font holds the state of the one being written
LOCK = threading.RLock()
WIDTHS: dict[int, float] = {}
# a file need not pass through a seven-bit line; without that dress it is a fifth smaller
rl_config.useA85 = 0


@dataclass(frozen=True)
class Text:
    """A line of text from *x*, its base line on *y* (points from the bottom); *spacing* is added to each letter."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    spacing: float = 0.0


@dataclass(frozen=True)
class Box:
    """A frame; with height 0 a rule. *stroke* is its thickness in points."""

    x: float
    y: float
    width: float
    height: float
    stroke: float


Mark = Text | Box


def width(text: str, size: float) -> float:
    """How wide *text* is at *size* points."""
    return _ems(text) * size


def missing_glyphs(text: str) -> set[str]:
    """The characters of *text* that would be blank on paper, because the font cannot draw them."""
    return blank_in(printable(text))


def blank_in(text: str) -> set[str]:
    """As `missing_glyphs`, of a text that is printable already."""
    widths = _widths()
    used = set(text) - {"\n"}
    return {letter for letter in used if ord(letter) not in widths or unicodedata.combining(letter)}


@lru_cache(16_384)
def _ems(text: str) -> float:
    """The words of a letter come again in the next one."""
    widths = _widths()
    return sum([widths.get(code, 1.0) for code in map(ord, text)])


def _widths() -> dict[int, float]:
    """
    Advance in ems of each character the font can draw; reads and registers the font when first asked.

    Some it lists (℃ ǎ Ⅴ) have an empty outline: they would be blank without an error, and are not among these.
    """
    with LOCK:
        if not WIDTHS:
            font = TTFont(FONT, str(FONT_FILE), subfontIndex=0)
            registerFont(font)
            positions = font.face.glyphPos
            for code, glyph in font.face.charToGlyph.items():
                if positions[glyph + 1] > positions[glyph] or unicodedata.category(chr(code)) == "Zs":
                    WIDTHS[code] = font.face.charWidths.get(code, font.face.defaultWidth) / 1000
        return WIDTHS


def draw(
    pages: Sequence[Sequence[Mark]], size: tuple[float, float], title: str, author: str, language: str
) -> bytes:
    """The PDF of *pages*: the same bytes for the same marks, whenever and wherever."""
    with LOCK:
        _widths()
        file = BytesIO()
        canvas = Canvas(file, pagesize=size, invariant=1, pageCompression=1, lang=language)
        canvas.setTitle(title)
        canvas.setAuthor(author)
        canvas.setCreator("Carillon")
        for marks in pages:
            _page(canvas, marks)
            canvas.showPage()
        canvas.save()
        return file.getvalue()


def _page(canvas: Canvas, marks: Sequence[Mark]) -> None:
    for mark in marks:
        if isinstance(mark, Box):
            canvas.setLineWidth(mark.stroke)
            if mark.height:
                canvas.rect(mark.x, mark.y, mark.width, mark.height)
            else:
                canvas.line(mark.x, mark.y, mark.x + mark.width, mark.y)
    for mark in marks:
        if isinstance(mark, Text) and mark.text:
            canvas.drawText(_line(canvas, mark))


def _line(canvas: Canvas, mark: Text) -> PDFTextObject:
    if mark.bold:
        canvas.setLineWidth(mark.size * BOLD_STROKE)
    line = canvas.beginText(mark.x, mark.y)
    line.setFont(FONT, mark.size)
    if mark.bold:
        line.setTextRenderMode(2)
    if mark.spacing:
        line.setCharSpace(mark.spacing)
    line.textOut(mark.text)
    # both would hold for the rest of the page
    if mark.bold:
        line.setTextRenderMode(0)
    if mark.spacing:
        line.setCharSpace(0)
    return line
