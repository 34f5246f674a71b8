"""What all kinds of rows have in common: whose they are, and what became of a batch of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import CarillonError, Fault, WrongFields
from customers.importing.rows import Row


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that could be read: its values by field, and the customer it is about."""

    row: Row
    values: dict[str, Any]
    customer_id: int

    def digest(self) -> str:
        """The same for rows that say the same."""
        said = repr((self.customer_id, sorted(self.values.items())))
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass
class Taken:
    """What became of a batch; *refused* are rows and what is wrong with each, first the worst."""

    accepted: int = 0
    duplicates: int = 0
    refused: list[tuple[Entry, Sequence[Fault]]] = field(default_factory=list)

    @contextmanager
    def refusing(self, entry: Entry, about: str) -> Iterator[None]:
        """What is refused in here is told of *entry*: of the field it names, or of *about*."""
        try:
            yield
        except WrongFields as error:
            self.refused.append((entry, error.faults))
        except CarillonError as error:
            self.refused.append((entry, [Fault(about, error.code, error.message)]))


def instant_of(said: date | datetime, zone: str, hour: int = 0) -> datetime:
    """What a cell says as an instant; a day alone begins at *hour* by the clocks of *zone*."""
    return said if isinstance(said, datetime) else datetime.combine(said, time(hour), ZoneInfo(zone))
