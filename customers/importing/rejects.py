"""
The file of rejected rows: mend it and import it again.

The first column says what is wrong, the others are those of the file they come from. Cells a spreadsheet would take for
a formula get a leading apostrophe (OWASP, CVE-2021-41270), and the import takes exactly that apostrophe off again: every
E.164 number starts with such a character.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from customers.importing.columns import ERROR_COLUMN, Columns
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
    """Writes rejected rows to *text* as they come; the headings go with the first, so a clean import writes nothing."""

    def __init__(self, text: TextIO, columns: Columns) -> None:
        self._writer = csv.writer(text)
        self._columns = columns
        self._has_begun = False
        own = [column for column, heading in enumerate(columns.headings) if heading == ERROR_COLUMN]
        self._without = set(own)

    def write(self, row: Row, problems: Sequence[Problem]) -> None:
        """One row with everything that is wrong with it."""
        if not self._has_begun:
            self._writer.writerow([ERROR_COLUMN, *self._kept(self._columns.headings)])
            self._has_begun = True
        said = "; ".join(self._said(problem) for problem in problems)
        cells = [text.encode("utf-8", "replace").decode() for text in self._kept(row.cells)]
        self._writer.writerow([said, *map(guarded, cells)])

    def _said(self, problem: Problem) -> str:
        heading = self._columns.heading(problem.column)
        return f"{shown(heading)}: {problem.said}" if heading else problem.said

    def _kept(self, cells: Sequence[str]) -> list[str]:
        return [cell for column, cell in enumerate(cells) if column not in self._without]
