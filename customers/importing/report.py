"""What became of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from customers.importing.columns import Columns
from customers.importing.problems import Problem, Rejection, shown
from customers.importing.rejects import RejectsFile
from customers.importing.rows import Row

BATCH = 2_000
MAX_ROWS = 2_000_000
Refused = tuple[Row, Sequence[Problem]]


@dataclass
class Report:
    """
    What became of a file: rows = accepted + duplicates + one rejection for each row that stays out.

    *rejections* counts them; *rejected* holds them all, or the first of them if an import is to keep no more.
    """

    encoding: str
    separator: str
    left_out: tuple[str, ...]
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejections: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def reject(
        self,
        refused: Sequence[Refused],
        columns: Columns,
        rejects_file: RejectsFile | None,
        most_kept: int = MAX_ROWS,
    ) -> None:
        """Rows of one batch stay out: they are told in the order of their lines."""
        self.rejections += len(refused)
        for row, problems in sorted(refused, key=lambda refusal: refusal[0].line):
            if len(self.rejected) < most_kept:
                self.rejected.append(_rejection(columns, row, problems[0]))
            if rejects_file:
                rejects_file.write(row, problems)


def _rejection(columns: Columns, row: Row, problem: Problem) -> Rejection:
    return Rejection(
        row.line, shown(columns.heading(problem.column)), shown(problem.value), problem.code, problem.said
    )
