"""From a row of cells to a person who can go into the customer file, or to what is wrong with the row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.errors import Invalid
from core.phone import read
from customers.importing.columns import Columns
from customers.importing.fields import NUMBERS, vocabulary
from customers.importing.problems import REASONS, Problem
from customers.importing.rejects import unguarded
from customers.importing.rows import Row
from customers.importing.values import SPACES, ValueReader

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
        self._values = ValueReader(columns, vocabulary(region))

    def read(self, row: Row) -> tuple[Person | None, list[Problem]]:
        """The person in *row*, or every problem with it in the order of the columns."""
        values, problems = self._values.read(row)
        if values is None:
            return None, problems
        numbers = self._read_numbers(row, problems)
        if problems:
            return None, sorted(problems, key=lambda problem: problem.column)
        if not numbers:
            return None, [Problem(self._numbers[0][1], "number_missing")]
        return Person(row, numbers, values), []

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
