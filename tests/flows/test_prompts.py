"""Prompts: told by their content, kept for each language, missed by lint where one is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from core.db import Database, ScopedSession
from core.errors import NotFound, WrongFields
from core.models import AuditEntry, Tenant
from flows import prompts, publish
from flows.language.finding import Unfit
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.prompts import Given
from tests.flows.samples import document

AT = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
PLAYS = document("  it: {kind: play, audio: {en: jingle, zh: jingle}, next: bye}", "person: agent")


def wav(coding: int = 1, rate: int = 8000, body: bytes = b"\0" * 16) -> bytes:
    """A recording with that coding and rate."""
    form = coding.to_bytes(2, "little") + b"\1\0" + rate.to_bytes(4, "little") + b"\0" * 8
    return b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + form + b"data\x10\0\0\0" + body


MP3 = b"\xff\xfb\x90\x64" + b"\0" * 40
GOOD = Given("greeting_en", "en", wav())


@pytest.fixture
def session(fresh_url: str) -> Iterator[ScopedSession]:
    database = Database(fresh_url)
    with database.session("all") as everybody:
        everybody.add_all(
            Tenant(id=number, slug=f"t{number}", name="T", zone="UTC", created_at=AT) for number in (1, 2)
        )
    with database.session(1) as session:
        yield session
    database.close()


def keep(session: ScopedSession, given: Given) -> Any:
    return prompts.keep(session, 1, given, "ann", AT)


@pytest.mark.parametrize(
    ("audio", "found"),
    [
        pytest.param(wav(), "audio/wav", id="PCM"),
        pytest.param(wav(7), "audio/wav", id="mu-law"),
        pytest.param(wav(6, 48_000), "audio/wav", id="A-law"),
        pytest.param(wav(3), None, id="floating point"),
        pytest.param(wav(rate=96_000), None, id="a rate no carrier takes"),
        pytest.param(wav()[:20], None, id="cut off"),
        pytest.param(b"RIFF\0\0\0\0AVI LIST", None, id="a film"),
        pytest.param(MP3, "audio/mpeg", id="MP3"),
        pytest.param(b"ID3\3\0" + b"\0" * 20, "audio/mpeg", id="MP3 with a title"),
        pytest.param(b"\xff\xd8\xff\xe0JFIF", None, id="a picture"),
        pytest.param(b"<html>", None, id="a page"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_recording_is_told_by_its_content(audio: bytes, found: str | None) -> None:
    assert prompts.media_type(audio) == found


@pytest.mark.storage
def test_a_prompt_is_kept_replaced_and_removed(session: ScopedSession) -> None:
    first = keep(session, GOOD)
    again = keep(session, replace(GOOD, audio=b"", text=" Welcome. "))

    assert first.id == again.id
    assert (again.media_type, again.text) == ("", "Welcome.")
    assert prompts.known(session, 1) == {("greeting_en", "en")}
    assert prompts.known(session, 2) == frozenset()
    prompts.remove(session, 1, again.id, "ann")
    assert prompts.listed(session, 1) == []
    assert [one.action for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
        "keep_prompt", "keep_prompt", "remove_prompt",
    ]  # fmt: skip


@pytest.mark.parametrize("prompt_id", [0, -1, 99, 10**30])
def test_what_there_is_not_is_not_found(session: ScopedSession, prompt_id: int) -> None:
    with pytest.raises(NotFound):
        prompts.get(session, 1, prompt_id)


def test_another_tenants_is_not_found(session: ScopedSession) -> None:
    kept = keep(session, GOOD)

    with pytest.raises(NotFound):
        prompts.remove(session, 2, kept.id, "eve")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        pytest.param({"name": "Greeting 1"}, "name", "bad_name", id="a name flows cannot write"),
        pytest.param({"name": "../../etc"}, "name", "bad_name", id="a path"),
        pytest.param({"name": "x" * 65}, "name", "bad_name", id="an endless name"),
        pytest.param({"language": "English"}, "language", "bad_language", id="no language"),
        pytest.param({"audio": b"GIF89a"}, "audio", "not_audio", id="no recording"),
        pytest.param({"audio": wav(body=b"\0" * 5_000_000)}, "audio", "too_large", id="an hour of music"),
        pytest.param({"audio": b"", "text": "  "}, "audio", "nothing_given", id="neither"),
        pytest.param({"text": "x" * 1001}, "text", "text_too_long", id="an endless text"),
        pytest.param({"text": "\x00"}, "text", "bad_text", id="no text"),
    ],
)
def test_what_cannot_be_kept_is_told_by_field(
    session: ScopedSession, change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(WrongFields) as caught:
        keep(session, replace(GOOD, **change))

    assert [(fault.field, fault.code) for fault in caught.value.faults] == [(field, code)]
    assert prompts.listed(session, 1) == []


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        pytest.param(None, [], id="nobody knows"),
        pytest.param(frozenset({("jingle", "en"), ("jingle", "zh")}), [], id="both"),
        pytest.param(frozenset({("jingle", "en")}), ["jingle in zh"], id="one language"),
        pytest.param(frozenset(), ["jingle in en", "jingle in zh"], id="none"),
    ],
)
def test_a_prompt_must_be_there_in_every_language(
    there: frozenset[tuple[str, str]] | None, missing: list[str]
) -> None:
    found = lint(load(PLAYS), Rules(prompts=there))

    assert [
        one.message.partition("no prompt ")[2].partition(";")[0]
        for one in found
        if one.code == "prompt_missing"
    ] == missing


def test_a_flow_that_would_be_silent_is_not_published(session: ScopedSession) -> None:
    for given in (Given("jingle", "en", MP3), Given("jingle", "zh", text="欢迎。")):
        with pytest.raises(Unfit, match="no prompt jingle"):
            publish.publish(session, 1, PLAYS, Rules(), AT)
        keep(session, given)

    assert publish.publish(session, 1, PLAYS, Rules(), AT).state == "published"
