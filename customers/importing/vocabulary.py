"""What one kind of file may hold: its fields, the headings each goes by in English and Chinese, and what reads a cell of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

# from the text of a cell that is not empty to its value; raises Invalid saying what to enter instead
Reader = Callable[[str], object]


@dataclass(frozen=True)
class Need:
    """At least one of *fields* must have a column, or the file is refused with *code* and *reason*."""

    fields: tuple[str, ...]
    code: str
    reason: str


@dataclass(frozen=True)
class Vocabulary:
    """
    *headings* are the names of each field's column, between commas. Fields of *lengths* hold any text of so many characters;
    *readers* read the others. What has neither is read by whoever takes the rows.
    """

    headings: Mapping[str, str]
    needs: tuple[Need, ...]
    lengths: Mapping[str, int] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Every field there is."""
        return tuple(self.headings)

    def field_of(self, heading: str) -> str | None:
        """The field a heading names, if it is a known one."""
        return self._by_heading.get(plain(heading))

    @cached_property
    def _by_heading(self) -> dict[str, str]:
        named = {plain(name): field for field, names in self.headings.items() for name in names.split(",")}
        return named | {plain(field): field for field in self.headings}


def plain(heading: str) -> str:
    """A heading without case, width, stars, colons, notes in brackets and with single spaces."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = re.sub(r"\(.*?\)|[*:：?]", " ", text)
    return " ".join(re.sub(r"[\s_\-./\ufeff]+", " ", text).split())
