"""`flask aftersales import …`: bring work orders, vehicles and files in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, TextIO

import click
from flask.cli import with_appcontext

from aftersales.importing.running import import_file
from core import tenants
from core.runtime import runtime
from customers.importing import Report
from customers.importing.command import Asked, carry_out, takes_file


@click.group("import")
def import_group() -> None:
    """Work orders, vehicles and files from CSV or XLSX. Rows that stay out are written beside FILE, to NAME.rejected.csv."""


@import_group.command("orders")
@takes_file
@with_appcontext
def import_orders(**given: Any) -> None:
    """Enter the work orders in FILE; those that are there go on to what their row says."""
    _import("orders", Asked(**given))


@import_group.command("vehicles")
@takes_file
@with_appcontext
def import_vehicles(**given: Any) -> None:
    """Enter the vehicles in FILE; of those that are there, set what their row says."""
    _import("vehicles", Asked(**given))


@import_group.command("files")
@takes_file
@with_appcontext
def import_files(**given: Any) -> None:
    """Open the files of the intakes in FILE, and complete those whose row says what the next contact is about and when."""
    _import("files", Asked(**given))


def _import(what: str, asked: Asked) -> None:
    tenant = tenants.asked(runtime().database, asked.slug)

    def work(stream: BinaryIO, rejects: Callable[[], TextIO] | None) -> Report:
        return import_file(
            runtime().database,
            tenant,
            stream,
            what,
            who=f"import:{asked.file.name}"[:60],
            mapping=asked.mapping,
            region=asked.region,
            sheet=asked.sheet,
            dry_run=asked.dry_run,
            rejects=rejects,
        )

    carry_out(asked, work)
