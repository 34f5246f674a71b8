"""The import itself: read a batch, find its customers, have it taken in, report. One transaction a batch, bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO, TextIO

from sqlalchemy.orm import Session

from aftersales.importing import fields, files, orders, vehicles
from aftersales.importing.entries import Entry, Taken
from core import audit
from core.db import Database
from core.errors import Fault, Invalid
from core.models import Tenant
from core.sentences import Sentence
from customers.holders import holders
from customers.importing.columns import Columns
from customers.importing.met import Texts
from customers.importing.problems import REASONS, Problem
from customers.importing.reading import seekable
from customers.importing.rejects import RejectsFile
from customers.importing.report import BATCH, MAX_ROWS, Refused, Report
from customers.importing.rows import Row
from customers.importing.tables import opened
from customers.importing.values import ValueReader
from customers.importing.vocabulary import Vocabulary

SAID_TWICE = Sentence("an earlier row of this file says something else of it; keep the one that is right")


@dataclass(frozen=True)
class Kind:
    """
    One kind of file: what it may hold, what no row may leave empty (with what to enter), what each row is about (rows with the same
    key are about the same thing), and what takes a batch in.
    """

    vocabulary: Callable[[Tenant, str], Vocabulary]
    required: Mapping[str, str]
    key: Callable[[Entry], str]
    take: Callable[[Session, Tenant, Sequence[Entry], str], Taken]


KINDS: Mapping[str, Kind] = {
    "orders": Kind(
        fields.orders, {"number": Sentence("enter the number of the work order")}, orders.key, orders.take
    ),
    "vehicles": Kind(fields.vehicles, {}, vehicles.key, vehicles.take),
    "files": Kind(fields.files, {}, files.key, files.take),
}


def import_file(
    database: Database,
    tenant: Tenant,
    stream: BinaryIO,
    what: str,
    *,
    who: str,
    mapping: Mapping[str, str] | None = None,
    region: str | None = None,
    sheet: str = "",
    dry_run: bool = False,
    rejects: Callable[[], TextIO] | None = None,
) -> Report:
    """
    Import the CSV or XLSX in *stream* as *what* (one of KINDS) for *tenant*; the rest is as customers.importing takes and tells it.

    A dry run does the same and takes it back, batch by batch. Raises Invalid if the file as a whole cannot be used.
    """
    kind, copy = KINDS[what], seekable(stream)
    vocabulary = kind.vocabulary(tenant, region or tenant.region)
    try:
        with opened(copy, mapping or {}, vocabulary, sheet) as table, closing(Texts()) as above:
            report = Report(table.encoding, table.separator, table.columns.left_out)
            file = RejectsFile(rejects, table.columns) if rejects else None
            reader = ValueReader(table.columns, vocabulary)
            for batch in _batches(table.rows):
                with database.session(tenant.id) as session:
                    taken, refused = _take(session, tenant, kind, reader, table.columns, batch, above, who)
                    if dry_run:
                        session.rollback()
                report.rows += len(batch)
                report.accepted += taken.accepted
                report.duplicates += taken.duplicates
                report.reject(refused, table.columns, file)
    finally:
        if copy is not stream:
            copy.close()
    if not report.rows:
        raise Invalid("no_rows", REASONS["no_rows"])
    if not dry_run:
        with database.session(tenant.id) as session:
            audit.record(
                session,
                tenant.id,
                who,
                "import",
                what,
                accepted=report.accepted,
                rejected=report.rejections,
            )
    return report


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    read = 0
    while batch := list(islice(rows, BATCH)):
        read += len(batch)
        if read > MAX_ROWS:
            raise Invalid("too_many_rows", REASONS["too_many_rows"])
        yield batch


def _take(
    session: Session,
    tenant: Tenant,
    kind: Kind,
    reader: ValueReader,
    columns: Columns,
    batch: Sequence[Row],
    above: Texts,
    who: str,
) -> tuple[Taken, list[Refused]]:
    """Take in one batch; what became of it, and the rows that stay out."""
    good: list[tuple[Row, dict[str, Any]]] = []
    refused: list[Refused] = []
    for row in batch:
        values, problems = reader.read(row)
        problems += [] if values is None else _left_empty(kind.required, values, columns)
        if values is None or problems:
            refused.append((row, sorted(problems, key=lambda problem: problem.column)))
        else:
            good.append((row, values))
    entries, of_nobody = _find_customers(session, tenant.id, good)
    fresh, again = _part(kind, entries, above)
    taken = kind.take(session, tenant, fresh, who)
    taken.duplicates += again.duplicates
    for entry, faults in [*of_nobody, *again.refused, *taken.refused]:
        refused.append((entry.row, [_problem(columns, entry.row, fault) for fault in faults]))
    return taken, refused


def _left_empty(required: Mapping[str, str], values: Mapping[str, Any], columns: Columns) -> list[Problem]:
    return [
        Problem(columns.fields[field], "missing", "", reason)
        for field, reason in required.items()
        if field not in values
    ]


def _find_customers(
    session: Session, tenant_id: int, good: Sequence[tuple[Row, dict[str, Any]]]
) -> tuple[list[Entry], list[tuple[Entry, Sequence[Fault]]]]:
    """Each row with its customer, in a fixed number of queries, and the rows nobody or several people could be meant by."""
    references = [values.get("reference", "") for _, values in good]
    addresses = [values.get("phone", "") for _, values in good]
    having = holders(session, tenant_id, references, addresses)
    nobody = Taken()
    found: list[Entry] = []
    for (row, values), reference, address in zip(good, references, addresses, strict=True):
        with nobody.refusing(entry := Entry(row, values, 0), "reference" if reference else "phone"):
            found.append(replace(entry, customer_id=having.of(reference, address)))
    return found, nobody.refused


def _part(kind: Kind, entries: Sequence[Entry], above: Texts) -> tuple[list[Entry], Taken]:
    """The first row about each thing; later ones are duplicates, or refused where they say something else."""
    keys = [kind.key(entry) for entry in entries]
    digests = [entry.digest() for entry in entries]
    met = above.among([*keys, *digests])
    fresh: list[Entry] = []
    again = Taken()
    for entry, key, digest in zip(entries, keys, digests, strict=True):
        if key and key in met:
            if digest in met:
                again.duplicates += 1
            else:
                again.refused.append((entry, [Fault("", "said_twice", SAID_TWICE)]))
            continue
        met |= {key, digest}
        fresh.append(entry)
    above.add([*keys, *digests])
    return fresh, again


def _problem(columns: Columns, row: Row, fault: Fault) -> Problem:
    """*fault* as the row shows it: at the cell of its field if there is such a column, else of the row as a whole."""
    column = columns.fields.get(fault.field, -1)
    return Problem(column, fault.code, row.cells[column] if column >= 0 else "", fault.detail)
