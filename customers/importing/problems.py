"""Every reason for which a file, a row or a cell is refused: the code people script against, and what to enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.sentences import Sentence

SHOWN_CHARS = 80

REASONS: Mapping[str, Sentence] = {
    # the file
    "empty_file": Sentence("the file is empty; it needs a line of headings and lines below it"),
    "no_rows": Sentence("the file has headings and nothing below them"),
    "no_number_column": Sentence(
        "no column holds telephone numbers; name one mobile, phone or fax in the first line, or map one"
    ),
    "duplicate_heading": Sentence("two columns are the same field; rename one of them, or map the right one"),
    "unread_heading": Sentence(
        "the line of headings cannot be read; put each heading on one line and close its quotes"
    ),
    "too_many_columns": Sentence("a file may have 200 columns"),
    "too_many_rows": Sentence("a file may have 2,000,000 rows; import it in parts"),
    "file_too_big": Sentence("a file may have 500 MB; import it in parts"),
    "bad_workbook": Sentence(
        "this is no workbook that can be read; open it in a spreadsheet program and save it as XLSX or CSV"
    ),
    "old_workbook": Sentence(
        "this workbook is of an old format or has a password; save it as XLSX without one, or as CSV"
    ),
    "workbook_too_big": Sentence(
        "a workbook may unpack to 1 GB, 150 MB of it texts; import it in parts, or as CSV"
    ),
    "no_sheet": Sentence("there is no such sheet in the workbook"),
    "no_upload": Sentence("this file is no longer kept; send it again"),
    "unexpected": Sentence("something went wrong on our side; it has been logged"),
    # the row
    "too_many_cells": Sentence(
        "the row has more cells than there are headings; put quotes around a cell that holds the separator"
    ),
    "too_few_cells": Sentence(
        "the row has fewer cells than there are headings; leave a cell empty rather than out"
    ),
    "unclosed_quote": Sentence(
        "a quote opens here and is never closed; close it, or double it if it belongs to the text"
    ),
    "bad_quote": Sentence("text follows a closing quote; double a quote that belongs to the text"),
    "line_break": Sentence("a cell breaks the line in two; write it on one line"),
    "row_too_long": Sentence("a row may have 65,536 characters"),
    "number_missing": Sentence("enter at least one telephone number"),
    "reference_taken": Sentence("another customer has this reference; correct it or leave it empty"),
    # the cell
    "cell_error": Sentence(
        "the cell shows an error of the spreadsheet; mend its formula, or write the value itself"
    ),
    "bad_byte": Sentence(
        "some bytes are no text in this file's encoding; write the cell again and save as UTF-8"
    ),
    "control_character": Sentence("the cell holds characters that cannot be printed; write it again"),
    "too_long": Sentence("this is too long for its field"),
    "number_kind": Sentence(
        "toll-free, premium, shared-cost, pager and voicemail numbers cannot be contacted; enter the customer's own"
    ),
    "bad_date": Sentence("enter a date like 2026-12-31"),
    "bad_zone": Sentence("enter a time zone like America/New_York or Asia/Shanghai"),
    "bad_language": Sentence("enter a language like en or zh"),
    "bad_state": Sentence("enter a state by its two letters, like FL"),
    "bad_channel": Sentence("enter voice, sms or fax"),
    "bad_consent": Sentence("enter written, yes or no, or leave it empty"),
    "too_many_tags": Sentence("a customer may have 20 tags of 40 characters"),
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that stays out: where it starts (physical line, from 1), the first bad cell, and what to do about it."""

    line: int
    column: str
    value: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with the row as a whole (*column* is then -1)."""

    column: int
    code: str
    value: str = ""
    reason: str = ""

    @property
    def said(self) -> str:
        """The reason as a sentence."""
        return self.reason or REASONS[self.code]


def shown(value: str) -> str:
    """*value* cut short, with everything that cannot be printed written as an escape."""
    cut = value if len(value) <= SHOWN_CHARS else value[: SHOWN_CHARS - 1] + "…"
    return cut if cut.isprintable() else "".join(map(_printable, cut))


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    if "\udc00" <= char <= "\udcff":  # a byte that is no text: see reading.py
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
