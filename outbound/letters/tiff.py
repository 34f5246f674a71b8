"""The tags of a TIFF, read and set without decoding a dot (TIFF 6.0, sections 2 and 8)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from core.errors import Invalid

IMAGE_WIDTH = 256
IMAGE_LENGTH = 257
BITS_PER_SAMPLE = 258
COMPRESSION = 259
PHOTOMETRIC = 262
SAMPLES_PER_PIXEL = 277
ROWS_PER_STRIP = 278

GROUP_4 = 4
MIN_IS_WHITE = 0
MAX_PAGES = 1000
# field types by size; only the first value of a field is read
SHORT, LONG = 3, 4


def directories(content: bytes) -> list[dict[int, int]]:
    """The SHORT and LONG tags of every page. Raises Invalid if *content* is no TIFF."""
    return [{tag: value for tag, value, _ in entries} for entries in _entries(content)]


def white_is_zero(content: bytes) -> bytes:
    """*content* with every page said to be white-is-zero; not a dot is changed."""
    order = _order(content)
    changed = bytearray(content)
    for entries in _entries(content):
        for tag, _, place in entries:
            if tag == PHOTOMETRIC:
                struct.pack_into(order + "H", changed, place, MIN_IS_WHITE)
    return bytes(changed)


def _order(content: bytes) -> str:
    orders = {b"II*\0": "<", b"MM\0*": ">"}
    if content[:4] not in orders:
        raise Invalid("tiff_unreadable", "this is no TIFF file")
    return orders[content[:4]]


def _entries(content: bytes) -> Iterator[list[tuple[int, int, int]]]:
    """Page by page: tag, first value and where in the file that value stands."""
    order = _order(content)
    try:
        (at,) = struct.unpack_from(order + "I", content, 4)
        for _ in range(MAX_PAGES):
            if at == 0:
                return
            (count,) = struct.unpack_from(order + "H", content, at)
            yield [_entry(order, content, at + 2 + 12 * index) for index in range(count)]
            (at,) = struct.unpack_from(order + "I", content, at + 2 + 12 * count)
    except struct.error as error:
        raise Invalid("tiff_unreadable", "this TIFF file is damaged") from error
    raise Invalid("tiff_unreadable", "this TIFF file has more than {most} pages", most=MAX_PAGES)


def _entry(order: str, content: bytes, at: int) -> tuple[int, int, int]:
    tag, kind = struct.unpack_from(order + "HH", content, at)
    (value,) = struct.unpack_from(order + ("H" if kind == SHORT else "I"), content, at + 8)
    return tag, value, at + 8
