"""Absences on screen, by command and by API; people who leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales import follow_ups
from aftersales.models import Absence, FollowUp
from core import clock
from core.api import keys
from core.db import ALL_TENANTS
from core.models import Staff
from customers.models import Customer
from ivr.models import Voicemail
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

DAY, NEXT = "2026-11-23", "2026-11-24"


def ids(app: Flask, company: Company) -> dict[str, int]:
    """The staff of a company by role; agents are two: Ann is the second."""
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        ann = Staff(
            tenant_id=company.tenant_id, email=f"ann@{company.slug}.example", name="Ann", password="x",
            roles=["after_sales"], created_at=NOW,
        )  # fmt: skip
        session.add(ann)
        session.flush()
        mine = select(Staff).where(Staff.tenant_id == company.tenant_id).order_by(Staff.id)
        found = {each.roles[0]: each.id for each in session.scalars(mine) if each.id != ann.id}
        return {**found, "ann": ann.id}


@pytest.fixture
def people(app: Flask, ours: Company) -> dict[str, int]:
    return ids(app, ours)


@pytest.fixture
def call(app: Flask, ours: Company, people: dict[str, int]) -> int:
    """A call of Ann's that is due today."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        return follow_ups.promise(
            session, ours.tenant_id, "a", step="first", customer_id=ours.customer_id, earliest_on=NOW.date(),
            due_on=NOW.date(), owner_id=people["ann"],
        ).id  # fmt: skip


def entered(client: FlaskClient, staff_id: int, delegate_id: int | str, **more: str) -> int:
    form = {"staff_id": str(staff_id), "delegate_id": str(delegate_id), "first_on": DAY, "last_on": NEXT}
    return send(client, "/absences", {**form, **more}).status_code


def test_the_stand_in_sees_the_call_today_with_both_names(
    signed_in: SignIn, people: dict[str, int], call: int
) -> None:
    agent, supervisor = signed_in("after_sales"), signed_in("supervisor")
    assert "Nobody is to be called today." in agent.get("/today").text

    assert entered(supervisor, people["ann"], people["after_sales"]) == 303

    assert f'id="follow-up-{call}"' in agent.get("/today").text
    assert "Ann stand-in: Li Wei" in words(agent.get("/follow-ups").text)
    assert "Ann stand-in: Li Wei" in words(agent.get(f"/follow-ups/{call}").text)
    assert "Ann Away now" in words(supervisor.get("/absences").text)

    clock.freeze(NOW + timedelta(days=2))
    assert "Nobody is to be called today." in signed_in("after_sales").get("/today").text


def test_the_supervisor_s_day_begins_with_whom_nobody_stands_in_for(
    signed_in: SignIn, people: dict[str, int]
) -> None:
    supervisor = signed_in("supervisor")
    entered(supervisor, people["ann"], "")

    assert "Ann is away and nobody stands in." in words(supervisor.get("/today").text)
    assert "nobody stands in" not in signed_in("after_sales").get("/today").text

    with supervisor.application.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        absence_id = session.scalars(select(Absence.id)).one()
    stood_in = {"delegate_id": str(people["after_sales"])}
    assert send(supervisor, f"/absences/{absence_id}/stand_in", stood_in).status_code == 303
    assert "nobody stands in" not in supervisor.get("/today").text
    assert send(supervisor, f"/absences/{absence_id}/end").status_code == 303
    assert send(supervisor, f"/absences/{absence_id}/end").status_code == 409


@pytest.mark.parametrize(
    ("role", "form", "status", "told"),
    [
        pytest.param("supervisor", {"first_on": "soon"}, 422, "Enter a day, such as", id="no day"),
        pytest.param("supervisor", {"first_at": "25:00"}, 422, "Enter a time, such as 13:30", id="no time"),
        pytest.param("supervisor", {"last_on": "2026-11-22"}, 422, "after the beginning", id="backwards"),
        pytest.param("supervisor", {"last_on": "9999-12-31"}, 422, "within 400 days", id="to the end of days"),
        pytest.param("supervisor", {"first_on": "0001-01-01"}, 422, "within 400 days", id="since antiquity"),
        pytest.param("supervisor", {"staff_id": "9" * 30}, 422, "somebody who works here", id="nobody"),
        pytest.param("supervisor", {"delegate_id": "theirs"}, 422, "somebody who works here", id="of another company"),
        pytest.param("after_sales", {}, 403, "Only a supervisor", id="of somebody else, by an agent"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_beside_the_field(
    app: Flask, signed_in: SignIn, people: dict[str, int], theirs: Company, role: str, form: dict[str, str], status: int, told: str
) -> None:  # fmt: skip
    form = {
        name: str(ids(app, theirs)["ann"]) if value == "theirs" else value for name, value in form.items()
    }
    sent = {"staff_id": str(people["ann"]), "first_on": DAY, "last_on": NEXT, **form}

    answer = send(signed_in(role), "/absences", sent)

    assert answer.status_code == status
    assert told in words(answer.text)


def test_two_who_are_away_do_not_stand_in_for_each_other(signed_in: SignIn, people: dict[str, int]) -> None:
    supervisor = signed_in("supervisor")
    assert entered(supervisor, people["ann"], people["after_sales"]) == 303

    sent = {"staff_id": str(people["after_sales"]), "first_on": DAY, "last_on": DAY}
    both = send(supervisor, "/absences", {**sent, "delegate_id": str(people["ann"])})

    assert both.status_code == 422
    assert "Choose somebody else: Ann is away then, too, with Li Wei standing in" in words(both.text)
    assert send(supervisor, "/absences", sent).status_code == 303


def test_absences_of_another_company_are_not_found(app: Flask, signed_in: SignIn, theirs: Company) -> None:
    with app.extensions["carillon"].database.session(theirs.tenant_id) as session:
        absence = Absence(
            tenant_id=theirs.tenant_id, staff_id=ids(app, theirs)["ann"], starts_at=NOW, ends_at=NOW + timedelta(days=1),
            first_on=NOW.date(), last_on=NOW.date(), created_by="x", created_at=NOW,
        )  # fmt: skip
        session.add(absence)
        session.flush()
        found = absence.id
    for turning in ("end", "stand_in"):
        assert send(signed_in("supervisor"), f"/absences/{found}/{turning}").status_code == 404


def test_one_call_is_given_to_somebody_from_its_page(
    app: Flask, signed_in: SignIn, people: dict[str, int], call: int
) -> None:
    given = {"id": str(call), "owner_id": str(people["after_sales"]), "stay": "1"}

    answer = send(signed_in("supervisor"), "/follow-ups/assign", given)

    assert answer.location == f"/follow-ups/{call}"
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.get_one(FollowUp, call).owner_id == people["after_sales"]


def test_who_leaves_hands_over_first(app: Flask, ours: Company, people: dict[str, int], call: int) -> None:
    runner, ann = app.test_cli_runner(), "ann@north.example"
    database = app.extensions["carillon"].database
    with database.session(ALL_TENANTS) as session:
        session.get_one(Customer, ours.customer_id).agent_id = people["ann"]
        session.get_one(Voicemail, ours.message_id).owner_id = people["ann"]

    def leave(*arguments: str) -> tuple[int, str]:
        done = runner.invoke(args=["staff", "deactivate", *arguments, "--tenant", "north"])
        return done.exit_code, done.output

    code, said = leave(ann)
    assert (code, "1 follow-ups, 1 customers of their own, 1 voice messages" in said) == (1, True)
    assert leave(ann, "--to", ann)[0] == 1, "not to themselves"
    assert leave(ann, "--to", "marketing@north.example")[0] == 1, "not to who makes no calls"
    assert leave(ann, "--to", "after_sales@south.example")[0] == 1, "not to another company"
    assert leave("administrator@north.example")[0] == 1, "not the last who administers"

    assert leave(ann, "--to", "after_sales@north.example")[0] == 0

    with database.reading(ALL_TENANTS) as session:
        heir = people["after_sales"]
        assert session.get_one(FollowUp, call).owner_id == heir
        assert session.get_one(Voicemail, ours.message_id).owner_id == heir
        assert session.get_one(Staff, people["ann"]).is_active is False
    assert leave(ann)[0] == 1


def test_commands_enter_list_and_end_an_absence(
    app: Flask, ours: Company, people: dict[str, int], call: int
) -> None:
    runner = app.test_cli_runner()

    def run(*arguments: str) -> tuple[int, str]:
        done = runner.invoke(args=["aftersales", *arguments, "--tenant", "north"])
        return done.exit_code, done.output

    enter = ("absences", "enter", "ann@north.example", DAY, NEXT)
    assert run(*enter, "--stand-in", "nobody@north.example")[0] == 1
    assert run(*enter, "--from", "12:00", "--stand-in", "after_sales@north.example") == (
        0,
        "Absence 1 is entered.\n",
    )
    assert run("absences", "list") == (0, f"1  Ann  {DAY} to {NEXT}  Li Wei\n")
    assert run("absences", "end", "1")[0] == 0
    assert run("absences", "end", "9")[0] == 1
    assert run("assign", str(call), "--to", "supervisor@north.example")[0] == 0
    assert app.test_cli_runner().invoke(
        args=["staff", "move", "ann@north.example", "--department", "kitchen", "--tenant", "north"]
    ).exit_code == 1  # fmt: skip
    assert app.test_cli_runner().invoke(
        args=["staff", "move", "ann@north.example", "--department", "workshop", "--tenant", "north"]
    ).exit_code == 0  # fmt: skip
    assert run(*enter, "--stand-in", "after_sales@north.example")[0] == 1, "of another department now"
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.get_one(FollowUp, call).owner_id == people["supervisor"]


def test_programs_enter_absences_and_assign(
    app: Flask, ours: Company, people: dict[str, int], call: int
) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tokens = {
            role: keys.add(session, ours.tenant_id, "crm", role, "x")[1]
            for role in ("supervisor", "after_sales")
        }
    client = app.test_client()

    def post(path: str, body: object = None, role: str = "supervisor") -> tuple[int, dict[str, object]]:
        head = {"Authorization": f"Bearer {tokens[role]}"}
        answer = client.post(f"/api/v1{path}", json=body, headers=head)
        return answer.status_code, answer.get_json()

    away = {
        "staff_id": people["ann"],
        "starts_at": "2026-11-23T00:00:00+08:00",
        "ends_at": "2026-11-25T00:00:00+08:00",
    }
    assert post("/absences", away, "after_sales")[0] == 403
    status, told = post("/absences", away)
    assert (status, told["first_on"], told["last_on"], told["delegate_id"]) == (201, DAY, NEXT, None)
    assert post("/absences", away)[0] == 409
    assert post("/absences", {**away, "delegate_id": people["ann"]})[0] == 422
    wrong = post("/absences", {**away, "ends_at": away["starts_at"]})
    assert (wrong[0], wrong[1]["errors"][0]["field"]) == (422, "ends_at")  # type: ignore[index]  # JSON
    path = f"/absences/{told['id']}"
    assert (
        post(f"{path}/stand-in", {"delegate_id": people["after_sales"]})[1]["delegate_id"]
        == people["after_sales"]
    )
    assert post(f"{path}/end")[1]["last_on"] == DAY
    assert post("/absences/999/end")[0] == 404
    given = {"follow_up_ids": [call], "owner_id": people["after_sales"]}
    assert post("/follow-ups/assign", {**given, "follow_up_ids": [call, 999]})[0] == 404
    assert post("/follow-ups/assign", given) == (200, {"assigned": 1})
    listed = client.get("/api/v1/absences", headers={"Authorization": f"Bearer {tokens['after_sales']}"})
    assert [row["id"] for row in listed.get_json()["data"]] == [told["id"]]
