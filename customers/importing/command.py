"""What every `import FILE` command takes, and how it tells what became of the file: one JSON object, or words."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar

import click

from core.errors import CarillonError
from core.phone import regions
from customers.importing.problems import Rejection
from customers.importing.report import Report

Command = TypeVar("Command", bound=Callable[..., None])

GUESSED = ("gb18030", "cp1252")  # see customers/importing/reading.py


@dataclass(frozen=True)
class Asked:
    """A file to import: *mapping* is heading → field, *region* how its numbers are dialled, *slug* whose it is."""

    file: Path
    mapping: dict[str, str]
    region: str | None
    sheet: str
    dry_run: bool
    as_json: bool
    slug: str | None


# rows that stay out are written to what the second opens; None in a dry run
Work = Callable[[BinaryIO, Callable[[], TextIO] | None], Report]


def _mapping(_context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        column, _, field = pair.rpartition("=")
        if not column or not field:
            raise click.BadParameter(f"{pair!r}: write column=field, such as --map 手机=mobile")
        mapping[column] = field
    return mapping


def _region(_context: click.Context, _option: click.Parameter, region: str | None) -> str | None:
    if region is not None and region.upper() not in regions():
        raise click.BadParameter(f"{region!r} is no country; enter two letters such as US or CN")
    return region.upper() if region else None


FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
PARTS = (
    click.argument("file", type=FILE),
    click.option(
        "--map",
        "mapping",
        multiple=True,
        callback=_mapping,
        metavar="COLUMN=FIELD",
        help="Take a column for a field; - for none.",
    ),
    click.option(
        "--region",
        callback=_region,
        help="Country whose way of writing numbers the file follows, such as US.",
    ),
    click.option("--sheet", default="", help="Of a workbook, the sheet that is not the first."),
    click.option("--dry-run", is_flag=True, help="Tell what would happen and change nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    click.option("--tenant", "slug", help="The company, if there are several."),
)


def takes_file(command: Command) -> Command:
    """The arguments of an import command; together they make an `Asked`."""
    for part in reversed(PARTS):
        command = part(command)
    return command


def carry_out(asked: Asked, work: Work) -> None:
    """Have *work* import the file, tell what became of it, and exit: 0 if every row went in, 1 if not, 2 for wrong use."""
    rejects = asked.file.with_name(f"{asked.file.stem}.rejected.csv")
    with ExitStack() as stack:

        def open_rejects() -> TextIO:
            return stack.enter_context(rejects.open("w", encoding="utf-8-sig", newline=""))

        try:
            report = work(stack.enter_context(asked.file.open("rb")), None if asked.dry_run else open_rejects)
        except CarillonError as error:
            if error.code == "bad_map":
                raise click.UsageError(error.message) from None
            report = Report("", "", (), rejected=[Rejection(1, "", "", error.code, error.message)])
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    _tell(report, None if asked.dry_run or not report.rows else rejects, asked.as_json)
    sys.exit(1 if report.rejected else 0)


def _tell(report: Report, rejects: Path | None, as_json: bool) -> None:
    for heading in report.left_out:
        click.echo(f"not imported: column {heading} is no field we know; take it with --map", err=True)
    if as_json:
        rejected = [asdict(rejection) for rejection in report.rejected]
        counts = {"rows": report.rows, "accepted": report.accepted, "duplicates": report.duplicates}
        click.echo(json.dumps({**counts, "rejected": rejected}, ensure_ascii=False))
        return
    click.echo(
        f"{report.rows:,} rows: {report.accepted:,} accepted, {report.duplicates:,} duplicates, "
        f"{len(report.rejected):,} rejected"
    )
    if report.encoding in GUESSED:
        click.echo(
            f"read as {report.encoding}; if names look wrong, save the file as UTF-8 and import it again",
            err=True,
        )
    for rejection in report.rejected:
        where = f"line {rejection.line}" + (f", {rejection.column}" if rejection.column else "")
        value = f" ({rejection.value})" if rejection.value else ""
        click.echo(f"{where}{value}: {rejection.reason}", err=True)
    if report.rejected and rejects:
        click.echo(f"mend the rejected rows in {rejects} and import that file", err=True)
