"""The import itself: read, part, store, report. One transaction per batch; memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO, TextIO

from core.db import Database, ScopedSession
from core.errors import Invalid
from core.models import Tenant
from customers.importing.columns import Columns
from customers.importing.fields import vocabulary
from customers.importing.met import Met, met
from customers.importing.people import Person, PersonReader
from customers.importing.problems import REASONS, Problem, Rejection
from customers.importing.reading import seekable
from customers.importing.rejects import RejectsFile
from customers.importing.report import BATCH, MAX_ROWS, Refused, Report
from customers.importing.rows import Row
from customers.importing.storing import lock_file, sort_out, store
from customers.importing.tables import Table, opened

# told of every batch in its own transaction (None in a dry run): the report so far, percent of the file, bytes of the rejects
Checkpoint = Callable[[ScopedSession | None, Report, int, int], None]


@dataclass(frozen=True)
class Done:
    """How far an import had come when it was cut short: what its report said, and how long its rejects were."""

    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejections: int = 0
    rejected: Sequence[Rejection] = ()
    rejects_bytes: int = 0


@dataclass(frozen=True)
class _Job:
    database: Database
    tenant_id: int
    columns: Columns
    reader: PersonReader
    source: str
    at: datetime
    is_dry: bool
    most_kept: int
    checkpoint: Checkpoint | None


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
    sheet: str = "",
    done: Done | None = None,
    most_kept: int = MAX_ROWS,
    checkpoint: Checkpoint | None = None,
    told: Callable[[str], str] = str,
) -> Report:
    """
    Import the CSV or XLSX in *stream* for *tenant*; numbers without + are read as dialled in *region*, or the tenant's own.

    *mapping* is heading → field (columns.FIELDS, or "-"); *rejects* opens a text for the rows that stay out, if there are any;
    *told* writes there what is wrong with each (rejects.py).
    A dry run tells the same and writes nothing. *done* goes on after what was done before. Raises Invalid if the file as a
    whole cannot be used: nothing is imported then, except that of a file with too many rows the first ones are.
    """
    copy, done, region = seekable(stream), done or Done(), region or tenant.region
    try:
        with opened(copy, mapping or {}, vocabulary(region), sheet) as table:
            report = Report(table.encoding, table.separator, table.columns.left_out, done.rows, done.accepted)
            report.duplicates, report.rejections = done.duplicates, done.rejections
            report.rejected = list(done.rejected)
            reader = PersonReader(table.columns, region)
            job = _Job(database, tenant.id, table.columns, reader, source, at, dry_run, most_kept, checkpoint)
            rejects_file = RejectsFile(rejects, table.columns, done.rejects_bytes, told) if rejects else None
            _run(job, table, report, rejects_file)
    finally:
        if copy is not stream:
            copy.close()
    return report


def _run(job: _Job, table: Table, report: Report, rejects_file: RejectsFile | None) -> None:
    """Read one batch while the one before it is written: the database works outside the interpreter's lock."""
    found = islice(table.rows, report.rows, None)
    read = report.rows
    with met() if job.is_dry else nullcontext() as above, ThreadPoolExecutor(1, "import") as writer:
        writing: Future[None] | None = None
        while batch := list(islice(found, BATCH)):
            read += len(batch)
            if read > MAX_ROWS:
                raise Invalid("too_many_rows", REASONS["too_many_rows"])
            outcomes = [(row, *job.reader.read(row)) for row in batch]
            percent = table.percent()
            if writing:
                writing.result()
            writing = writer.submit(_take, job, outcomes, above, report, rejects_file, percent)
        if writing:
            writing.result()
    if not report.rows:
        raise Invalid("no_rows", REASONS["no_rows"])


def _take(
    job: _Job,
    outcomes: Sequence[tuple[Row, Person | None, list[Problem]]],
    above: Met | None,
    report: Report,
    rejects_file: RejectsFile | None,
    percent: int,
) -> None:
    """Take in one batch, in one transaction, and report on it."""
    people = [person for _, person, _ in outcomes if person]
    refused: list[Refused] = [(row, problems) for row, person, problems in outcomes if person is None]
    begun = job.database.reading if job.is_dry else job.database.session
    with begun(job.tenant_id) as session:
        if not job.is_dry:
            lock_file(session, job.tenant_id)
        parted = sort_out(session, job.tenant_id, people, above, job.columns.fields.get("reference", -1))
        if parted.fresh and not job.is_dry:
            store(session, job.tenant_id, parted.fresh, job.source, job.at)
        refused += [(person.row, [problem]) for person, problem in parted.taken]
        report.rows += len(outcomes)
        report.accepted += len(parted.fresh)
        report.duplicates += parted.duplicates
        report.reject(refused, job.columns, rejects_file, job.most_kept)
        if job.checkpoint:
            size = rejects_file.on_disk() if rejects_file else 0
            job.checkpoint(None if job.is_dry else session, report, percent, size)
