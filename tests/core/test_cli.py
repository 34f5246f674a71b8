"""Commands end with a sentence, never with a traceback, whatever lies where the database should be."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import click
import pytest

from app import create_app
from core import db
from core.config import Config
from core.errors import ConfigError
from core.runtime import Runtime

PLACES = {
    "nothing yet": ("new.db", "run: flask db upgrade"),
    "no folder": ("nowhere/carillon.db", "the database does not answer"),
    "a folder": ("folder", "the database does not answer"),
    "no database": ("list.csv", "the database does not answer"),
}


@pytest.mark.parametrize(
    "line",
    [
        "check",
        "worker",
        "tenants add lakeside --name Lakeside",
        "staff add a@b.example --name A --role auditor --password 'seven bells at noon'",
        "senders list",
        "flows publish flows/library/hotline.yaml",
        "ivr answer +18005550100",
        "customers import list.csv --json",
        "campaigns list --json",
        "campaigns launch 1",
    ],
)
@pytest.mark.parametrize(("place", "says"), PLACES.values(), ids=PLACES)
def test_without_a_usable_database_a_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, place: str, says: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "list.csv").write_text("name,mobile\nAnn,+14155550101\n" * 40)
    (tmp_path / "flows").symlink_to(Path(__file__).parents[2] / "flows")
    monkeypatch.chdir(tmp_path)
    app = create_app(Config(database_url=f"sqlite:///{tmp_path / place}", state_dir=tmp_path / "state"))

    found = app.test_cli_runner().invoke(args=shlex.split(line))

    runtime: Runtime = app.extensions["carillon"]
    runtime.spool.close()
    runtime.database.close()
    assert isinstance(found.exception, SystemExit)
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.splitlines()[-1].startswith("Error: ")
    assert says in found.stderr


def test_while_others_write_a_command_says_that_the_database_is_busy(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 20)
    app = create_app(Config(database_url=sqlite_url, state_dir=tmp_path / "state"), carriers={})
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        found = app.test_cli_runner().invoke(args=["tenants", "add", "lakeside", "--name", "Lakeside"])

    runtime: Runtime = app.extensions["carillon"]
    runtime.spool.close()
    runtime.database.close()
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == "Error: the database is busy; try again in a moment\n"


def test_a_state_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(ConfigError, match=r"STATE_DIR: .*state is no folder to write in"):
        create_app(Config(database_url=f"sqlite:///{tmp_path / 'x.db'}", state_dir=tmp_path / "state"))


def _takes_tenant(command: click.Command) -> bool:
    return any("--tenant" in option.opts for option in command.params)


def _commands(
    group: click.Group, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))
        elif _takes_tenant(command):
            yield (*words, name), command


JUNE = date(2026, 6, 1)
GIVEN = {"path": str(Path(__file__)), "file": str(Path(__file__)), "float": "1"}


def _given(command: click.Command) -> list[str]:
    """Something well-formed for all that *command* must be told."""
    words: list[str] = []
    for parameter in command.params:
        if not parameter.required and not isinstance(parameter, click.Argument):
            continue
        kind = parameter.type
        word = kind.choices[0] if isinstance(kind, click.Choice) else GIVEN.get(kind.name, "1")
        if isinstance(kind, click.DateTime):
            word = JUNE.strftime(kind.formats[0])
        words += [str(word)] if isinstance(parameter, click.Argument) else [parameter.opts[0], str(word)]
    return words


def test_an_unknown_tenant_ends_every_command_alike(tmp_path: Path, sqlite_url: str) -> None:
    app = create_app(Config(database_url=sqlite_url, state_dir=tmp_path / "state"), carriers={})
    found = dict(_commands(app.cli))
    assert len(found) > 20

    told = {}
    for words, command in found.items():
        asked = [*words, *_given(command), "--tenant", "nobody"]
        result = app.test_cli_runner().invoke(args=asked, input="seven bells at noon\n" * 2)
        told[words] = (result.exit_code, result.stderr.strip().splitlines()[-1][:33])
    assert {
        words: said for words, said in told.items() if said != (1, "Error: there is no tenant 'nobody'"[:33])
    } == {}
