"""`flask customers …`: bring customers in from a file. Its other commands are in why_cli.py and lists/cli.py."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click
from flask.cli import AppGroup

from core import clock, tenants
from core.errors import CarillonError
from core.phone import regions
from core.runtime import runtime
from customers.importing import Rejection, Report, import_customers
from customers.lists.cli import do_not_call_group, reassigned_group
from customers.why_cli import why_command

customers_group = AppGroup("customers", help="The customer file.")


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


@customers_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_mapping,
    metavar="COLUMN=FIELD",
    help="Take a column for a field; - for none.",
)
@click.option(
    "--region", callback=_region, help="Country whose way of writing numbers the file follows, such as US."
)
@click.option("--sheet", default="", help="Of a workbook, the sheet that is not the first.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--tenant", "slug", help="The company, if there are several.")
def import_command(
    file: Path,
    mapping: dict[str, str],
    region: str | None,
    sheet: str,
    dry_run: bool,
    as_json: bool,
    slug: str | None,
) -> None:
    """Import customers from FILE (CSV or XLSX). Rows that stay out are written beside it, to NAME.rejected.csv."""
    database = runtime().database
    tenant = tenants.asked(database, slug)
    rejects = file.with_name(f"{file.stem}.rejected.csv")
    with ExitStack() as stack:

        def open_rejects() -> TextIO:
            return stack.enter_context(rejects.open("w", encoding="utf-8-sig", newline=""))

        try:
            report = import_customers(
                database,
                tenant,
                stack.enter_context(file.open("rb")),
                at=clock.now(),
                mapping=mapping,
                region=region,
                sheet=sheet,
                dry_run=dry_run,
                rejects=None if dry_run else open_rejects,
                source=f"import:{file.name}"[:120],
            )
        except CarillonError as error:
            if error.code == "bad_map":
                raise click.UsageError(error.message) from None
            report = Report("", "", (), rejected=[Rejection(1, "", "", error.code, error.message)])
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    _tell(report, None if dry_run or not report.rows else rejects, as_json)
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
        f"{report.rows} rows: {report.accepted} accepted, {report.duplicates} duplicates, {len(report.rejected)} rejected"
    )
    for rejection in report.rejected:
        where = f"line {rejection.line}" + (f", {rejection.column}" if rejection.column else "")
        value = f" ({rejection.value})" if rejection.value else ""
        click.echo(f"{where}{value}: {rejection.reason}", err=True)
    if report.rejected and rejects:
        click.echo(f"mend the rejected rows in {rejects} and import that file", err=True)


customers_group.add_command(why_command)
customers_group.add_command(do_not_call_group)
customers_group.add_command(reassigned_group)
COMMANDS = (customers_group,)
