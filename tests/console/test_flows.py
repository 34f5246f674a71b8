"""Call flows on screen: versions, what is found, publishing, where callers go, and the simulator."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.db import ALL_TENANTS
from core.models import AuditEntry, Tenant
from customers.models import Suppression
from flows import golden, publish
from flows.golden import Example
from flows.language.lint import Rules
from flows.models import FlowVersion
from ivr import announcements, numbers
from ivr.models import Call, CallStep
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

HOTLINE = publish.library("hotline")
HASH = publish.loaded(HOTLINE).hash
REWORDED = HOTLINE.replace("Nobody is at the desk at this hour.", "We are closed.")
UNFIT = HOTLINE.replace("next: welcome\n", "next: welcome\n  attic:\n    kind: hangup\n", 1)


@pytest.fixture(autouse=True)
def hotline(app: Flask, ours: Company) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        publish.publish(session, ours.tenant_id, HOTLINE, Rules(), NOW)


def keep(app: Flask, ours: Company) -> None:
    """A golden call at night."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        at_night = Example(
            ("2", "0", "12"), datetime.fromisoformat("2026-11-25T22:00"), variables={"company": "Acme"}
        )
        golden.keep(session, tenant, publish.loaded(HOTLINE), "at night", at_night, "ann", NOW)


def states(app: Flask) -> dict[str, str]:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return {one.hash: one.state for one in session.scalars(select(FlowVersion))}


def test_a_supervisor_changes_a_flow_and_goes_back(app: Flask, signed_in: SignIn, ours: Company) -> None:
    client = signed_in("supervisor")
    assert "hotline" in words(client.get("/flows").text)

    kept = send(client, "/flows/hotline", {"document": REWORDED})

    assert kept.status_code == 303
    page = words(client.get(kept.headers["Location"]).text)
    assert "We are closed." in page, "what differs"
    assert "Publish this version" in page
    assert send(client, f"{kept.headers['Location']}/publish", {}).status_code == 303
    assert states(app) == {HASH: "retired", publish.loaded(REWORDED).hash: "published"}
    assert "Go back to this version" in words(client.get(f"/flows/hotline/{HASH}").text)
    assert send(client, f"/flows/hotline/{HASH}/publish", {}).status_code == 303
    assert states(app)[HASH] == "published"
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        mine = (AuditEntry.action == "publish_flow", AuditEntry.who == ours.email("supervisor"))
        assert len(session.scalars(select(AuditEntry).where(*mine)).all()) == 2


def test_what_golden_calls_would_hear_is_shown_and_must_be_accepted(
    app: Flask, signed_in: SignIn, ours: Company
) -> None:
    keep(app, ours)
    client = signed_in("supervisor")
    page = send(client, "/flows/hotline", {"document": REWORDED}).headers["Location"]

    shown = words(client.get(page).text)
    refused = send(client, f"{page}/publish", {})

    assert "Golden calls that would be heard otherwise" in shown
    assert "at night" in shown
    assert refused.status_code == 409
    assert "confirm that it is meant" in words(refused.text)
    assert send(client, f"{page}/publish", {"accept": "on"}).status_code == 303


def test_what_is_found_names_the_way_there_and_keeps_it_from_being_published(signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    page = send(client, "/flows/hotline", {"document": UNFIT}).headers["Location"]

    shown = words(client.get(page).text)

    assert "no path leads here" in shown.lower()
    assert "Mend the errors first" in shown
    assert send(client, f"{page}/publish", {}).status_code == 400


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param("", "There is a problem", id="nothing"),
        pytest.param("name: [", "line 1", id="no YAML"),
        pytest.param("name: x\nnodes: {}", "add", id="no flow"),
        pytest.param("name: \x00", "", id="no text"),
    ],
)
def test_a_document_that_does_not_load_is_told_line_by_line(
    signed_in: SignIn, document: str, told: str
) -> None:
    refused = send(signed_in("supervisor"), "/flows/hotline", {"document": document})

    assert refused.status_code in (400, 422)
    assert told in words(refused.text)


@pytest.mark.parametrize(
    "path", ["/flows/nobody", "/flows/hotline/0000000000000000", "/flows/survey/" + HASH]
)
def test_what_there_is_not_is_not_found(signed_in: SignIn, path: str) -> None:
    assert signed_in("supervisor").get(path).status_code == 404


def test_where_callers_go_is_counted(app: Flask, signed_in: SignIn, ours: Company) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        session.add(
            Call(
                tenant_id=ours.tenant_id, carrier_id="CA1", direction="in", caller="+1", called="+1", flow=HASH,
                flow_name="hotline", started_at=NOW - timedelta(hours=1), reason="hung_up", state="live",
            )
        )  # fmt: skip
        session.add(
            CallStep(
                tenant_id=ours.tenant_id,
                carrier_id="CA1",
                turn=0,
                position=0,
                node="language",
                kind="language",
                at=NOW,
            )
        )

    page = words(signed_in("auditor").get("/flows/hotline?days=1").text)

    assert "Where callers go" in page
    assert "1 call of version" in page


def state_of(page: str) -> str:
    found = re.search(r'name="state" value="([^"]+)"', page)
    assert found
    return found[1]


def play(client: FlaskClient, **answers: Any) -> str:
    page = send(
        client, f"/flows/hotline/{HASH}/play", {"at": "2026-11-25T10:00", "lang": "en", "var_company": "Acme"}
    ).text
    for answer in answers.get("keys", ()):
        page = send(client, f"/flows/hotline/{HASH}/play", {"state": state_of(page), **answer}).text
    return page


def test_the_simulator_plays_a_call_to_its_end(signed_in: SignIn) -> None:
    client = signed_in("marketing")
    assert "Nobody is rung and nothing is sent" in words(client.get(f"/flows/hotline/{HASH}/play").text)

    first = play(client)
    complaint = play(client, keys=[{"answer": "4"}, {"answer": "1"}, {"answer": "12"}, {"answer": "1"}])

    assert "Welcome to Acme." in words(first)
    assert "Case noted" in words(complaint)
    assert "The call is over: Message left" in words(complaint)
    assert 'name="state"' not in complaint


def test_what_is_typed_is_an_answer(signed_in: SignIn) -> None:
    keys = [{"answer": "2"}, {"answer": "1"}, {"answer": "typed", "typed": "4711"}]

    assert "You entered 4 7 1 1" in words(play(signed_in("supervisor"), keys=keys)) or "4711" in words(
        play(signed_in("supervisor"), keys=keys)
    )


@pytest.mark.parametrize("state", ["", "forged", "eyJ2ZXJzaW9uIjogIjEifQ.x"])
def test_a_state_we_did_not_sign_begins_anew(signed_in: SignIn, state: str) -> None:
    page = send(signed_in("supervisor"), f"/flows/hotline/{HASH}/play", {"state": state, "answer": "4"})

    assert page.status_code == 200
    assert "您好，中文请按1" in words(page.text).replace(" ", "")


def test_a_call_of_the_simulator_leaves_nothing(app: Flask, signed_in: SignIn) -> None:
    def rows() -> list[int]:
        with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return [len(session.scalars(select(model)).all()) for model in (Call, CallStep, Suppression)]

    before = rows()
    play(signed_in("supervisor"), keys=[{"answer": "3"}, {"answer": "3"}])

    assert rows() == before


def test_a_call_of_the_simulator_is_kept_and_publishing_plays_it_again(
    app: Flask, signed_in: SignIn, ours: Company
) -> None:
    client = signed_in("supervisor")
    night = {"at": "2026-11-25T22:00", "lang": "en", "var_company": "Acme"}
    page = send(client, f"/flows/hotline/{HASH}/play", night).text
    page = send(client, f"/flows/hotline/{HASH}/play", {"state": state_of(page), "answer": "0"}).text
    path, state = f"/flows/hotline/{HASH}/golden", {"state": state_of(page)}

    unnamed = send(client, path, {**state, "label": " "})
    kept = send(client, path, {**state, "label": "at night"})
    again = send(client, path, {**state, "label": "at night"})

    assert (unnamed.status_code, kept.status_code, again.status_code) == (400, 303, 409)
    assert "Enter a label" in words(unnamed.text)
    assert "Nobody is at the desk" in words(again.text), "what was heard is still there"
    assert "Golden calls Call When Answers of the caller By Change at night" in words(
        client.get("/flows/hotline").text
    )
    draft = send(client, "/flows/hotline", {"document": REWORDED}).headers["Location"]
    shown = words(client.get(draft).text)
    assert "Golden calls that would be heard otherwise" in shown
    assert "- Nobody is at the desk at this hour." in shown
    assert send(client, f"{draft}/publish", {}).status_code == 409

    assert send(client, "/flows/hotline/forget", {"label": "at night"}).status_code == 303
    assert "Golden calls that would be heard otherwise" not in words(client.get(draft).text)
    assert send(client, "/flows/hotline/forget", {"label": "at night"}).status_code == 404


def test_who_only_reads_keeps_no_golden_call(signed_in: SignIn) -> None:
    page = play(signed_in("marketing"), keys=[{"answer": "4"}])

    assert "golden" not in page


@pytest.fixture
def answered(app: Flask, ours: Company) -> str:
    """A number the hotline answers, with an announcement on Thanksgiving."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        number = numbers.answer(session, tenant, "+18005550177", "hotline").address
        begins = datetime.fromisoformat("2026-11-26T00:00").replace(tzinfo=ZoneInfo(tenant.zone))
        texts = {"en": "Main Street is closed.", "zh": "主街封闭。"}
        announcements.announce(session, tenant, texts, begins, begins + timedelta(days=1), "ann")
    return number


@pytest.mark.parametrize(
    ("at", "heard", "not_heard"),
    [
        pytest.param("2026-11-25T10:00", "we are connecting you", "Main Street", id="at the desk's hours"),
        pytest.param("2026-11-25T22:00", "Nobody is at the desk at this hour.", "Main Street", id="at night"),
        pytest.param("2026-11-26T10:00", "Main Street is closed.", "Nobody is at", id="announced"),
    ],
)
def test_what_a_caller_hears_at_a_day_and_time(
    signed_in: SignIn, answered: str, at: str, heard: str, not_heard: str
) -> None:
    client = signed_in("after_sales")
    assert "What does a caller hear at …?" in words(client.get("/flows").text)

    page = client.get("/hearing", query_string={"number": answered, "at": at, "keys": "2,0"})

    assert page.status_code == 200
    assert heard in words(page.text)
    assert not_heard not in words(page.text)
    assert "The call is over" in words(page.text)
    assert 'value="2,0"' in page.text, "what was asked is still there"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({"at": "noon"}, "Enter a day and a time", id="no time"),
        pytest.param({"number": "+18005550999"}, "is no number of the hotline", id="a number of nobody's"),
        pytest.param({"number": "12"}, "12", id="no number at all"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_by_field(
    signed_in: SignIn, answered: str, asked: dict[str, str], told: str
) -> None:
    noon = {"number": answered, "at": "2026-11-25T12:00"}
    page = signed_in("supervisor").get("/hearing", query_string={**noon, **asked})

    assert page.status_code == 400
    assert told in words(page.text)
