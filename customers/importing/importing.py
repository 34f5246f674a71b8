"""The import itself: read, part, store, report. One transaction per batch; memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO, TextIO

from core.db import Database
from core.errors import Invalid
from core.models import Tenant
from customers.importing.columns import Columns, match, separator_of
from customers.importing.people import Person, PersonReader
from customers.importing.problems import REASONS, Problem, Rejection, shown
from customers.importing.reading import Lines, encoding_of, seekable
from customers.importing.rejects import RejectsFile
from customers.importing.rows import Row, rows
from customers.importing.storing import Known, lock_file, sort_out, store

BATCH = 2_000
MAX_ROWS = 2_000_000


@dataclass
class Report:
    """What became of a file: rows = accepted + duplicates + one rejection for each row that stays out."""

    encoding: str
    separator: str
    left_out: tuple[str, ...]
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True)
class _Job:
    database: Database
    tenant_id: int
    columns: Columns
    reader: PersonReader
    source: str
    at: datetime
    is_dry: bool


def import_customers(
    database: Database,
    tenant: Tenant,
    stream: BinaryIO,
    *,
    at: datetime,
    mapping: Mapping[str, str] | None = None,
    region: str | None = None,
    dry_run: bool = False,
    rejects: Callable[[], TextIO] | None = None,
    source: str = "import",
) -> Report:
    """
    Import the CSV in *stream* for *tenant*; numbers without + are read as dialled in *region*, or the tenant's own.

    *mapping* is heading → field (columns.FIELDS, or "-"); *rejects* opens a text
    for the rows that stay out, if there are any. A dry run tells the
    same and writes nothing. Raises Invalid if the file as a whole cannot be used: nothing is imported then, except
    that of a file with too many rows the first ones are.
    """
    copy = seekable(stream)
    encoding = encoding_of(copy)
    lines = Lines(copy, encoding)
    try:
        separator, columns = _headings(lines, mapping or {})
        report = Report(encoding, separator, columns.left_out)
        reader = PersonReader(columns, region or tenant.region)
        job = _Job(database, tenant.id, columns, reader, source, at, dry_run)
        _run(job, rows(lines, separator, len(columns.headings)), report, rejects)
    finally:
        lines.release()
        if copy is not stream:
            copy.close()
    return report


def _headings(lines: Lines, mapping: Mapping[str, str]) -> tuple[str, Columns]:
    line = _first(lines)
    separator = separator_of(line)
    if line.casefold().startswith("sep=") and len(line) == len(
        "sep=,"
    ):  # a spreadsheet's word about the separator
        separator, line = line[-1], _first(lines)
    return separator, match(line, separator, mapping)


def _first(lines: Lines) -> str:
    while (line := lines.next()) is not None:
        if line.strip(' ,;\t\ufeff"'):
            return line
    raise Invalid("empty_file", REASONS["empty_file"])


def _run(job: _Job, found: Iterator[Row], report: Report, rejects: Callable[[], TextIO] | None) -> None:
    """Read one batch while the one before it is written: the database works outside the interpreter's lock."""
    known = Known()
    rejects_file = RejectsFile(rejects, job.columns) if rejects else None
    with ThreadPoolExecutor(1, "import") as writer:
        writing: Future[None] | None = None
        while batch := list(islice(found, BATCH)):
            report.rows += len(batch)
            if report.rows > MAX_ROWS:
                raise Invalid("too_many_rows", REASONS["too_many_rows"])
            outcomes = [(row, *job.reader.read(row)) for row in batch]
            if writing:
                writing.result()
            writing = writer.submit(_take, job, outcomes, known, report, rejects_file)
        if writing:
            writing.result()
    if not report.rows:
        raise Invalid("no_rows", REASONS["no_rows"])


def _take(
    job: _Job,
    outcomes: Sequence[tuple[Row, Person | None, list[Problem]]],
    known: Known,
    report: Report,
    rejects_file: RejectsFile | None,
) -> None:
    """Take in one batch, in one transaction, and report on it."""
    people = [person for _, person, _ in outcomes if person]
    refused = [(row, problems) for row, person, problems in outcomes if person is None]
    opened = job.database.reading if job.is_dry else job.database.session
    with opened(job.tenant_id) as session:
        if not job.is_dry:
            lock_file(session, job.tenant_id)
        parted = sort_out(session, job.tenant_id, people, known, job.columns.fields.get("reference", -1))
        if parted.fresh and not job.is_dry:
            store(session, job.tenant_id, parted.fresh, job.source, job.at)
    if not job.is_dry:
        known.forget()
    report.accepted += len(parted.fresh)
    report.duplicates += parted.duplicates
    refused += [(person.row, [problem]) for person, problem in parted.taken]
    for row, problems in sorted(refused, key=lambda refusal: refusal[0].line):
        report.rejected.append(_rejection(job.columns, row, problems[0]))
        if rejects_file:
            rejects_file.write(row, problems)


def _rejection(columns: Columns, row: Row, problem: Problem) -> Rejection:
    return Rejection(
        row.line, shown(columns.heading(problem.column)), shown(problem.value), problem.code, problem.said
    )
