"""Golden calls: kept as they are heard, played again at every publishing, and what would change is shown first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import create_app
from core import clock
from core.config import Config
from core.db import Database, ScopedSession
from core.errors import CarillonError
from core.models import Tenant
from flows import golden, publish
from flows.golden import ChangedCalls, Example
from flows.language.lint import Rules
from flows.language.load import load
from flows.models import FlowVersion

AT = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
CLOSED = datetime.fromisoformat("2026-12-24T20:00")
HOTLINE = publish.library("hotline")
REWORDED = HOTLINE.replace("Nobody is at the desk at this hour.", "We are closed.")
NIGHT = Example(("2", "0", "12"), CLOSED, variables={"company": "Acme"})
DAY = Example(("2", "1", "1", "4711", "1", "123"), AT)


@pytest.fixture
def session(fresh_url: str) -> Iterator[ScopedSession]:
    database = Database(fresh_url)
    with database.session("all") as everybody:
        everybody.add_all(
            Tenant(id=number, slug=f"t{number}", name="T", zone="America/New_York", created_at=AT)
            for number in (1, 2)
        )
    with database.session(1) as session:
        yield session
    database.close()


def keep(
    session: ScopedSession, label: str = "at night", example: Example = NIGHT, document: str = HOTLINE
) -> None:
    golden.keep(session, session.get_one(Tenant, 1), load(document), label, example, "ann", AT)


def test_what_is_heard_is_kept_as_it_was_heard(session: ScopedSession) -> None:
    keep(session)

    (kept,) = golden.of_flow(session, 1, "hotline")
    assert "  Nobody is at the desk at this hour." in kept.heard
    assert kept.heard[-2:] == ["  We have your message. Goodbye.", "ended: message_taken"]
    assert kept.at == datetime(2026, 12, 25, 1, 0, tzinfo=UTC), "eight in the evening by the company's clocks"


def test_publishing_shows_what_would_be_heard_otherwise_and_changes_nothing(session: ScopedSession) -> None:
    keep(session)
    keep(session, "a repair", DAY)
    before = publish.publish(session, 1, HOTLINE, Rules(), AT)

    with pytest.raises(ChangedCalls) as caught:
        publish.publish(session, 1, REWORDED, Rules(), AT)

    assert [change.label for change in caught.value.changes] == ["at night"]
    told = caught.value.message
    assert "-  Nobody is at the desk at this hour." in told
    assert "+  We are closed." in told
    assert publish.published(session, 1, "hotline") is before


def test_accepted_changes_are_right_from_then_on(session: ScopedSession) -> None:
    keep(session)

    version = publish.publish(session, 1, REWORDED, Rules(), AT, accept_changes=True)

    assert (version.state, golden.changes(session, session.get_one(Tenant, 1), load(REWORDED))) == (
        "published",
        [],
    )
    with pytest.raises(ChangedCalls):
        publish.publish(session, 1, HOTLINE, Rules(), AT)


def test_a_flow_that_no_longer_has_the_way_shows_that_too(session: ScopedSession) -> None:
    keep(session)
    longer = HOTLINE.replace("    next: message_case\n", "    next: message_bye\n")

    changed = golden.changes(session, session.get_one(Tenant, 1), load(longer))

    assert any(line.startswith("-  Thank you. We will call you back.") for line in changed[0].lines)


def test_other_flows_and_other_companies_are_not_asked(session: ScopedSession) -> None:
    keep(session)

    publish.publish(session, 1, publish.library("survey"), Rules(), AT)
    assert golden.of_flow(session, 2) == []


@pytest.mark.parametrize(
    ("label", "code"),
    [
        pytest.param("", "bad_label", id="no label"),
        pytest.param("x" * 81, "bad_label", id="an endless label"),
        pytest.param("a\nb\x1b[31m", "bad_label", id="two lines and an escape"),
        pytest.param("at night", "label_taken", id="a label there is already"),
        pytest.param("a\x00b", "bad_text", id="a NUL"),
    ],
)
def test_a_label_tells_one_call_from_another(session: ScopedSession, label: str, code: str) -> None:
    keep(session)

    with pytest.raises(CarillonError) as caught:
        keep(session, label)

    assert caught.value.code == code


@pytest.fixture
def runner(fresh_url: str, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    app: Flask = create_app(Config(database_url=fresh_url, state_dir=tmp_path / "state"))
    clock.freeze(AT)
    runtime = app.extensions["carillon"]
    with runtime.database.session("all") as session:
        session.add(Tenant(id=1, slug="t1", name="T", zone="America/New_York", created_at=AT))
    yield app.test_cli_runner()
    clock.freeze(None)
    runtime.spool.close()
    runtime.database.close()


def test_all_of_it_by_command(runner: FlaskCliRunner, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(HOTLINE, encoding="utf-8")
    new.write_text(REWORDED, encoding="utf-8")

    def run(*words: str, code: int = 0) -> str:
        result = runner.invoke(args=["flows", *words])
        assert result.exit_code == code, result.output
        return result.output

    assert "Nobody is at the desk" in run(
        "golden", "add", str(old), "--label", "night", "--keys", "2,0,9", "--at", "2026-12-24T20:00"
    )
    assert "night" in run("golden", "list")
    for wrong, said in (
        (("--lang", "fr"), "this flow speaks zh, en, not fr"),
        (("--var", "colour=red"), "this flow has no variable colour"),
        (("--refuse", "weather=x"), "no flow asks for weather"),
    ):
        assert said in run("golden", "add", str(old), "--label", "odd", "--keys", "2", *wrong, code=1)
    run("publish", str(old))
    assert "+  We are closed." in run("publish", str(new), code=1)
    assert '-    text: {en: "Nobody is at the desk' in run("diff", "hotline", str(new))
    run("publish", str(new), "--accept-changes")
    first, second = load(HOTLINE).hash, load(REWORDED).hash
    assert [line.split()[:2] for line in run("versions", "hotline").splitlines()] == [
        [second, "published"],
        [first, "retired"],
    ]
    assert "--accept-changes" in run("back", first, code=1)
    run("back", first, "--accept-changes")
    assert run("versions", "hotline").splitlines()[1].split()[1] == "published"
    run("golden", "remove", "hotline", "night")
    assert run("golden", "remove", "hotline", "night", code=1)
    assert run("golden", "list") == ""
    assert run("golden", "add", str(old), "--label", "x", "--keys", "1", "--var", "nonsense", code=2)
    assert run("diff", "hotline", "0000000000000000", code=1)


def test_going_back_keeps_one_version_published(session: ScopedSession) -> None:
    first = publish.publish(session, 1, HOTLINE, Rules(), AT)
    second = publish.publish(session, 1, REWORDED, Rules(), AT)

    publish.publish(session, 1, publish.by_hash(session, 1, first.hash).document, Rules(), AT)

    states = {one.hash: one.state for one in session.query(FlowVersion)}
    assert states == {first.hash: "published", second.hash: "retired"}
