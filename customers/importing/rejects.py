"""
The file of rejected rows: mend it and import it again.

The first column says what is wrong, the others are those of the file they come from. Cells a spreadsheet would take for
a formula get a leading apostrophe (OWASP, CVE-2021-41270), and the import takes exactly that apostrophe off again: every
E.164 number starts with such a character.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from io import StringIO
from pathlib import Path
from typing import BinaryIO, TextIO

from core.languages import in_language
from core.sentences import Sentence, unpacked
from customers.importing.columns import ERROR_COLUMN, ERROR_COLUMNS, Columns
from customers.importing.problems import Problem, shown
from customers.importing.rows import Row

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """*text* so that no spreadsheet runs it."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """*text* without the apostrophe `guarded` put there."""
    return text[1:] if text[:1] == "'" and text.startswith(FORMULA_STARTS, 1) else text


class RejectsFile:
    """
    Writes rejected rows as they come; *opened* is called for the first, so a clean import makes no file.

    One with *begun_bytes* on the disk has its headings already. *told* writes what is wrong: `packed`, `said_in` can tell it
    in any language.
    """

    def __init__(
        self,
        opened: Callable[[], TextIO],
        columns: Columns,
        begun_bytes: int = 0,
        told: Callable[[str], str] = str,
    ) -> None:
        self._open = opened
        self._told = told
        self._begun_bytes = begun_bytes
        self._columns = columns
        self._without = {
            n for n, heading in enumerate(columns.headings) if heading.casefold() in ERROR_COLUMNS
        }
        self._text: TextIO | None = None

    def write(self, row: Row, problems: Sequence[Problem]) -> None:
        """One row with everything that is wrong with it."""
        if self._text is None:
            self._text = self._open()
            if not self._begun_bytes:
                csv.writer(self._text).writerow([ERROR_COLUMN, *self._kept(self._columns.headings)])
        said = self._told(reduce(_both, map(self._said, problems)))
        cells = [text.encode("utf-8", "replace").decode() for text in self._kept(row.cells)]
        csv.writer(self._text).writerow([said, *map(guarded, cells)])

    def on_disk(self) -> int:
        """The bytes of the file, all of them safe on the disk."""
        if self._text is None:
            return self._begun_bytes
        self._text.flush()
        os.fsync(self._text.fileno())
        return os.fstat(self._text.fileno()).st_size

    def _said(self, problem: Problem) -> str:
        heading = self._columns.heading(problem.column)
        if not heading:
            return problem.said
        return Sentence("{field}: {said}", field=shown(heading), said=problem.said)

    def _kept(self, cells: Sequence[str]) -> list[str]:
        return [cell for column, cell in enumerate(cells) if column not in self._without]


def _both(one: str, another: str) -> str:
    return Sentence("{one}; {another}", one=one, another=another)


def said_in(file: Path, size: int, language: str) -> Iterator[str]:
    """The first *size* bytes of a file of rejected rows, line by line, with what is wrong told in *language*."""
    yield "\ufeff"  # spreadsheets know UTF-8 by it
    with file.open("rb") as kept:
        for cells in csv.reader(_lines(kept, size)):
            line = StringIO(newline="")
            csv.writer(line).writerow([in_language(unpacked(cells[0]), language), *cells[1:]])
            yield line.getvalue()


def _lines(file: BinaryIO, size: int) -> Iterator[str]:
    while file.tell() < size and (line := file.readline()):
        yield line.decode("utf-8-sig")
