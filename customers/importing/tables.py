"""A file as a table: headings and a stream of rows, whether it is text or a workbook. What it is, its first bytes say."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from core.errors import Invalid
from customers.importing import sheets
from customers.importing.columns import Columns, match, match_cells, separator_of
from customers.importing.problems import REASONS
from customers.importing.reading import MAX_BYTES, Lines, encoding_of
from customers.importing.rows import Row, rows
from customers.importing.vocabulary import Vocabulary

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Table:
    """What is to be imported. *percent* says how much of it has been read."""

    encoding: str
    separator: str
    columns: Columns
    rows: Iterator[Row]
    percent: Callable[[], int]


@contextmanager
def opened(
    stream: BinaryIO, mapping: Mapping[str, str], vocabulary: Vocabulary, sheet: str = ""
) -> Iterator[Table]:
    """
    The table in *stream*, a file as *vocabulary* has it; *sheet* names the one of a workbook that is not the first.

    Raises Invalid if the file as a whole cannot be used.
    """
    head = stream.read(len(OLE))
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > MAX_BYTES:
        raise Invalid("file_too_big", REASONS["file_too_big"])
    if head == OLE:
        raise Invalid("old_workbook", REASONS["old_workbook"])
    if not head.startswith(ZIP):
        yield from _text(stream, size, mapping, vocabulary)
        return
    with sheets.opened(stream, sheet) as found:
        columns = match_cells(found.headings(), mapping, vocabulary)
        used = frozenset(columns.fields.values())
        yield Table("xlsx", "", columns, found.rows(len(columns.headings), used), found.percent)


def _text(stream: BinaryIO, size: int, mapping: Mapping[str, str], vocabulary: Vocabulary) -> Iterator[Table]:
    encoding = encoding_of(stream)
    lines = Lines(stream, encoding)
    try:
        separator, columns = _headings(lines, mapping, vocabulary)
        found = rows(lines, separator, len(columns.headings))
        yield Table(encoding, separator, columns, found, lambda: 100 * lines.bytes_read() // size)
    finally:
        lines.release()


def _headings(lines: Lines, mapping: Mapping[str, str], vocabulary: Vocabulary) -> tuple[str, Columns]:
    line = _first(lines)
    separator = separator_of(line, vocabulary)
    if line.casefold().startswith("sep=") and len(line) == len("sep=,"):
        separator, line = line[-1], _first(lines)  # a spreadsheet's word about the separator
    return separator, match(line, separator, mapping, vocabulary)


def _first(lines: Lines) -> str:
    while (line := lines.next()) is not None:
        if line.strip(' ,;\t\ufeff"'):
            return line
    raise Invalid("empty_file", REASONS["empty_file"])
