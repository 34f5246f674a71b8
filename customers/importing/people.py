"""From a row of cells to a person who can go into the customer file, or to what is wrong with the row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from core.errors import Invalid
from core.phone import read
from customers.importing.cells import LENGTHS, READERS, read_state
from customers.importing.columns import NUMBERS, Columns
from customers.importing.problems import REASONS, Problem
from customers.importing.rejects import unguarded
from customers.importing.rows import Row

# spaces people leave around a cell; other white space is no accident
SPACES = " \t\u00a0\u3000\ufeff"
NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd\ufffe\uffff]")
# they let a name be read backwards, or run into what stands beside it
DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
WRONG_BYTES = re.compile("[\ud800-\udfff\ufffd]")
UNREACHABLE = ("toll_free", "premium_rate", "shared_cost", "pager", "voicemail", "unknown")


@dataclass(slots=True)
class Person:
    """One accepted row. *numbers* are (E.164, kind, position), the one that identifies the person first."""

    row: Row
    numbers: list[tuple[str, str, int]]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The number by which duplicates are found: mobile, else phone, else fax."""
        return self.numbers[0][0]


class PersonReader:
    """Reads rows of one file: knows its columns and how numbers are dialled where it comes from."""

    def __init__(self, columns: Columns, region: str) -> None:
        self._region = region
        self._numbers = [(name, columns.fields[name]) for name in NUMBERS if name in columns.fields]
        others = [(name, column) for name, column in columns.fields.items() if name not in NUMBERS]
        self._texts = [(name, column, LENGTHS[name]) for name, column in others if name in LENGTHS]
        self._typed = [
            (name, column, self._reader_of(name)) for name, column in others if name not in LENGTHS
        ]

    def read(self, row: Row) -> tuple[Person | None, list[Problem]]:
        """The person in *row*, or every problem with it in the order of the columns."""
        if row.problem is not None:
            return None, [row.problem]
        problems: list[Problem] = []
        if not _is_plain(row.text) and (problems := self._not_text(row)):
            return None, problems
        numbers = self._read_numbers(row, problems)
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
        if problems:
            return None, sorted(problems, key=lambda problem: problem.column)
        if not numbers:
            return None, [Problem(self._numbers[0][1], "number_missing")]
        return Person(row, numbers, values), []

    def _reader_of(self, name: str) -> Callable[[str], object]:
        """What reads a cell of field *name*, None for an empty one; such cells repeat, so what was read is remembered."""
        read_text = READERS.get(name) or (lambda text: read_state(text, self._region))

        @lru_cache(4096)
        def read_cell(cell: str) -> object:
            text = cell.strip(SPACES)
            return read_text(unguarded(text)) if text else None

        return read_cell

    def _not_text(self, row: Row) -> list[Problem]:
        """Cells with wrong bytes or characters that cannot be printed, also in columns that are left out."""
        cells = enumerate(cell.strip(SPACES) for cell in row.cells)
        return [
            Problem(column, "bad_byte" if WRONG_BYTES.search(cell) else "control_character", cell)
            for column, cell in cells
            if NOT_TEXT.search(cell)
        ]

    def _read_numbers(self, row: Row, problems: list[Problem]) -> list[tuple[str, str, int]]:
        found: list[tuple[str, str, int]] = []
        for name, column in self._numbers:
            text = row.cells[column].strip(SPACES)
            if not text:
                continue
            try:
                address, kind = read_number(unguarded(text) if text[0] == "'" else text, name, self._region)
            except Invalid as error:
                problems.append(Problem(column, error.code, text, error.message))
                continue
            if not found or not any((address, kind) == other[:2] for other in found):
                found.append((address, kind, len(found)))
        return found


def _is_plain(text: str) -> bool:
    """Whether nothing in *text* is NOT_TEXT, mostly told without asking the pattern."""
    return (text.isprintable() and "\ufffd" not in text) or not NOT_TEXT.search(text)


def read_number(text: str, field_name: str, region: str) -> tuple[str, str]:
    """The number in a cell of column *field_name* (mobile, phone or fax) as E.164, and its kind. Raises Invalid."""
    address, sort = read(text, region)
    if sort in UNREACHABLE:
        raise Invalid("number_kind", REASONS["number_kind"])
    return address, _kind(field_name, sort)


def _kind(field_name: str, sort: str) -> str:
    """What we take a number for: the column's word, unless the number itself says better."""
    if field_name == "fax":
        return "fax"
    if field_name == "mobile":
        return "landline" if sort == "landline" else "mobile"
    return "mobile" if sort == "mobile" else "landline"
