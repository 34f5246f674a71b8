"""`flask aftersales …`: what a department decides about the promises it keeps."""

from __future__ import annotations

import click

from aftersales import settings
from aftersales.appointments_cli import appointments_group
from aftersales.events_cli import events_group
from aftersales.extra_work_cli import extra_work_group
from aftersales.importing.cli import import_group
from aftersales.letters_cli import letters_group
from aftersales.people_cli import absences_group, assign
from aftersales.slots_cli import slots_group
from aftersales.workshop.cli import of_tenant, workshop_key_group
from core import settings_cli


@click.group("aftersales")
def aftersales_group() -> None:
    """Work orders, follow-ups and cases."""


aftersales_group.add_command(
    settings_cli.commands(
        settings.KEPT,
        of_tenant,
        "How days are counted, the plan of follow-ups, departments.",
        "The after-sales settings of {tenant} stand.",
    )
)
aftersales_group.add_command(workshop_key_group)
aftersales_group.add_command(import_group)
aftersales_group.add_command(absences_group)
aftersales_group.add_command(assign)
aftersales_group.add_command(letters_group)
aftersales_group.add_command(events_group)
aftersales_group.add_command(extra_work_group)
aftersales_group.add_command(slots_group)
aftersales_group.add_command(appointments_group)
COMMANDS = (aftersales_group,)
