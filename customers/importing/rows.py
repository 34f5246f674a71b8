"""
From physical lines to rows of cells.

A row is one line: a cell that breaks a line in two is refused, and so an unclosed quote costs its own line and never
the customers below it. Lines without any text are no rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from customers.importing.problems import Problem
from customers.importing.reading import MAX_ROW_CHARS, Lines

SEPARATORS = (",", ";", "\t")
# how many lines below an open quote may belong to the same cell
MAX_BROKEN_LINES = 20


@dataclass(slots=True)
class Row:
    """A row as it stands in the file: the line it starts on, its cells, and what is wrong with it as a whole."""

    line: int
    cells: list[str]
    text: str
    problem: Problem | None = None


def rows(lines: Lines, separator: str, width: int) -> Iterator[Row]:
    """Every row below the headings; *width* is the number of headings."""
    blank = separator + " \t'\""
    while (text := lines.next()) is not None:
        if not text.strip(blank):
            continue
        number = lines.number
        if len(text) > MAX_ROW_CHARS:
            yield Row(number, [text[:1000]], "", Problem(-1, "row_too_long", text))
            continue
        row = (
            _quoted(lines, text, separator, width)
            if '"' in text
            else Row(number, text.split(separator), text)
        )
        if row.problem is None and len(row.cells) != width:
            code = "too_many_cells" if len(row.cells) > width else "too_few_cells"
            row.problem = Problem(-1, code, text)
        yield row


def _quoted(lines: Lines, text: str, separator: str, width: int) -> Row:
    number = lines.number
    cells, code = split(text, separator)
    if code is None:
        return Row(number, cells, text)
    if code == "unclosed_quote" and (broken := _broken(lines, text, separator, width)):
        whole = "\n".join([text, *broken])
        for _ in broken:
            lines.next()
        return Row(number, split(whole, separator)[0], whole, Problem(-1, "line_break", whole))
    return Row(number, cells, text, Problem(-1, code, text))


def _broken(lines: Lines, text: str, separator: str, width: int) -> list[str]:
    """The lines below that complete a cell broken in two; none if one of them could be a row of its own."""
    below: list[str] = []
    for line in lines.ahead(MAX_BROKEN_LINES):
        below.append(line)
        if line.count('"') % 2:
            cells, code = split("\n".join([text, *below]), separator)
            return below if code is None and len(cells) == width else []
        if len(split(line, separator)[0]) == width:
            return []
    return []


def split(text: str, separator: str) -> tuple[list[str], str | None]:
    """The cells of one row, and the code of what is wrong with its quotes; the cells are then a best guess."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True)), None
    except csv.Error as error:
        code = "unclosed_quote" if "unexpected end" in str(error) else "bad_quote"
    try:
        return next(csv.reader([text], delimiter=separator)), code
    except csv.Error:
        return text.split(separator), code
