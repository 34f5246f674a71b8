"""
One sheet of an XLSX workbook as a stream of rows.

What a cell shows is what is read: the kept value of a formula, a number without the dot a spreadsheet adds, a day as
2026-12-31. Of merged cells the first has the value, the others are empty. Hidden rows are rows. A line break within a cell is a
space. Before anything is unpacked the directory of the archive is asked for sizes, which bound what is read afterwards, and every
part is refused that begins with a document type: no workbook has one, and entities could be declared there.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, BinaryIO
from xml.parsers import expat

from core.errors import Invalid
from customers.importing.problems import REASONS, Problem, shown
from customers.importing.reading import MAX_ROW_CHARS
from customers.importing.rows import Row

MAX_PARTS = 2_000
MAX_UNPACKED = 1_000_000_000
MAX_STRINGS = 150_000_000
MAX_OTHER_XML = 20_000_000
# rows of people shrink to a fortieth or so; what shrinks to much less is one cell without end
MAX_RATIO, FREE_OF_RATIO = 250, 10_000_000
MAX_HEADING = 200
MAX_ROWS = 1_048_576
PROLOG = 1 << 16
LINE_BREAKS = re.compile(r"[ \t]*(?:_x000D_)?[\r\n\t]+[ \t]*")
ERRORS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
# a spreadsheet keeps 15 digits; of longer numbers the rest is lost
EXACT = 10**15


class Sheet:
    """The rows of one sheet, from its line of headings on."""

    def __init__(self, sheet: Any) -> None:
        self._count = min(sheet.max_row or 0, MAX_ROWS)
        sheet.reset_dimensions()  # what a file says of its own size may be wrong
        self._rows = enumerate(sheet.iter_rows(values_only=True), 1)
        self._line = 0

    def headings(self) -> list[str]:
        """The cells of the first row that holds anything. Raises Invalid if there is none."""
        for _, values in self._read():
            if any(value is not None for value in values):
                cells = [text_of(value)[:MAX_HEADING].strip() for value in values]
                while not cells[-1]:
                    cells.pop()
                return cells
        raise Invalid("empty_file", REASONS["empty_file"])

    def rows(self, width: int, used: frozenset[int]) -> Iterator[Row]:
        """Every row below the headings that holds anything; *used* are the columns in which an error matters."""
        for line, values in self._read():
            cells = [text_of(value) for value in values]
            if not any(cells):
                continue
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            row = Row(line, cells[:width], " ".join(cells[:width]))
            if any(cells[width:]):
                row = Row(line, cells, row.text, Problem(-1, "too_many_cells", row.text))
            elif len(row.text) > MAX_ROW_CHARS:
                row = Row(line, [row.text[:1000]], "", Problem(-1, "row_too_long", row.text))
            else:
                row.problem = _error_in(row.cells, used)
            yield row

    def percent(self) -> int:
        """How much has been read, as far as the sheet says how long it is."""
        return min(100, 100 * self._line // self._count) if self._count else 0

    def _read(self) -> Iterator[tuple[int, Sequence[Any]]]:
        while True:
            try:
                self._line, values = next(self._rows)
            except StopIteration:
                return
            except Exception as error:  # openpyxl meets a broken sheet with whatever comes to hand
                raise Invalid("bad_workbook", REASONS["bad_workbook"]) from error
            if self._line > MAX_ROWS:
                raise Invalid("bad_workbook", REASONS["bad_workbook"])
            yield self._line, values


@contextmanager
def opened(stream: BinaryIO, name: str) -> Iterator[Sheet]:
    """The sheet called *name*, or the first that can be seen. Raises Invalid: bad_workbook, workbook_too_big, no_sheet."""
    import openpyxl  # large, and few processes ever open a workbook

    _check_archive(stream)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # as above
        raise Invalid("bad_workbook", REASONS["bad_workbook"]) from error
    try:
        named = {sheet.title: sheet for sheet in book.worksheets}
        seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        chosen = named.get(name) if name else next(iter(seen or named.values()), None)
        if chosen is None:
            raise Invalid(
                "no_sheet",
                "there is no sheet {name}; the workbook has {there}",
                name=shown(name),
                there=list(map(shown, named)),
            )
        yield Sheet(chosen)
    finally:
        book.close()
        stream.seek(0)


def text_of(value: Any) -> str:
    """What a cell shows."""
    match value:
        case None:
            return ""
        case str():
            return LINE_BREAKS.sub(" ", value) if "\n" in value or "\t" in value or "\r" in value else value
        case bool():
            return str(value).lower()
        case float() if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        case float():
            return f"{value:.5E}" if abs(value) >= EXACT else repr(value)
        case int():
            return str(value) if abs(value) < EXACT else f"{value:.5E}"
        case datetime():
            midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
            return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _error_in(cells: Sequence[str], used: frozenset[int]) -> Problem | None:
    wrong = [column for column in used if cells[column].startswith("#") and cells[column] in ERRORS]
    return Problem(min(wrong), "cell_error", cells[min(wrong)]) if wrong else None


def _check_archive(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            _check_sizes(parts)
            if any(part.flag_bits & 1 for part in parts):
                raise Invalid("old_workbook", REASONS["old_workbook"])
            if "xl/workbook.xml" not in archive.namelist() or archive.testzip():
                raise Invalid("bad_workbook", REASONS["bad_workbook"])
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as opened_part:
                        _check_prolog(opened_part.read(PROLOG))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Invalid("bad_workbook", REASONS["bad_workbook"]) from error
    stream.seek(0)


def _check_sizes(parts: Sequence[zipfile.ZipInfo]) -> None:
    """The sizes in the directory are what `zipfile` reads at most of each part, whatever is packed in it."""
    too_big = len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED
    for part in parts:
        name = part.filename
        if part.file_size > FREE_OF_RATIO:
            too_big = too_big or part.file_size > MAX_RATIO * part.compress_size
        if name.endswith((".xml", ".rels")) and not name.startswith("xl/worksheets/"):
            limit = MAX_STRINGS if name.endswith("sharedStrings.xml") else MAX_OTHER_XML
            too_big = too_big or part.file_size > limit
    if too_big:
        raise Invalid("workbook_too_big", REASONS["workbook_too_big"])


class _PrologOver(Exception):
    """The first element begins: no document type can follow."""


def _check_prolog(head: bytes) -> None:
    def refuse(*_: object) -> None:
        raise Invalid("bad_workbook", REASONS["bad_workbook"])

    def over(*_: object) -> None:
        raise _PrologOver

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = over
    try:
        parser.Parse(head, False)
    except _PrologOver:
        return
    except expat.ExpatError:
        pass
    refuse()
