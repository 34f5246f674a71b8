"""What goes out is what fax machines take, with nothing cut off."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from core.errors import Invalid
from outbound.letters import Letter, to_pdf
from outbound.letters.fax import Quality, check_tiff, page_count, preview_png, to_tiff
from outbound.letters.ink import Box, Text, draw
from outbound.letters.tiff import (
    COMPRESSION,
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    PHOTOMETRIC,
    ROWS_PER_STRIP,
    directories,
)

A4 = (595.28, 841.89)
X_RESOLUTION, Y_RESOLUTION = 282, 283


def framed(*sizes: tuple[float, float]) -> bytes:
    """A PDF with a frame at the very edge of each of its pages."""
    whole = pypdfium2.PdfDocument.new()
    for width, height in sizes:
        marks = [Box(2, 2, width - 4, height - 4, 4), Text(width / 2, height / 2, "fax", 12)]
        part = pypdfium2.PdfDocument(draw([marks], (width, height), "", "", "en"))
        whole.import_pages(part)
        part.close()
    file = BytesIO()
    whole.save(file)
    whole.close()
    return file.getvalue()


def scans(tiff: bytes) -> list[Image.Image]:
    return [page.copy() for page in ImageSequence.Iterator(Image.open(BytesIO(tiff)))]


@pytest.mark.parametrize(
    ("quality", "size", "rows"),
    [
        pytest.param("fine", A4, 2292, id="A4, fine"),
        pytest.param("standard", A4, 1146, id="A4, standard"),
        pytest.param("fine", (612.0, 792.0), 2149, id="Letter is a little too wide and is scaled"),
        pytest.param("standard", (612.0, 792.0), 1074, id="Letter, standard"),
        pytest.param("fine", (842.0, 595.0), 1173, id="landscape is scaled"),
        pytest.param("fine", (595.0, 1400.0), 2744, id="a page longer than 14 inches is scaled"),
        pytest.param("fine", (300.0, 300.0), 817, id="a small page keeps its size"),
        pytest.param("fine", (5000.0, 5000.0), 1660, id="a poster is scaled"),
    ],
)
def test_a_page_has_the_tags_fax_machines_ask_for(
    quality: Quality, size: tuple[float, float], rows: int
) -> None:
    tiff = to_tiff(framed(size), quality)
    (tags,) = directories(tiff)

    assert check_tiff(tiff) == 1
    assert (tags[IMAGE_WIDTH], tags[IMAGE_LENGTH], tags[ROWS_PER_STRIP]) == (1728, rows, rows)
    assert (tags[COMPRESSION], tags[PHOTOMETRIC]) == (4, 0)
    read = Image.open(BytesIO(tiff))
    assert read.info["dpi"] == (204, 196 if quality == "fine" else 98)


@pytest.mark.parametrize(
    "size", [A4, (612.0, 792.0), (842.0, 595.0), (595.0, 1400.0), (5000.0, 5000.0), (300.0, 99.0)]
)
def test_nothing_of_a_page_is_cut_off(size: tuple[float, float]) -> None:
    (scan,) = scans(to_tiff(framed(size)))
    across, down = scan.size
    black = scan.convert("L").point(lambda dot: 255 - dot)
    box = black.getbbox()

    assert box is not None
    left, top, right, bottom = box
    assert top <= 1
    assert bottom >= down - 1
    assert abs(left - (across - right)) <= 2
    # all four sides of the frame are there, from end to end
    for side in ((left, top, right, top + 3), (left, bottom - 3, right, bottom)):
        assert black.crop(side).getbbox() == (0, black.crop(side).getbbox()[1], right - left, 3)  # type: ignore[index]  # never None here
    for side in ((left, top, left + 3, bottom), (right - 3, top, right, bottom)):
        assert black.crop(side).getbbox()[3] == bottom - top  # type: ignore[index]  # as above


def test_every_page_of_a_letter_is_faxed(english: Letter) -> None:
    pdf = to_pdf(replace(english, body=("word " * 200,) * 8))
    tiff = to_tiff(pdf)

    assert page_count(pdf) == check_tiff(tiff) == len(scans(tiff)) == 3
    assert len({page.tobytes() for page in scans(tiff)}) == 3


def test_pages_of_different_lengths_keep_them_in_one_strip_each() -> None:
    tiff = to_tiff(framed(A4, (612.0, 792.0), (300.0, 300.0)))

    assert [tags[IMAGE_LENGTH] for tags in directories(tiff)] == [2292, 2149, 817]
    assert check_tiff(tiff) == 3


def test_black_is_black_and_white_is_white(chinese: Letter) -> None:
    """Read back through a decoder that knows nothing of us: little ink on white paper, most of it where text is."""
    (scan,) = scans(to_tiff(to_pdf(chinese)))
    white, black = scan.convert("L").histogram()[255], scan.convert("L").histogram()[0]

    assert white + black == scan.width * scan.height
    assert 0.005 < black / white < 0.1
    # 北 of the sender's name: ink in it, and paper round its strokes
    glyph = scan.convert("L").crop((193, 230, 245, 280)).histogram()
    assert 0.15 < glyph[0] / sum(glyph) < 0.6


def test_the_preview_shows_the_very_dots_of_the_fax(english: Letter) -> None:
    pdf = to_pdf(english)
    for quality, down in (("fine", 196), ("standard", 98)):
        (scan,) = scans(to_tiff(pdf, quality))  # type: ignore[arg-type]  # both are qualities
        shown = Image.open(BytesIO(preview_png(pdf, 1, quality)))  # type: ignore[arg-type]  # as above

        assert (shown.mode, shown.size) == ("1", (1728, round(scan.height * 204 / down)))
        assert shown.tobytes() == scan.resize(shown.size).tobytes()


def test_a_grey_area_is_not_dithered() -> None:
    image = BytesIO()
    Image.linear_gradient("L").resize((1200, 1600)).save(image, "PDF")

    assert len(to_tiff(image.getvalue())) < 5000


def test_many_threads_make_the_same_faxes_as_one(english: Letter, chinese: Letter) -> None:
    files = [to_pdf(english), to_pdf(chinese), framed(A4, (300.0, 300.0))]
    alone = [to_tiff(file) for file in files]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(to_tiff, files * 4)) == alone * 4


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello", id="a text"),
        pytest.param(b"%PDF-1.7\n%%EOF", id="an empty PDF"),
        pytest.param(b"%PDF-1.4\n" + b"\0" * 4000, id="a PDF of zeros"),
        pytest.param(framed(A4)[:300], id="a PDF cut short"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, id="a picture"),
    ],
)
def test_what_is_no_pdf_is_refused(content: bytes) -> None:
    for ask in (to_tiff, page_count, preview_png):
        with pytest.raises(Invalid, match="PDF"):
            ask(content)


def test_a_document_of_more_than_fifty_pages_is_refused() -> None:
    with pytest.raises(Invalid, match="51 pages; a fax has from 1 to 50"):
        to_tiff(framed(*[(100.0, 100.0)] * 51))
    assert check_tiff(to_tiff(framed(*[(100.0, 100.0)] * 50))) == 50


@pytest.mark.parametrize("page", [0, 2, -1])
def test_there_is_no_preview_of_a_page_that_is_not_there(page: int) -> None:
    with pytest.raises(Invalid, match="choose one from 1 to 1"):
        preview_png(framed(A4), page)


def saved(size: tuple[int, int], mode: str = "1", compression: str = "group4", **tags: int) -> bytes:
    file = BytesIO()
    numbers = {278: size[1]} | {int(tag[1:]): value for tag, value in tags.items()}
    Image.new(mode, size, 255).save(file, "TIFF", compression=compression, tiffinfo=numbers)
    return file.getvalue()


NOT_SENDABLE = [
    pytest.param(saved((1700, 20)), "1700 dots wide, not 1728", id="another width"),
    pytest.param(saved((1728, 20), compression="group3"), "not Group 4", id="Group 3"),
    pytest.param(saved((1728, 20), compression="raw"), "not Group 4", id="no compression"),
    pytest.param(saved((1728, 20)), "white-is-zero", id="black is zero"),
    pytest.param(saved((1728, 20), t278=5), "one strip|white-is-zero", id="many strips"),
    pytest.param(saved((1728, 20), "L", "raw"), "not black and white", id="grey"),
    pytest.param(saved((1728, 20), "RGB", "raw"), "not black and white", id="colours"),
    pytest.param(b"", "no TIFF", id="nothing"),
    pytest.param(b"II*\0", "damaged", id="only a header"),
    pytest.param(b"II*\0\x08\0\0\0\x05\0\1\1", "damaged", id="a directory cut short"),
    pytest.param(
        b"II*\0\x08\0\0\0\x00\0\x08\0\0\0", "more than 1000 pages", id="a directory that is its own next"
    ),
    pytest.param(b"II*\0\0\0\0\0", "no page", id="no page at all"),
    pytest.param(framed(A4), "no TIFF", id="a PDF"),
]


@pytest.mark.parametrize(("content", "message"), NOT_SENDABLE)
def test_what_a_fax_machine_would_refuse_is_refused_before_the_call(content: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        check_tiff(content)


def test_the_page_that_is_wrong_is_named() -> None:
    good = bytearray(to_tiff(framed(A4, A4)))
    second = good.rindex(struct.pack("<HHIH", PHOTOMETRIC, 3, 1, 0))
    good[second + 8] = 1

    with pytest.raises(Invalid, match="page 2 of the fax: it is not white-is-zero"):
        check_tiff(bytes(good))


def test_a_file_in_the_other_byte_order_is_understood() -> None:
    values: Sequence[tuple[int, int]] = ((256, 1728), (257, 10), (259, 4), (262, 0), (278, 10))
    entries = b"".join(struct.pack(">HHIHH", tag, 3, 1, value, 0) for tag, value in values)

    assert check_tiff(struct.pack(">2sHIH", b"MM", 42, 8, len(values)) + entries + b"\0\0\0\0") == 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_at_all_are_either_a_fax_or_refused(content: bytes) -> None:
    for start in (b"", b"II*\0\x08\0\0\0"):
        with pytest.raises(Invalid):
            check_tiff(start + content)
