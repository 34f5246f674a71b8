"""
Fax pages a second: our PDF to fax TIFF against pypdfium2 and Pillow alone.

Both turn the same letters of three pages into Group 4 at 204 x 196. The peer draws straight into a bitmap of the
right size, which is the fastest way those two offer, and saves it; ours also makes the file what fax machines ask for
and checks its input. `python -m benchmarks.pdf2fax` prints JSON.
"""

from __future__ import annotations

import ctypes
import json
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from benchmarks.letters import compare, example, rates
from benchmarks.result import result
from outbound.letters import to_pdf
from outbound.letters.fax import check_tiff, to_tiff

RUNS = 9
FILES = 5
PARAGRAPHS = 9


def run(turns: int = RUNS) -> dict[str, Any]:
    """Interleaved runs of both; *ratio* is the median of ours / peer."""
    letters = [replace(letter, body=letter.body * PARAGRAPHS) for letter in map(example, range(FILES))]
    files = [to_pdf(letter) for letter in letters]
    pages = sum(check_tiff(to_tiff(file)) for file in files) / FILES
    pairs = [(partial(to_tiff, file), partial(_alone, file)) for file in files]
    runs = [[compare(ours, peer) for ours, peer in pairs] for _ in range(turns)]
    return result("pdf2fax", "pages/CPU s", rates(runs, pages))


def _alone(file: bytes) -> bytes:
    document = pypdfium2.PdfDocument(file)
    pages = [_page(document[number]) for number in range(len(document))]
    document.close()
    tiff = BytesIO()
    pages[0].save(tiff, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(204, 196))
    return tiff.getvalue()


def _page(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = 1728, round(page.get_size()[1] / 72 * 196)
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_Gray)
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_GRAYSCALE)
    dots = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), bitmap.stride * height)
    return Image.frombuffer("L", (width, height), dots, "raw", "L", bitmap.stride, 1).convert(
        "1", dither=Image.Dither.NONE
    )


if __name__ == "__main__":
    print(json.dumps(run()))
