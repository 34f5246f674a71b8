"""`flask flows check` and `flask flows play`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from core import clock, tenants
from core.commands import pairs_in, text_of
from core.errors import CarillonError, Invalid
from core.runtime import runtime
from core.sentences import Sentence
from flows.golden import CALLED, CALLER, lines
from flows.golden_cli import golden_group
from flows.language.finding import Finding, Unfit
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.language.turn import Facts
from flows.playing import check, play
from flows.prompts_cli import prompts_group
from flows.publish import LIBRARY, publish
from flows.versions_cli import back_command, diff_command, versions_command


@click.group("flows")
def flows_group() -> None:
    """Check call flows and play them through."""


@flows_group.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")
def check_command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check the flows in PATH… (files, or folders of .yaml files), by default those that are shipped."""
    files = [file for path in paths or (LIBRARY,) for file in _files(path)]
    if not files:
        raise click.UsageError("there is no .yaml file in there")
    findings = [(file, finding) for file in files for finding in _check(file)]
    if as_json:
        found = [{**asdict(finding), "file": str(file)} for file, finding in findings]
        click.echo(json.dumps({"flows": len(files), "findings": found}, ensure_ascii=False))
    else:
        for file, finding in findings:
            click.echo(f"{file}: {finding.level}: {finding}")
        click.echo(f"{len(files)} flows, {len(findings)} findings")
    if any(finding.level == "error" for _, finding in findings):
        raise SystemExit(1)


@flows_group.command("publish")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--accept-changes", is_flag=True, help="What golden calls hear now is right from now on.")
@click.option("--tenant", "slug", help="Whose flow; needed only where there are several tenants.")
@with_appcontext
def publish_command(path: Path, accept_changes: bool, slug: str | None) -> None:
    """Prove the flow in FILE sound and let new calls use it. Golden calls that would be heard otherwise are shown first."""
    with tenants.working(runtime().database, slug) as (session, tenant):
        rules, now = Rules(), clock.now()
        version = publish(session, tenant.id, text_of(path), rules, now, accept_changes=accept_changes)
    click.echo(f"{version.name!r} is published as {version.hash}.")


@flows_group.command("play")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keys", required=True, help="Answers, comma separated; an empty one is silence: 2,1,,0")
@click.option("--lang", help="The caller's language, if known.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="When, on the company's clock.")
@click.option("--var", "pairs", multiple=True, help="A variable of the flow: name=value.")
@click.option(
    "--refuse",
    "refused",
    multiple=True,
    help="What cannot be had, and why: lookup:work_order=not_found, sms=unavailable",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout and nothing else.")
def play_command(
    file: Path,
    keys: str,
    lang: str | None,
    at: datetime | None,
    pairs: tuple[str, ...],
    refused: tuple[str, ...],
    as_json: bool,
) -> None:
    """
    Play the flow in FILE with a caller who answers KEYS and then hangs up.

    An answer is what is pressed; where a message is recorded, how many seconds of it; where a person is dialled,
    `completed`, `busy` or `no-answer`; where one is waited for, `answered`, `callback` or `overflow`; where the flow listens, what is said. Whatever it looks up is found, with made-up
    values, unless refused.
    """
    now = at.replace(tzinfo=clock.now().tzinfo) if at else clock.now()
    facts = Facts(now, CALLER, CALLED, pairs_in("--var", pairs), lang)
    try:
        flow = load(_read(file), file.stem)
    except CarillonError as error:
        raise click.ClickException(error.message) from error
    refusals = pairs_in("--refuse", refused)
    try:
        check(flow, facts, refusals)
    except Invalid as error:
        raise click.UsageError(error.message) from error
    for name in flow.missing(facts.variables):
        click.echo(f"note: {name} is not given, so nothing is said for it; add --var {name}=…", err=True)
    played = play(flow, keys.split(","), facts, refusals)
    click.echo(json.dumps(played.to_dict(), ensure_ascii=False) if as_json else "\n".join(lines(played)))


def _files(path: Path) -> list[Path]:
    return sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]


def _check(file: Path) -> list[Finding]:
    try:
        return lint(load(_read(file), file.stem), Rules())
    except Unfit as error:
        return list(error.findings)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = Sentence("this is no UTF-8 text (byte {byte}); save it as UTF-8", byte=error.start + 1)
        raise Unfit([Finding(file.stem, "", "error", "not_text", message)]) from error


flows_group.add_command(golden_group)
flows_group.add_command(prompts_group)
flows_group.add_command(versions_command)
flows_group.add_command(diff_command)
flows_group.add_command(back_command)
COMMANDS = (flows_group,)
