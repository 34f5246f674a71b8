"""
The lines of a list as cells, as a stream: memory does not grow with the file.

Encodings as for customer files. Comma, semicolon and tab part cells; a first line without a digit is headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from core.errors import Invalid
from customers.importing.problems import REASONS, Rejection, shown
from customers.importing.reading import MAX_ROW_CHARS, Lines, encoding_of, seekable

SEPARATOR = re.compile(r"[,;\t]")
T = TypeVar("T")
Tell = Callable[[Rejection], None]


@dataclass
class Loaded:
    """What became of a list: *lines* = accepted + duplicates + rejected."""

    lines: int = 0
    accepted: int = 0
    rejected: int = 0

    @property
    def duplicates(self) -> int:
        """Lines that say what is known already."""
        return self.lines - self.accepted - self.rejected


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, from 1, and its cells without quotes and blanks around them."""

    number: int
    text: str
    cells: tuple[str, ...]


@contextmanager
def reading(stream: BinaryIO) -> Iterator[Iterator[Line]]:
    """Every line of *stream* that says something. Invalid if it is empty or too big; leaves it open."""
    copy = seekable(stream)
    lines = Lines(copy, encoding_of(copy))
    try:
        yield _lines(lines)
    finally:
        lines.release()
        if copy is not stream:
            copy.close()


def _lines(lines: Lines) -> Iterator[Line]:
    while (text := lines.next()) is not None:
        if not text.strip(" ,;\t\ufeff'\""):
            continue
        if lines.number == 1 and not any(map(str.isdigit, text)):
            continue
        cells = tuple(cell.strip(" \t\ufeff'\"") for cell in SEPARATOR.split(text[:MAX_ROW_CHARS]))
        yield Line(lines.number, text, cells)


def parsed(lines: Iterator[Line], parse: Callable[[Line], T], loaded: Loaded, tell: Tell) -> Iterator[T]:
    """What *parse* makes of each line; those it refuses (Invalid) are counted, and *tell* is told of each."""
    for line in lines:
        loaded.lines += 1
        try:
            if len(line.text) > MAX_ROW_CHARS:
                raise Invalid("row_too_long", REASONS["row_too_long"])
            found = parse(line)
        except Invalid as error:
            loaded.rejected += 1
            tell(Rejection(line.number, "", shown(line.text), error.code, error.message))
            continue
        yield found
