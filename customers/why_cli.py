"""`flask customers why`: why somebody may or may not be contacted."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from core import clock, tenants
from core.db import MAX_ID
from core.runtime import runtime
from customers.contact_policy import EMERGENCY, Allowed, Check, Held
from customers.models import CHANNELS, PURPOSES
from customers.outside import advice
from customers.why import Answer, why

MARKS = {True: "yes", False: "NO", None: "-"}


@click.command("why")
@click.argument("customer", type=click.IntRange(1, MAX_ID))
@click.option("--channel", type=click.Choice(CHANNELS), required=True)
@click.option("--purpose", type=click.Choice([*PURPOSES, EMERGENCY]), required=True)
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="Local time of the company; now if left out."
)
@click.option("--campaign", type=click.IntRange(1, MAX_ID), help="Count what was tried in this campaign.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--tenant", "slug", help="The company, if there are several.")
@with_appcontext
def why_command(
    customer: int,
    channel: str,
    purpose: str,
    at: datetime | None,
    campaign: int | None,
    as_json: bool,
    slug: str | None,
) -> None:
    """
    Why CUSTOMER (the number in the address bar) may or may not be contacted.

    Every rule in the order in which it is asked, with the figure it went by. Exits 0 if contact is allowed.
    """
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        zone = ZoneInfo(tenant.zone)
        moment = at.replace(tzinfo=zone) if at else clock.now()
        name = f"campaign:{campaign}" if campaign else ""
        answer = why(session, tenant, customer, channel, purpose, moment, name)
    if as_json:
        click.echo(json.dumps(_told(answer), ensure_ascii=False))
    else:
        click.echo(f"{answer.address or 'no number'}: {_said(answer, zone)}")
        for check in answer.checks:
            click.echo(_line(check, answer, zone))
    sys.exit(0 if isinstance(answer.decision, Allowed) else 1)


def _told(answer: Answer) -> dict[str, object]:
    decision = answer.decision
    return {
        "decision": type(decision).__name__.lower(),
        "rule": "" if isinstance(decision, Allowed) else decision.rule,
        "value": "" if isinstance(decision, Allowed) else decision.value,
        "until": decision.until.isoformat() if isinstance(decision, Held) else None,
        "address": answer.address,
        "zones": answer.zones,
        "profile": answer.profile,
        "checks": [
            {**asdict(check), "until": check.until and check.until.isoformat()} for check in answer.checks
        ],
    }


def _said(answer: Answer, zone: ZoneInfo) -> str:
    decision = answer.decision
    if isinstance(decision, Allowed):
        return "allowed"
    why_not = f"by {decision.rule} ({advice(decision.value)})"
    if isinstance(decision, Held):
        return f"held until {_times(decision.until, answer, zone)} {why_not}"
    return f"blocked {why_not}"


def _times(until: datetime, answer: Answer, zone: ZoneInfo) -> str:
    """In the company's zone, and in the customer's if that is another."""
    shown = f"{until.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
    theirs = answer.zones[0] if answer.zones else zone.key
    if theirs == zone.key:
        return shown
    return f"{shown}, {until.astimezone(ZoneInfo(theirs)):%Y-%m-%d %H:%M} {theirs},"


def _line(check: Check, answer: Answer, zone: ZoneInfo) -> str:
    until = f", until {_times(check.until, answer, zone)}".rstrip(",") if check.until else ""
    return f"  {MARKS[check.passed]:<4} {check.rule:<14} {advice(check.value)}{until}".rstrip()
