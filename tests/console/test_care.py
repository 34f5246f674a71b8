"""Follow-ups, call records and cases on screen: who sees what, what the forms do, what a mistake is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales import calls, cases, follow_ups
from aftersales.calls import Heard
from aftersales.models import CallRecord, Case, CaseEvent, FollowUp
from core.db import ALL_TENANTS, ScopedSession
from core.models import Staff, Tenant
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

TODAY = NOW.date()


@dataclass
class Desk:
    """A company with a call overdue, one for today, one for next week, all of its agent, and a complaint."""

    app: Flask
    company: Company
    overdue: int
    today: int
    coming: int
    case_id: int
    number: str

    def row(self, model: type[Any], row_id: int) -> Any:
        with self.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return session.get_one(model, row_id)

    def records(self) -> list[CallRecord]:
        with self.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return list(session.scalars(select(CallRecord).order_by(CallRecord.id)))

    def staff_id(self, role: str) -> int:
        with self.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return session.scalars(select(Staff.id).where(Staff.email == self.company.email(role))).one()


def promised(session: ScopedSession, company: Company, owner_id: int, key: str, days: int) -> int:
    day = TODAY + timedelta(days=days)
    return follow_ups.promise(
        session, company.tenant_id, key, step=key, customer_id=company.customer_id, earliest_on=day, due_on=day,
        topic=f"about {key}", owner_id=owner_id,
    ).id  # fmt: skip


def opened(app: Flask, company: Company) -> Desk:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        owner = session.scalars(select(Staff.id).where(Staff.email == company.email("after_sales"))).one()
        ids = [
            promised(session, company, owner, key, days)
            for key, days in [("second", -3), ("first", 0), ("recheck", 7)]
        ]
        case = cases.open_case(
            session, session.get_one(Tenant, company.tenant_id), "record:9",
            kind="complaint", who="ann", text="The brakes squeal.", customer_id=company.customer_id,
        )  # fmt: skip
        return Desk(app, company, *ids, case.id, case.number)


@pytest.fixture
def desk(app: Flask, ours: Company) -> Desk:
    return opened(app, ours)


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    return signed_in("after_sales")


@pytest.mark.parametrize(
    ("role", "query", "there"),
    [
        pytest.param("after_sales", "", {"First call", "Second call"}, id="mine for today, late ones, too"),
        pytest.param("after_sales", "?show=overdue", {"Second call"}, id="overdue"),
        pytest.param("after_sales", "?show=coming", {"Check again"}, id="coming"),
        pytest.param("after_sales", "?show=done", set(), id="none made"),
        pytest.param("supervisor", "", {"First call", "Second call"}, id="a supervisor sees everybody's"),
        pytest.param("supervisor", "?whose=mine", set(), id="and none of his own"),
        pytest.param("auditor", "?show=%07&page=-7&whose=x", {"First call", "Second call"}, id="nonsense"),
        pytest.param("auditor", "?page=99999999999999999999", set(), id="a page far off"),
    ],
)
def test_calls_are_listed(signed_in: SignIn, desk: Desk, role: str, query: str, there: set[str]) -> None:
    page = signed_in(role).get(f"/follow-ups{query}")

    assert page.status_code == 200
    assert {
        step for step in ("First call", "Second call", "Check again") if f">{step}</a>" in page.text
    } == there


def test_today_tells_an_agent_whom_to_call(agent: FlaskClient, desk: Desk) -> None:
    said = words(agent.get("/today").text)

    assert "My calls for today 2" in said
    assert "Calls overdue 1 Late" in said
    assert "Cases in hand 1" in said
    assert said.index("Second call") < said.index("First call")


def test_a_call_is_put_on_record_and_done_by_it(agent: FlaskClient, desk: Desk) -> None:
    path = f"/follow-ups/{desk.today}"
    assert "How has it been running" in agent.get(path).text
    sent = {
        "outcome": "reached", "points": "Runs well; wants winter tyres.", "demand": "wish", "reply": "pending",
        "satisfaction": "5", "blocks": ["usage", "offers"], "next_on": str(TODAY + timedelta(days=3)),
    }  # fmt: skip
    assert send(agent, f"{path}/record", sent).status_code == 303

    made = desk.row(FollowUp, desk.today)
    assert (made.state, made.is_on_time, made.blocks) == ("done", True, ["usage", "offers"])
    [record] = desk.records()
    assert (record.direction, record.satisfaction, record.follow_up_id) == ("out", 5, desk.today)
    assert "Call agreed on" in agent.get("/follow-ups?show=coming").text
    assert "Wish" in words(agent.get("/cases").text)
    assert send(agent, f"{path}/record", sent).status_code == 409
    assert len(desk.records()) == 1


def test_nobody_answered_so_the_call_stays_and_counts_a_try(agent: FlaskClient, desk: Desk) -> None:
    assert send(agent, f"/follow-ups/{desk.today}/record", {"outcome": "no_answer"}).status_code == 303

    made = desk.row(FollowUp, desk.today)
    assert (made.state, made.tries) == ("open", 1)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param({"outcome": "reached"}, "Write down what was said", id="nothing noted"),
        pytest.param({"outcome": "slept"}, "Choose how the call ended", id="no outcome"),
        pytest.param(
            {"outcome": "busy", "satisfaction": "6"}, "Choose a score from 1 to 5", id="a score of 6"
        ),
        pytest.param(
            {"outcome": "busy", "satisfaction": "٣"}, "Choose a score from 1 to 5", id="another digit"
        ),
        pytest.param({"outcome": "busy", "next_on": "soon"}, "Enter a day, such as", id="no day"),
        pytest.param({"outcome": "busy", "next_on": "2020-01-01"}, "not past", id="a day past"),
        pytest.param(
            {"outcome": "busy", "blocks": "jokes"}, "is no part of a script; choose one of", id="no block"
        ),
        pytest.param(
            {"outcome": "busy", "demand": "complaint"}, "Say whether it was answered", id="no reply"
        ),
        pytest.param({"outcome": "busy", "points": "\0"}, "Remove the NUL character", id="no text"),
        pytest.param({"outcome": "busy", "points": "x" * 2001}, "Shorten this to", id="too much"),
    ],
)
def test_a_mistake_in_a_record_is_told(
    agent: FlaskClient, desk: Desk, data: dict[str, str], told: str
) -> None:
    answer = send(agent, f"/follow-ups/{desk.today}/record", data)

    assert answer.status_code in (400, 422)
    assert told in words(answer.text)
    assert not desk.records()


def test_the_customer_names_a_time(agent: FlaskClient, desk: Desk) -> None:
    path = f"/follow-ups/{desk.today}"
    soon = (NOW + timedelta(days=1)).strftime("%Y-%m-%dT18:30")
    assert send(agent, f"{path}/plan", {"planned_at": soon}).status_code == 303
    assert "Wants to be called" in words(agent.get(path).text)
    assert send(agent, f"{path}/plan", {"planned_at": "2020-01-01T10:00"}).status_code == 400


def test_only_a_supervisor_gives_calls_to_somebody_or_gives_them_up(
    agent: FlaskClient, signed_in: SignIn, desk: Desk
) -> None:
    to = {"id": [str(desk.today), str(desk.coming)], "owner_id": str(desk.staff_id("supervisor"))}
    assert send(agent, "/follow-ups/assign", to).status_code == 403
    assert send(agent, f"/follow-ups/{desk.today}/cancel", {"reason": "sold"}).status_code == 403

    boss = signed_in("supervisor")
    assert send(boss, "/follow-ups/assign", to).status_code == 303
    assert desk.row(FollowUp, desk.coming).owner_id == desk.staff_id("supervisor")
    assert send(boss, f"/follow-ups/{desk.today}/cancel", {"reason": " "}).status_code == 400
    assert send(boss, f"/follow-ups/{desk.today}/cancel", {"reason": "Sold the car."}).status_code == 303
    assert desk.row(FollowUp, desk.today).state == "cancelled"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param({"owner_id": "1"}, "Tick at least one call", id="none ticked"),
        pytest.param({"id": "x", "owner_id": "1"}, "Tick at least one call", id="no number"),
        pytest.param(
            {"id": "1", "owner_id": "99999999999999999999"}, "Choose a member of staff", id="nobody"
        ),
        pytest.param({"id": "999999", "owner_id": "1"}, "There is no follow-up 999999", id="no such call"),
    ],
)
def test_a_mistake_in_assigning_is_told(
    signed_in: SignIn, desk: Desk, data: dict[str, str], told: str
) -> None:
    answer = send(signed_in("supervisor"), "/follow-ups/assign", data)

    assert answer.status_code in (400, 404)
    assert told in words(answer.text)


def test_a_call_nobody_planned_is_on_record(agent: FlaskClient, desk: Desk) -> None:
    path = f"/customers/{desk.company.customer_id}/call"
    assert "The customer called us" in words(agent.get(path).text)
    sent = {"direction": "in", "outcome": "reached", "points": "Asked for the hours.", "demand": "none"}
    assert send(agent, path, sent).status_code == 303
    assert send(agent, path, {**sent, "direction": "sideways"}).status_code == 422

    [record] = desk.records()
    assert (record.direction, record.points) == ("in", "Asked for the hours.")
    assert "Asked for the hours." in agent.get(f"/customers/{desk.company.customer_id}").text


def test_a_case_goes_from_solved_to_told_to_closed(agent: FlaskClient, desk: Desk) -> None:
    path = f"/cases/{desk.case_id}"
    assert send(agent, f"{path}/close").status_code == 400
    assert send(agent, f"{path}/note", {"text": "Asked the workshop."}).status_code == 303
    assert send(agent, f"{path}/solve", {"text": "New pads, free."}).status_code == 303
    assert send(agent, f"{path}/solve", {"text": "Again."}).status_code == 409
    assert send(agent, f"{path}/tell").status_code == 303
    assert send(agent, f"{path}/reopen", {"text": "Squeals still."}).status_code == 303
    assert send(agent, f"{path}/hand_over", {"department": "workshop"}).status_code == 303
    assert send(agent, f"{path}/solve", {"text": "New discs."}).status_code == 303
    assert send(agent, f"{path}/tell").status_code == 303
    assert send(agent, f"{path}/close").status_code == 303

    case = desk.row(Case, desk.case_id)
    assert (case.state, case.outcome, case.department) == ("closed", "satisfied", "workshop")
    said = words(agent.get(path).text)
    for shown in ("Asked the workshop.", "New pads, free.", "Squeals still.", "Workshop", "Satisfied"):
        assert shown in said
    assert desk.number in words(agent.get("/cases?state=closed").text)


def test_a_supervisor_closes_with_a_reason_an_agent_does_not(
    agent: FlaskClient, signed_in: SignIn, desk: Desk
) -> None:
    path = f"/cases/{desk.case_id}/override"
    assert send(agent, path, {"text": "Moved away."}).status_code == 403
    boss = signed_in("supervisor")
    assert send(boss, path, {"text": ""}).status_code == 400
    assert send(boss, path, {"text": "Moved away."}).status_code == 303
    assert desk.row(Case, desk.case_id).outcome == "overridden"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("number={number}", 303, id="its number"),
        pytest.param("number=12345678", 200, id="nobody's number"),
        pytest.param("number=%EF%BC%91", 200, id="another digit"),
        pytest.param("state=lost&department=none&page=x", 200, id="nonsense"),
        pytest.param("department=%00", 400, id="no text"),
        pytest.param("whose=mine", 200, id="mine"),
    ],
)
def test_a_case_is_found(agent: FlaskClient, desk: Desk, query: str, status: int) -> None:
    assert agent.get(f"/cases?{query.format(number=desk.number)}").status_code == status


@pytest.mark.parametrize("act", ["solve", "reopen", "note"])
def test_text_that_is_none_changes_no_case(agent: FlaskClient, desk: Desk, act: str) -> None:
    for text in ("", " ", "\0", "x" * 2001):
        assert send(agent, f"/cases/{desk.case_id}/{act}", {"text": text}).status_code in (400, 409)

    with desk.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.scalars(select(CaseEvent.what)).all() == ["opened"]


def test_another_company_s_calls_and_cases_are_not_there(
    app: Flask, agent: FlaskClient, theirs: Company
) -> None:
    foreign = opened(app, theirs)

    for path in (f"/follow-ups/{foreign.today}", f"/cases/{foreign.case_id}"):
        assert agent.get(path).status_code == 404
    assert send(agent, f"/follow-ups/{foreign.today}/record", {"outcome": "busy"}).status_code == 404
    assert send(agent, f"/cases/{foreign.case_id}/solve", {"text": "Done."}).status_code == 404
    for page in ("/follow-ups?whose=all", "/cases", f"/cases?number={foreign.number}"):
        assert "about first" not in agent.get(page).text
        assert "The brakes squeal." not in agent.get(page).text


def test_a_call_somebody_took_waits_for_its_note(agent: FlaskClient, signed_in: SignIn, desk: Desk) -> None:
    owner, tenant_id, whom = desk.staff_id("after_sales"), desk.company.tenant_id, desk.company.customer_id
    with desk.app.extensions["carillon"].database.session(tenant_id) as session:
        for call_id in ("CA1", "CA2"):
            calls.heard(session, [Heard(tenant_id, call_id, "in", NOW, whom, "+8613800000000")])
        calls.taken(session, Heard(tenant_id, "CA1", "in", NOW, whom, "+8613800000000"), owner)
    waiting = desk.records()[0].id

    assert "Calls to note 1" in words(agent.get("/today").text), "the other one a line answered by itself"
    assert f'href="/calls-to-note/{waiting}"' in agent.get("/calls-to-note").text
    assert "Every call is noted" in signed_in("supervisor").get("/calls-to-note").text
    assert f'href="/calls-to-note/{waiting}"' in signed_in("supervisor").get("/calls-to-note?whose=all").text
    empty = send(agent, f"/calls-to-note/{waiting}", {"points": " "})
    assert (empty.status_code, "Write down what was said" in words(empty.text)) == (422, True)
    sent = {"points": "Wants winter tyres.", "demand": "wish", "reply": "pending"}
    assert send(agent, f"/calls-to-note/{waiting}", sent).status_code == 303

    noted = desk.records()[0]
    assert (noted.points, noted.outcome, noted.agent_id, noted.noted_at) == (
        sent["points"],
        "reached",
        owner,
        NOW,
    )
    assert "Wish" in words(agent.get("/cases").text)
    assert "Every call is noted" in agent.get("/calls-to-note").text


def test_another_company_s_calls_are_not_noted(
    app: Flask, agent: FlaskClient, desk: Desk, theirs: Company
) -> None:
    with app.extensions["carillon"].database.session(theirs.tenant_id) as session:
        heard = Heard(theirs.tenant_id, "CA9", "in", NOW, None, "+8613800000000")
        calls.taken(session, heard, session.scalars(select(Staff.id).where(Staff.tenant_id == theirs.tenant_id)).first() or 0)  # fmt: skip
        record_id = session.scalars(select(CallRecord.id)).one()

    assert agent.get(f"/calls-to-note/{record_id}").status_code == 404
    assert send(agent, f"/calls-to-note/{record_id}", {"points": "x"}).status_code == 404
