"""
A PDF as a fax machine wants it, and as the recipient's machine will print it.

TIFF class F: 1728 dots wide, Group 4, white is zero, one strip a page, 204 x 196 (fine) or 204 x 98 (standard) dots
an inch. A page of another width is never sent: the far end refuses it only during the call.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Literal

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from core.errors import Invalid
from core.sentences import Sentence
from outbound.letters import tiff

Quality = Literal["standard", "fine"]

WIDTH = 1728
ACROSS = 204
DOWN: dict[Quality, int] = {"standard": 98, "fine": 196}
# inches; a longer page is scaled down to it
MAX_LENGTH = 14.0
MAX_PAGES = 50
# a dot lighter than this is white paper; dithered grey would take minutes on the line
THRESHOLD = 144
BLACK_IS_ONE = [255 if grey < THRESHOLD else 0 for grey in range(256)]
BLACK_IS_ZERO = [0 if grey < THRESHOLD else 255 for grey in range(256)]
# PDFium is not made for two threads at a time
LOCK = threading.Lock()


def to_tiff(pdf: bytes, quality: Quality = "fine") -> bytes:
    """The fax of *pdf*. Raises Invalid if it is no PDF that can be read, or too long to fax."""
    with _opened(pdf) as document:
        pages = [_grey(page, quality).point(BLACK_IS_ONE, "1") for page in _pages(document)]
    file = BytesIO()
    # asked for white as zero, Pillow turns every page over dot by dot (0.5 s); the dots are turned over already
    pages[0].save(
        file,
        format="TIFF",
        save_all=True,
        append_images=pages[1:],
        compression="group4",
        dpi=(ACROSS, DOWN[quality]),
        tiffinfo={tiff.ROWS_PER_STRIP: max(page.height for page in pages)},
    )
    return tiff.white_is_zero(file.getvalue())


def page_count(pdf: bytes) -> int:
    """How many pages *pdf* has; Invalid if it cannot be read or faxed."""
    with _opened(pdf) as document:
        return len(document)


def preview_png(pdf: bytes, page: int = 1, quality: Quality = "fine") -> bytes:
    """Page *page* (1 is the first) as the recipient's machine prints it, dots made square for a screen."""
    with _opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise Invalid(
                "page_unknown",
                "there is no page {page}; choose one from 1 to {count}",
                page=page,
                count=len(document),
            )
        dots = _grey(document[page - 1], quality).point(BLACK_IS_ZERO, "1")
    file = BytesIO()
    dots.resize((WIDTH, round(dots.height * ACROSS / DOWN[quality]))).save(file, format="PNG")
    return file.getvalue()


def check_tiff(content: bytes) -> int:
    """The number of pages if *content* is a fax that every machine takes; Invalid naming the page that is not."""
    pages = tiff.directories(content)
    if not pages:
        raise Invalid("tiff_unreadable", "this TIFF file has no page")
    for number, tags in enumerate(pages, 1):
        wrong = _wrong(tags)
        if wrong:
            raise Invalid(
                "fax_not_sendable",
                "page {number} of the fax: {wrong}; make it again from its PDF",
                number=number,
                wrong=wrong,
            )
    return len(pages)


def _wrong(tags: dict[int, int]) -> Sentence | None:
    height = tags.get(tiff.IMAGE_LENGTH, 0)
    if tags.get(tiff.IMAGE_WIDTH) != WIDTH:
        return Sentence("it is {dots} dots wide, not {wanted}", dots=tags.get(tiff.IMAGE_WIDTH), wanted=WIDTH)
    if height < 1 or tags.get(tiff.BITS_PER_SAMPLE, 1) != 1 or tags.get(tiff.SAMPLES_PER_PIXEL, 1) != 1:
        return Sentence("it is not black and white")
    if tags.get(tiff.COMPRESSION) != tiff.GROUP_4:
        return Sentence("it is not Group 4")
    if tags.get(tiff.PHOTOMETRIC) != tiff.MIN_IS_WHITE:
        return Sentence("it is not white-is-zero")
    if tags.get(tiff.ROWS_PER_STRIP, 0) < height:
        return Sentence("it is not in one strip")
    return None


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    with LOCK:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise Invalid(
                "pdf_unreadable", "this is no PDF that can be read; upload one without a password"
            ) from error
        try:
            if not 1 <= len(document) <= MAX_PAGES:
                raise Invalid(
                    "pdf_pages",
                    "the document has {count} pages; a fax has from 1 to {most}",
                    count=len(document),
                    most=MAX_PAGES,
                )
            yield document
        finally:
            document.close()


def _pages(document: pypdfium2.PdfDocument) -> Iterator[pypdfium2.PdfPage]:
    for number in range(len(document)):
        page = document[number]
        try:
            yield page
        finally:
            page.close()


def _grey(page: pypdfium2.PdfPage, quality: Quality) -> Image.Image:
    """*page* drawn straight at the resolution of a fax, whose dots are not square; wider or longer, it is scaled."""
    width, height = (side / 72 for side in page.get_size())
    scale = min(1.0, WIDTH / (width * ACROSS), MAX_LENGTH / height)
    across = max(1, round(width * ACROSS * scale))
    down = max(1, round(height * DOWN[quality] * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(WIDTH, down, pdfium.FPDFBitmap_Gray, None, 0)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, WIDTH, down, 0xFFFFFFFF)
        flags = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE
        pdfium.FPDF_RenderPageBitmap(bitmap, page.raw, (WIDTH - across) // 2, 0, across, down, 0, flags)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        dots = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * down)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    return Image.frombuffer("L", (WIDTH, down), dots, "raw", "L", stride, 1)
