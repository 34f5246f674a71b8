"""Which column is which field, by its heading in English or Chinese or by the user's word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import Invalid
from core.sentences import Sentence
from customers.importing.problems import REASONS, shown
from customers.importing.rows import SEPARATORS, split
from customers.importing.vocabulary import Vocabulary, plain

MAX_COLUMNS = 200
UNREADABLE = re.compile("[\x00-\x08\x0a-\x1f\ud800-\udfff\ufffd]")
# in a --map: leave the column out
IGNORED = "-"
# the column that tells what was wrong in a file of rejected rows
ERROR_COLUMN = Sentence("error")
ERROR_COLUMNS = (ERROR_COLUMN, "错误")


@dataclass(frozen=True)
class Columns:
    """The headings as they stand, the column of each field, and the headings of columns left out."""

    headings: tuple[str, ...]
    fields: Mapping[str, int]
    left_out: tuple[str, ...]

    def heading(self, column: int) -> str:
        """What the person sees above a column; "" for the row as a whole."""
        return self.headings[column] if 0 <= column < len(self.headings) else ""


def separator_of(line: str, vocabulary: Vocabulary) -> str:
    """The separator under which *line* shows the most known headings, then the most cells."""
    return max(SEPARATORS, key=lambda separator: _fit(line, separator, vocabulary))


def _fit(line: str, separator: str, vocabulary: Vocabulary) -> tuple[int, int]:
    cells = split(line, separator)[0]
    return sum(vocabulary.field_of(cell) is not None for cell in cells), len(cells)


def match(line: str, separator: str, mapping: Mapping[str, str], vocabulary: Vocabulary) -> Columns:
    """
    The columns of a file whose first line is *line*. What *mapping* (heading → field) says goes before guesses.

    Raises Invalid: unread_heading, too_many_columns, duplicate_heading, bad_map, and what the vocabulary needs.
    """
    cells, code = split(line, separator)
    if code:
        raise Invalid("unread_heading", REASONS["unread_heading"])
    return match_cells(cells, mapping, vocabulary)


def match_cells(cells: Sequence[str], mapping: Mapping[str, str], vocabulary: Vocabulary) -> Columns:
    """`match` for headings that are cells already."""
    if any(UNREADABLE.search(cell) for cell in cells):
        raise Invalid("unread_heading", REASONS["unread_heading"])
    if len(cells) > MAX_COLUMNS:
        raise Invalid("too_many_columns", REASONS["too_many_columns"])
    headings = tuple(cell.strip().removeprefix("'") for cell in cells)
    told = _told(headings, mapping, vocabulary.fields)
    fields = {field: column for column, field in told.items() if field != IGNORED}
    for column, heading in enumerate(headings):
        field = vocabulary.field_of(heading)
        if column in told or field is None or field in told.values():
            continue
        if field in fields:
            raise Invalid(
                "duplicate_heading",
                "{first} and {second} (column {column}): {said}",
                first=shown(headings[fields[field]]),
                second=shown(heading),
                column=column + 1,
                said=REASONS["duplicate_heading"],
            )
        fields[field] = column
    for need in vocabulary.needs:
        if not any(field in fields for field in need.fields):
            raise Invalid(need.code, need.reason)
    return Columns(headings, fields, _left_out(headings, {*fields.values(), *told}))


def _told(headings: Sequence[str], mapping: Mapping[str, str], known: Sequence[str]) -> dict[int, str]:
    """Column → field as the user said it; Invalid if a column or field does not exist."""
    told: dict[int, str] = {}
    for wanted, field in mapping.items():
        if field not in (*known, IGNORED):
            raise Invalid(
                "bad_map",
                "{field} is no field; enter one of {known}, or - for none",
                field=shown(field),
                known=known,
            )
        found = [column for column, heading in enumerate(headings) if plain(heading) == plain(wanted)]
        if not found:
            raise Invalid(
                "bad_map",
                "there is no column {wanted}; the file has {headings}",
                wanted=shown(wanted),
                headings=list(map(shown, headings)),
            )
        if field != IGNORED and field in told.values():
            raise Invalid("bad_map", "two columns are mapped to {field}; map one of them", field=field)
        told |= dict.fromkeys(found if field == IGNORED else found[:1], field)
    return told


def _left_out(headings: Sequence[str], used: set[int]) -> tuple[str, ...]:
    return tuple(
        heading or f"column {column + 1}"
        for column, heading in enumerate(headings)
        if column not in used and plain(heading) not in ERROR_COLUMNS
    )
