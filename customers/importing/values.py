"""From the cells of a row to the values of its fields, or to what is wrong with the row."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from core.errors import Invalid
from customers.importing.columns import Columns
from customers.importing.problems import Problem
from customers.importing.rejects import unguarded
from customers.importing.rows import Row
from customers.importing.vocabulary import Reader, Vocabulary

# spaces people leave around a cell; other white space is no accident
SPACES = " \t\u00a0\u3000\ufeff"
NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd\ufffe\uffff]")
# they let a name be read backwards, or run into what stands beside it
DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
WRONG_BYTES = re.compile("[\ud800-\udfff\ufffd]")


class ValueReader:
    """Reads rows of one file: knows its columns and what each may hold."""

    def __init__(self, columns: Columns, vocabulary: Vocabulary) -> None:
        fields = columns.fields.items()
        lengths, readers = vocabulary.lengths, vocabulary.readers
        self._texts = [(name, column, lengths[name]) for name, column in fields if name in lengths]
        self._typed = [
            (name, column, _remembering(readers[name])) for name, column in fields if name in readers
        ]

    def read(self, row: Row) -> tuple[dict[str, Any] | None, list[Problem]]:
        """The value of each cell that holds one, and every problem; no values if the row as a whole cannot be read."""
        if row.problem is not None:
            return None, [row.problem]
        problems: list[Problem] = []
        if not _is_plain(row.text) and (problems := _not_text(row)):
            return None, problems
        values: dict[str, Any] = {}
        cells = row.cells
        for name, column, limit in self._texts:
            cell = cells[column]
            if text := (cell if cell.isascii() else cell.translate(DIRECTIONS)).strip(SPACES):
                if len(text) > limit:
                    problems.append(Problem(column, "too_long", text))
                values[name] = unguarded(text) if text[0] == "'" else text
        for name, column, reader in self._typed:
            try:
                if (value := reader(cells[column])) is not None:
                    values[name] = value
            except Invalid as error:
                problems.append(Problem(column, error.code, cells[column].strip(SPACES), error.message))
        return values, problems


def _remembering(read_text: Reader) -> Callable[[str], object]:
    """What reads a cell, None for an empty one; such cells repeat, so what was read is remembered."""

    @lru_cache(4096)
    def read_cell(cell: str) -> object:
        text = cell.strip(SPACES)
        return read_text(unguarded(text)) if text else None

    return read_cell


def _not_text(row: Row) -> list[Problem]:
    """Cells with wrong bytes or characters that cannot be printed, also in columns that are left out."""
    cells = enumerate(cell.strip(SPACES) for cell in row.cells)
    return [
        Problem(column, "bad_byte" if WRONG_BYTES.search(cell) else "control_character", cell)
        for column, cell in cells
        if NOT_TEXT.search(cell)
    ]


def _is_plain(text: str) -> bool:
    """Whether nothing in *text* is NOT_TEXT, mostly told without asking the pattern."""
    return (text.isprintable() and "\ufffd" not in text) or not NOT_TEXT.search(text)
