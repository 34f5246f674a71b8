"""Commands about the hotline."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from core import clock, settings_cli, tenants
from core.commands import pairs_in
from core.runtime import runtime
from ivr import announcements, hearing, numbers, settings
from ivr.apology import sorry
from ivr.blocking_cli import block_command, blocked_command, unblock_command
from ivr.funnel import funnel
from ivr.leg import number_or_none
from ivr.voices import VOICES

MOMENT = "%Y-%m-%dT%H:%M"


@click.group("ivr")
def ivr_group() -> None:
    """The hotline."""


@ivr_group.command("fallback")
@click.option("--forward-to", default="", help="A number (E.164) to connect callers to after the apology.")
def fallback(forward_to: str) -> None:
    """Print a static TwiML document to host elsewhere, for when this service cannot be reached at all."""
    if forward_to and not number_or_none(forward_to):
        raise click.BadParameter("enter a number like +14155550123", param_hint="--forward-to")
    click.echo(sorry(tuple(VOICES), forward_to))


@ivr_group.command("answer")
@click.argument("number")
@click.option("--flow", default="hotline", show_default=True, help="The published flow that answers.")
@click.option("--forward-to", default="", help="Where calls go that cannot go on.")
@click.option(
    "--var",
    "pairs",
    multiple=True,
    help="What the flow says or dials: name=value; may be given several times.",
)
@click.option("--tenant", "slug", help="Whose number; needed only where there are several tenants.")
@with_appcontext
def answer(number: str, flow: str, forward_to: str, pairs: tuple[str, ...], slug: str | None) -> None:
    """Answer calls to NUMBER."""
    variables = pairs_in("--var", pairs) if pairs else None
    with tenants.working(runtime().database, slug) as (session, tenant):
        found = numbers.answer(session, tenant, number, flow, forward_to, variables)
    click.echo(f"{found.address} is answered by the flow {found.flow!r} within a minute.")


@ivr_group.command("hears")
@click.argument("number")
@click.option("--at", type=click.DateTime([MOMENT]), help="By the company's clocks; now if left out.")
@click.option("--keys", default="", help="Answers, comma separated; then the caller hangs up.")
@click.option("--lang", default="", help="The caller's language, if known.")
@click.option("--tenant", "slug", help="Whose number; needed only where there are several tenants.")
@with_appcontext
def hears(number: str, at: datetime | None, keys: str, lang: str, slug: str | None) -> None:
    """Tell what a caller of NUMBER hears at a day and time, holidays and announcements included."""
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        moment = at.replace(tzinfo=ZoneInfo(tenant.zone)) if at else clock.now()
        answers = keys.split(",") if keys else []
        click.echo("\n".join(hearing.hears(session, tenant, number, moment, answers, lang).lines()))


@ivr_group.command("announce")
@click.option(
    "--text",
    "pairs",
    multiple=True,
    required=True,
    help="What callers hear: en=text; once for each language.",
)
@click.option(
    "--from", "starts_at", type=click.DateTime([MOMENT]), help="By the company's clocks; at once if left out."
)
@click.option(
    "--until", "ends_at", type=click.DateTime([MOMENT]), required=True, help="By the company's clocks."
)
@click.option("--tenant", "slug", help="Whose callers; needed only where there are several tenants.")
@with_appcontext
def announce(pairs: tuple[str, ...], starts_at: datetime | None, ends_at: datetime, slug: str | None) -> None:
    """Say something to every caller before the menu, for a time: an emergency, a recall."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        texts = pairs_in("--text", pairs)
        zone = ZoneInfo(tenant.zone)
        start = starts_at.replace(tzinfo=zone) if starts_at else clock.now()
        added = announcements.announce(
            session, tenant, texts, start, ends_at.replace(tzinfo=zone), "command line"
        )
    click.echo(f"Announcement {added.id} is heard within a minute of its start.")


@ivr_group.command("announcements")
@click.option("--end", "ended", type=int, help="End the announcement of this number now.")
@click.option("--tenant", "slug", help="Whose; needed only where there are several tenants.")
@with_appcontext
def list_announcements(ended: int | None, slug: str | None) -> None:
    """List what callers hear first, or end it."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        if ended is not None:
            announcements.end(session, tenant, ended, "command line")
        for one in announcements.listed(session, tenant.id):
            until = one.ends_at.astimezone(ZoneInfo(tenant.zone))
            state = (
                "over" if one.ends_at <= clock.now() else "on" if one.starts_at <= clock.now() else "later"
            )
            click.echo(f"{one.id}  {state}  until {until:%Y-%m-%d %H:%M}  {' / '.join(one.texts.values())}")


@ivr_group.command("funnel")
@click.argument("flow", default="hotline")
@click.option("--version", "hash_", default="", help="A version's hash; the published one if left out.")
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 3660), help="How many days back."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")
@click.option("--tenant", "slug", help="Whose flow; needed only where there are several tenants.")
@with_appcontext
def funnel_command(flow: str, hash_: str, days: int, as_json: bool, slug: str | None) -> None:
    """Tell where callers go in FLOW: who comes to each node, what is pressed there, who gives up, how long it takes."""
    until = clock.now()
    with tenants.working(runtime().database, slug, read_only=True) as (session, tenant):
        found = funnel(session, tenant.id, flow, hash_, until - timedelta(days=days), until)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    for one in found.nodes:
        told = [f"{one.node} ({one.kind})", str(one.entries)]
        told += [f"{key or 'silence'}: {count}" for key, count in one.answers.items()]
        told += [f"hung up: {one.hang_ups}"] if one.hang_ups else []
        click.echo("  ".join([*told, f"{one.wait_s:g} s"] if one.wait_s else told))
    click.echo(
        f"{found.calls} calls of {found.flow} {found.version}" + ("" if found.is_all else ", the newest")
    )


ivr_group.add_command(
    settings_cli.commands(
        settings.KEPT,
        click.option("--tenant", "slug", help="Whose settings; needed only where there are several tenants."),
        "How many calls are taken at once, and of one caller.",
        "The hotline's settings of {tenant} hold within a minute.",
    )
)
ivr_group.add_command(block_command)
ivr_group.add_command(unblock_command)
ivr_group.add_command(blocked_command)
COMMANDS = (ivr_group,)
