"""The pages of a document to fax: counted and fingerprinted. PDF by pypdfium2, TIFF by Pillow.

A page's fingerprint is of its picture, so a page sent again in another file is still known. One thread does it all,
because PDFium bears no more.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

import pypdfium2
from PIL import Image, ImageSequence, UnidentifiedImageError

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 200
SCALE = 0.5
POOL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fax-pages")


class BadPages(Exception):
    """The document has no pages that could be faxed."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A document's fingerprint and its pages'."""

    sha256: str
    pages: tuple[str, ...]


def read_pages(document: bytes) -> Pages:
    """Fingerprint *document* page by page."""
    if len(document) > MAX_BYTES:
        raise BadPages(f"the document is larger than {MAX_BYTES // 2**20} MB")
    if document.startswith(b"%PDF-"):
        pages = _pdf(document)
    elif document[:4] in (b"II*\0", b"MM\0*"):
        pages = _tiff(document)
    else:
        raise BadPages("the document is neither PDF nor TIFF")
    if not pages:
        raise BadPages("the document has no pages")
    return Pages(sha256(document).hexdigest(), tuple(pages))


def _pdf(document: bytes) -> list[str]:
    try:
        with pypdfium2.PdfDocument(document) as pdf:
            _check_count(len(pdf))
            return [_pdf_page(pdf, index) for index in range(len(pdf))]
    except pypdfium2.PdfiumError as error:
        raise BadPages(f"the PDF cannot be read: {error}") from error


def _pdf_page(pdf: pypdfium2.PdfDocument, index: int) -> str:
    page = pdf[index]
    if page.get_width() > 3000 or page.get_height() > 3000:
        raise BadPages(f"page {index + 1} is larger than any paper")
    picture = page.render(scale=SCALE, grayscale=True)
    return sha256(bytes(picture.buffer)).hexdigest()


def _tiff(document: bytes) -> list[str]:
    try:
        with Image.open(io.BytesIO(document), formats=["TIFF"]) as tiff:
            _check_count(getattr(tiff, "n_frames", 1))
            return [
                sha256(frame.convert("1").tobytes()).hexdigest() for frame in ImageSequence.Iterator(tiff)
            ]
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        UserWarning,
        Image.DecompressionBombError,
    ) as error:
        raise BadPages(f"the TIFF cannot be read: {error}") from error


def _check_count(count: int) -> None:
    if count > MAX_PAGES:
        raise BadPages(f"the document has more than {MAX_PAGES} pages")
