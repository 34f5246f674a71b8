from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from core.db import Database, ScopedSession
from core.errors import Conflict, Invalid, NotFound
from core.models import Tenant
from core.states import move
from flows.language.finding import Unfit
from flows.language.lint import Rules
from flows.models import FlowVersion
from flows.publish import by_hash, library, loaded, publish, published, save_draft

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SURVEY = library("survey")
REWORDED = SURVEY.replace("We will not keep you.", "We will not keep you any longer.")
SILENT = SURVEY.replace("To stop these calls, press 9.", "")
US, THEM = 1, 2


@pytest.fixture
def database(fresh_url: str) -> Iterator[Database]:
    """Two tenants."""
    database = Database(fresh_url)
    with database.session("all") as session:
        session.add_all(
            Tenant(id=number, slug=f"t{number}", name="T", created_at=AT) for number in (US, THEM)
        )
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[ScopedSession]:
    """Our own transaction."""
    with database.session(US) as session:
        yield session


def states(session: ScopedSession) -> dict[str, str]:
    """Hash -> state, of every version in sight."""
    session.expire_all()
    return {one.hash: one.state for one in session.query(FlowVersion)}


def test_a_published_flow_is_found_by_name_and_by_hash(session: ScopedSession) -> None:
    version = publish(session, US, SURVEY, Rules(), AT, note="first")

    assert published(session, US, "survey") is version
    assert by_hash(session, US, version.hash) is version
    assert (version.state, version.published_at, version.note) == ("published", AT, "first")
    assert loaded(version.document).hash == version.hash


def test_publishing_retires_the_one_before_which_calls_in_flight_still_find(session: ScopedSession) -> None:
    first = publish(session, US, SURVEY, Rules(), AT)
    second = publish(session, US, REWORDED, Rules(), LATER)

    assert states(session) == {first.hash: "retired", second.hash: "published"}
    assert published(session, US, "survey").hash == second.hash
    assert by_hash(session, US, first.hash).document == SURVEY


def test_publishing_the_same_wording_again_changes_nothing(session: ScopedSession) -> None:
    first = publish(session, US, SURVEY, Rules(), AT)
    again = publish(session, US, "# a remark\n" + SURVEY, Rules(), LATER)

    assert again is first
    assert (first.published_at, first.document) == (AT, SURVEY)


def test_an_earlier_wording_can_be_published_again(session: ScopedSession) -> None:
    first = publish(session, US, SURVEY, Rules(), AT)
    second = publish(session, US, REWORDED, Rules(), AT)
    back = publish(session, US, SURVEY, Rules(), LATER)

    assert (back.id, back.published_at) == (first.id, LATER)
    assert states(session) == {first.hash: "published", second.hash: "retired"}


def test_a_draft_need_not_be_fit_and_is_not_what_callers_get(session: ScopedSession) -> None:
    draft = save_draft(session, US, SILENT, AT, "for Ann to read")

    assert (draft.state, draft.published_at) == ("draft", None)
    with pytest.raises(NotFound, match="publish one first"):
        published(session, US, "survey")


def test_a_draft_can_be_published(session: ScopedSession) -> None:
    draft = save_draft(session, US, SURVEY, AT)

    assert publish(session, US, SURVEY, Rules(), LATER).id == draft.id


def test_what_lint_finds_refuses_publishing_and_lists_it(session: ScopedSession) -> None:
    publish(session, US, SURVEY, Rules(), AT)

    with pytest.raises(Unfit, match="does not say that 9 stops the calls") as refused:
        publish(session, US, SILENT, Rules(), LATER)

    assert [(one.code, one.node) for one in refused.value.findings] == [("optout_unspoken", "opening")]
    assert published(session, US, "survey").document == SURVEY
    assert len(states(session)) == 1


def test_a_warning_does_not_refuse(session: ScopedSession) -> None:
    wordy = SURVEY.replace(
        "Was the work finished on time?", "Was the work finished on time? " + "And so on. " * 20
    )

    assert publish(session, US, wordy, Rules(), AT).state == "published"


@pytest.mark.parametrize("text", ["nodes: [", "name: \ud800", "name: a\0"])
def test_what_does_not_load_is_kept_nowhere(session: ScopedSession, text: str) -> None:
    with pytest.raises(Invalid):
        save_draft(session, US, text, AT)

    assert states(session) == {}


def test_a_tenant_sees_its_own_flows_only(database: Database) -> None:
    with database.session(THEM) as session:
        theirs = publish(session, THEM, SURVEY, Rules(), AT)
    with database.session(US) as session:
        with pytest.raises(NotFound):
            published(session, US, "survey")
        with pytest.raises(NotFound):
            by_hash(session, US, theirs.hash)
        with pytest.raises(NotFound):
            published(session, THEM, "survey")
        publish(session, US, SURVEY, Rules(), AT)
    with database.session("all") as session:
        assert published(session, THEM, "survey").id == theirs.id
        assert len(list(session.query(FlowVersion))) == 2


def test_one_name_has_one_published_version_whatever_happens(session: ScopedSession) -> None:
    publish(session, US, SURVEY, Rules(), AT)
    draft = save_draft(session, US, REWORDED, AT)

    with pytest.raises(IntegrityError):
        move(session, draft, "published")
    session.rollback()


def test_a_retired_version_is_no_draft_again(session: ScopedSession) -> None:
    version = publish(session, US, SURVEY, Rules(), AT)

    with pytest.raises(Conflict):
        move(session, version, "draft")
