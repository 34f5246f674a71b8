"""From a row of cells to a person who can go into the customer file, or to what is wrong with the row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
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
        self._typed: list[tuple[str, int, Callable[[str], object]]] = [
            (name, column, READERS.get(name, self._state)) for name, column in others if name not in LENGTHS
        ]

    def read(self, row: Row) -> tuple[Person | None, list[Problem]]:
        """The person in *row*, or every problem with it in the order of the columns."""
        if row.problem is not None:
            return None, [row.problem]
        problems = self._not_text(row) if NOT_TEXT.search(row.text) else []
        if problems:
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
            if text := cells[column].strip(SPACES):
                try:
                    values[name] = reader(unguarded(text))
                except Invalid as error:
                    problems.append(Problem(column, error.code, text, error.message))
        if problems:
            return None, sorted(problems, key=lambda problem: problem.column)
        if not numbers:
            return None, [Problem(self._numbers[0][1], "number_missing")]
        return Person(row, numbers, values), []

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
                address, kind = read_number(unguarded(text), name, self._region)
            except Invalid as error:
                problems.append(Problem(column, error.code, text, error.message))
                continue
            number = (address, kind, len(found))
            if not any(number[:2] == other[:2] for other in found):
                found.append(number)
        return found

    def _state(self, text: str) -> str:
        return read_state(text, self._region)


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
