"""
What a check has met so far. A check writes nobody, so the database cannot be asked about the rows above.

It lies on disk, in files without a name: a check of millions of rows holds no more memory than one of thousands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from core.bulk import in_chunks


class Texts:
    """A set of texts. Like the file it is gone when it is closed, or with the process."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for prepared in (
            "PRAGMA synchronous=OFF",
            "PRAGMA journal_mode=OFF",
            "CREATE TABLE met (text TEXT PRIMARY KEY) WITHOUT ROWID",
        ):
            self._kept.execute(prepared)

    def among(self, texts: Sequence[str]) -> set[str]:
        """Those of *texts* that are in the set."""
        found: set[str] = set()
        for chunk in in_chunks(texts):
            marks = ", ".join("?" * len(chunk))
            asked = self._kept.execute(f"SELECT text FROM met WHERE text IN ({marks})", chunk)  # noqa: S608  # marks only
            found.update(text for (text,) in asked)
        return found

    def add(self, texts: Iterable[str]) -> None:
        """Put *texts* into the set."""
        self._kept.execute("BEGIN")
        self._kept.executemany("INSERT OR IGNORE INTO met VALUES (?)", ((text,) for text in texts))
        self._kept.execute("COMMIT")

    def close(self) -> None:
        """Forget everything."""
        self._kept.close()


@dataclass(frozen=True)
class Met:
    """Numbers (E.164) and references of the rows above."""

    addresses: Texts
    references: Texts


@contextmanager
def met() -> Iterator[Met]:
    """Nothing yet."""
    with ExitStack() as stack:
        yield Met(*(stack.enter_context(closing(Texts())) for _ in range(2)))
