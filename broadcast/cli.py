"""`flask campaigns …`: everything staff do with campaigns, from a terminal or a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from broadcast import campaigns, launching, limits, queries
from broadcast.certificate import certificate as certificate_of
from broadcast.models import UNDER_WAY, Campaign, Rehearsal
from broadcast.rehearsal import running as rehearsing
from broadcast.rehearsal.figures import lines as forecast_lines
from core import clock, tenants
from core.db import ScopedSession
from core.errors import CarillonError, Conflict
from core.runtime import runtime
from outbound import doubts

WHO = "command line"
LIFTED_BY = {"stopped": "go", "restored": "reconcile-restore"}
# a rehearsal of a long list says how far it is, and not more often than one can read
TELL_EVERY_S = 2.0
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object and nothing else.")
of_tenant = click.option(
    "--tenant", "slug", help="Whose campaigns; needed only where there are several tenants."
)


def _braked(session: ScopedSession, campaign: Campaign) -> str:
    """What to add to what was just done while everything is stopped."""
    hold = queries.hold_on(session, campaign.tenant_id)
    if hold is None or campaign.state not in UNDER_WAY:
        return ""
    since = f"{hold.reason} by {hold.who}, {hold.at:%Y-%m-%d %H:%M} UTC"
    return (
        f" But nothing leaves: all sending is held ({since}) until: flask outbound {LIFTED_BY[hold.reason]}"
    )


def _show(found: dict[str, Any], is_json: bool, line: str) -> None:
    click.echo(json.dumps(found, ensure_ascii=False) if is_json else line)


@click.group("campaigns")
def campaigns_group() -> None:
    """Broadcasts by voice, SMS and fax."""


@campaigns_group.command("create")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@of_tenant
@as_json
@with_appcontext
def create(path: Path, slug: str | None, as_json: bool) -> None:
    """Make a draft from the YAML document FILE."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(
            f"{path.name} is no UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None
    with tenants.working(runtime().database, slug) as (session, tenant):
        campaign = campaigns.create(session, tenant, text, WHO, path.parent)
        found = {"id": campaign.id, "name": campaign.name, "state": campaign.state}
    _show(
        found,
        as_json,
        f"Campaign {campaign.id} {campaign.name!r} is a draft; launch it with: flask campaigns launch {campaign.id}",
    )


@campaigns_group.command("list")
@of_tenant
@as_json
@with_appcontext
def list_(slug: str | None, as_json: bool) -> None:
    """Every campaign."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        rows = queries.campaigns(session)
    found = {"campaigns": [{"id": row.id, "name": row.name, "state": row.state} for row in rows]}
    lines = [
        f"{row.id:5}  {row.state:10} {'+'.join(row.channels):6} {row.ended:7,} of {row.targeted:7,}  {row.name}"
        for row in rows
    ]
    _show(found, as_json, "\n".join(lines) or "There are no campaigns.")


def _act(verb: str, help_: str) -> click.Command:
    @click.argument("campaign_id", metavar="ID", type=int)
    @of_tenant
    @as_json
    @with_appcontext
    def act(campaign_id: int, slug: str | None, as_json: bool) -> None:
        with tenants.working(runtime().database, slug) as (session, _):
            campaign = campaigns.get(session, campaign_id)
            getattr(campaigns, verb)(session, campaign, WHO)
            found = {"id": campaign.id, "name": campaign.name, "state": campaign.state}
            braked = _braked(session, campaign) if verb == "resume" else ""
        _show(found, as_json, f"Campaign {campaign.id} {campaign.name!r} is {campaign.state}.{braked}")

    return click.command(verb, help=help_)(act)


for _verb, _help in {
    "pause": "Let nothing more leave until it is resumed.",
    "resume": "Go on.",
    "cancel": "Give up everything that has not left yet, for good.",
}.items():
    campaigns_group.add_command(_act(_verb, _help))


@campaigns_group.command("hours")
@click.argument("campaign_id", metavar="ID", type=int)
@click.argument("hours", required=False, default="")
@of_tenant
@with_appcontext
def hours(campaign_id: int, hours: str, slug: str | None) -> None:
    """Send only within HOURS, such as 10:00-17:00 where the customer is; without, within the law's. Also while it runs."""
    with tenants.working(runtime().database, slug) as (session, _):
        limits.set_hours(session, campaigns.get(session, campaign_id), hours, WHO)
    click.echo(
        f"Campaign {campaign_id} sends {f'within {hours}' if hours else 'within the hours of the law'}."
    )


@campaigns_group.command("budget")
@click.argument("campaign_id", metavar="ID", type=int)
@click.argument("amount")
@of_tenant
@with_appcontext
def budget(campaign_id: int, amount: str, slug: str | None) -> None:
    """Change the budget of a campaign that has one to AMOUNT. One that paused because it was used up goes on by `campaigns resume`."""
    with tenants.working(runtime().database, slug) as (session, _):
        most = limits.set_budget(session, campaigns.get(session, campaign_id), amount, WHO)
    click.echo(f"Campaign {campaign_id} may cost {most:f}.")


@campaigns_group.command("unknown")
@click.argument("campaign_id", metavar="ID", type=int)
@of_tenant
@as_json
@with_appcontext
def unknown(campaign_id: int, slug: str | None, as_json: bool) -> None:
    """Attempts nobody knows the end of: neither the carrier's lists nor its receipts tell."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        campaign = campaigns.get(session, campaign_id)
        rows = doubts.unsettled(session, f"campaign:{campaign.id}")
    found = [{"attempt": one.id, "to": one.address, "at": one.started_at.isoformat()} for one in rows]
    lines = [f"{one.id:8}  {one.address:16} {one.started_at:%Y-%m-%d %H:%M} UTC" for one in rows]
    _show({"unknown": found}, as_json, "\n".join(lines) or "Nothing is unknown.")


@campaigns_group.command("settle")
@click.argument("attempt_id", metavar="ATTEMPT", type=int)
@click.argument("decision", type=click.Choice(list(doubts.DECISIONS)))
@of_tenant
@with_appcontext
def settle(attempt_id: int, decision: str, slug: str | None) -> None:
    """Say of an unknown ATTEMPT that it was `sent`, or `not_sent`: then it is sent again."""
    with tenants.working(runtime().database, slug) as (session, _):
        doubts.decide(session, attempt_id, decision, WHO)
    click.echo(f"Attempt {attempt_id}: {doubts.DECISIONS[decision]}.")


@campaigns_group.command("launch")
@click.argument("campaign_id", metavar="ID", type=int)
@click.option("--despite-double", "override", default="", metavar="REASON", help="Why to launch a double.")
@of_tenant
@as_json
@with_appcontext
def launch(campaign_id: int, override: str, slug: str | None, as_json: bool) -> None:
    """Check carriers and every recipient's content, then send; or, above the company's limit, ask a second person."""
    with tenants.working(runtime().database, slug, read_only=True) as (_, tenant):
        ready = launching.ready(runtime(), tenant.id, campaign_id)
    with tenants.working(runtime().database, slug) as (session, _):
        campaign = campaigns.get(session, campaign_id)
        launching.launch(session, campaign, ready, WHO, override)
        found = {"id": campaign.id, "name": campaign.name, "state": campaign.state}
        braked = _braked(session, campaign)
    needs = "; another person must approve it in the console" if campaign.state == "waiting" else ""
    _show(found, as_json, f"Campaign {campaign.id} {campaign.name!r} is {campaign.state}{needs}.{braked}")


@campaigns_group.command("forecast")
@click.argument("campaign_id", metavar="ID", type=int)
@click.option("--exact", is_flag=True, help="Play every recipient, however long it takes.")
@of_tenant
@as_json
@with_appcontext
def forecast(campaign_id: int, exact: bool, slug: str | None, as_json: bool) -> None:
    """What a launch now would bring: finish, cost, sends by hour and zone, who is left over. Nothing is sent."""
    with tenants.working(runtime().database, slug) as (session, _):
        asked = rehearsing.ask(session, campaigns.get(session, campaign_id), WHO)
        taken = rehearsing.take(session, Rehearsal.id == asked.id)
    try:
        if taken is None:
            raise Conflict("rehearsal_running", "this rehearsal is being played already")
        found = rehearsing.carry_out(runtime(), taken, _progress(), is_exact=exact)
    except CarillonError as error:
        raise click.ClickException(error.message) from None
    _show(found, as_json, "\n".join(forecast_lines(found)))


def _progress() -> Callable[[int], None]:
    """Tells on stderr what percentage of a rehearsal is done; stdout is for what it found."""
    click.echo("Rehearsing on a copy; nothing is sent.", err=True)
    told_at = clock.monotonic()

    def tell(percent: int) -> None:
        nonlocal told_at
        if clock.monotonic() - told_at >= TELL_EVERY_S:
            told_at = clock.monotonic()
            click.echo(f"{percent} % rehearsed", err=True)

    return tell


@campaigns_group.command("status")
@click.argument("campaign_id", metavar="ID", type=int)
@of_tenant
@as_json
@with_appcontext
def status(campaign_id: int, slug: str | None, as_json: bool) -> None:
    """How a campaign stands."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        found = queries.progress(session, campaigns.get(session, campaign_id))
    numbers = {
        name: getattr(found, name)
        for name in ("id", "name", "state", "targeted", "ended", "reached", "waiting", "in_flight", "unknown")
    }
    numbers |= {"failed": dict(found.failed), "blocked": dict(found.blocked), "held": dict(found.held)}
    if hold := found.hold:
        numbers["hold"] = {"reason": hold.reason, "who": hold.who, "at": hold.at.isoformat()}
    _show(numbers, as_json, "\n".join(f"{name}: {value}" for name, value in numbers.items()))


@campaigns_group.command("certificate")
@click.argument("campaign_id", metavar="ID", type=int)
@of_tenant
@as_json
@with_appcontext
def certificate(campaign_id: int, slug: str | None, as_json: bool) -> None:
    """The proof of how a campaign went."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, _):
        found = certificate_of(session, campaigns.get(session, campaign_id))
    plain = {name: value for name, value in found.items() if name != "abandonment"}
    lines = [f"{name}: {value}" for name, value in plain.items()]
    lines += [
        "abandoned from {since} to {until}: {abandoned} of {live_answered} who answered".format(**period)
        for period in found["abandonment"]
    ]
    _show(found, as_json, "\n".join(lines))


COMMANDS = (campaigns_group,)
