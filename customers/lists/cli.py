"""`flask customers do-not-call …` and `flask customers reassigned …`: lists kept outside, from their files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import click
from flask.cli import AppGroup

from core import clock, tenants
from core.errors import CarillonError
from core.runtime import runtime
from customers.importing import Rejection
from customers.lists import do_not_call, reassigned
from customers.lists.reading import Loaded
from customers.profile import profile_for

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
# a wrong file has as many faults as lines: the first show what is wrong
MAX_TOLD = 100

do_not_call_group = AppGroup("do-not-call", help="Public do-not-call lists.")
reassigned_group = AppGroup("reassigned", help="Answers of the database of reassigned numbers.")
file_argument = click.argument("file", type=FILE)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
tenant_option = click.option("--tenant", "slug", help="The company, if there are several.")


@do_not_call_group.command("import")
@file_argument
@click.option("--region", required=True, help="Whose list it is, such as US, GB or CA.")
@click.option("--add", is_flag=True, help="Add to the list in force instead of taking its place.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the list was fetched; now if left out."
)
@json_option
@tenant_option
def import_list(
    file: Path, region: str, add: bool, as_of: datetime | None, as_json: bool, slug: str | None
) -> None:
    """
    Load FILE, a telephone number a line, as the public do-not-call list of a country.

    It takes the place of the list in force once it is whole; if anything goes wrong before, nothing changes.
    """
    tenant, at = tenants.asked(runtime().database, slug), clock.now()
    since = as_of.replace(tzinfo=ZoneInfo(tenant.zone)) if as_of else at

    def load(stream: BinaryIO, source: str, tell: Callable[[Rejection], None]) -> Loaded:
        return do_not_call.load(
            runtime().database,
            tenant,
            stream,
            region.upper(),
            as_of=since,
            at=at,
            source=source,
            tell=tell,
            add=add,
        )

    _load(file, as_json, load)


@do_not_call_group.command("show")
@tenant_option
def show_lists(slug: str | None) -> None:
    """The lists in force, how old they are and how old they may get."""
    tenant = tenants.asked(runtime().database, slug)
    with runtime().database.reading(tenant.id) as session:
        lists = do_not_call.in_force(session, tenant.id)
    if not lists:
        click.echo("no list is loaded; load one with: flask customers do-not-call import FILE --region US")
    for one in lists:
        age, fresh = (
            (clock.now() - one.as_of).days,
            profile_for(tenant.policy, one.region).do_not_call.fresh_days,
        )
        limit = f"at most {fresh} days" if fresh else "no limit"
        mark = "  TOO OLD: load a new one" if fresh and age >= fresh else ""
        click.echo(
            f"{one.region}  {one.as_of:%Y-%m-%d}  {one.entries:,} numbers  {age} days old, {limit}{mark}"
        )


@reassigned_group.command("import")
@file_argument
@click.option(
    "--region", default="US", show_default=True, help="Country whose way of writing numbers it follows."
)
@json_option
@tenant_option
def import_answers(file: Path, region: str, as_json: bool, slug: str | None) -> None:
    """Take in FILE: a line is telephone number, day (2026-11-02) and answer (yes, no or no data)."""
    tenant = tenants.asked(runtime().database, slug)

    def load(stream: BinaryIO, source: str, tell: Callable[[Rejection], None]) -> Loaded:
        return reassigned.load(
            runtime().database, tenant, stream, region.upper(), at=clock.now(), source=source, tell=tell
        )

    _load(file, as_json, load)


def _load(
    file: Path, as_json: bool, load: Callable[[BinaryIO, str, Callable[[Rejection], None]], Loaded]
) -> None:
    told: list[Rejection] = []

    def tell(rejection: Rejection) -> None:
        if len(told) < MAX_TOLD:
            told.append(rejection)
            click.echo(f"line {rejection.line} ({rejection.value}): {rejection.reason}", err=True)

    try:
        with file.open("rb") as stream:
            loaded = load(stream, f"import:{file.name}"[:120], tell)
    except CarillonError as error:
        raise click.ClickException(error.message) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    if loaded.rejected > len(told):
        click.echo(f"and {loaded.rejected - len(told):,} more lines like these", err=True)
    counts = {
        "lines": loaded.lines,
        "accepted": loaded.accepted,
        "duplicates": loaded.duplicates,
        "rejected": loaded.rejected,
    }
    click.echo(
        json.dumps({**counts, "faults": [asdict(one) for one in told]}, ensure_ascii=False)
        if as_json
        else "{lines:,} lines: {accepted:,} accepted, {duplicates:,} known already, {rejected:,} rejected".format(
            **counts
        )
    )
    sys.exit(1 if loaded.rejected else 0)
