"""`flask customers …`: bring customers in from a file. Its other commands are in why_cli.py and lists/cli.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, TextIO

from flask.cli import AppGroup

from core import clock, tenants
from core.runtime import runtime
from customers.importing import Report, import_customers
from customers.importing.command import Asked, carry_out, takes_file
from customers.lists.cli import do_not_call_group, reassigned_group
from customers.why_cli import why_command

customers_group = AppGroup("customers", help="The customer file.")


@customers_group.command("import")
@takes_file
def import_command(**given: Any) -> None:
    """Import customers from FILE (CSV or XLSX). Rows that stay out are written beside it, to NAME.rejected.csv."""
    asked = Asked(**given)
    tenant = tenants.asked(runtime().database, asked.slug)

    def work(stream: BinaryIO, rejects: Callable[[], TextIO] | None) -> Report:
        return import_customers(
            runtime().database,
            tenant,
            stream,
            at=clock.now(),
            mapping=asked.mapping,
            region=asked.region,
            sheet=asked.sheet,
            dry_run=asked.dry_run,
            rejects=rejects,
            source=f"import:{asked.file.name}"[:120],
        )

    carry_out(asked, work)


customers_group.add_command(why_command)
customers_group.add_command(do_not_call_group)
customers_group.add_command(reassigned_group)
COMMANDS = (customers_group,)
