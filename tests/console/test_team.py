"""The staff page: who is added, whose rights change, who leaves, and the links by which passwords are chosen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales import follow_ups
from core import clock
from core.db import ALL_TENANTS
from core.models import AuditEntry, Staff, StaffSession
from tests.console.browser import send, sign_in, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

ZHOU = {
    "name": "Zhou Min", "email": "zhou.min@north.example", "roles": ["after_sales"], "department": "business", "language": "zh"
}  # fmt: skip
SENTENCE = "nine brave little kettles"
LINK = re.compile(r'id="link"[^>]*value="http[^"]*(/choose-password/[^"]+)"')


@dataclass
class Team:
    """The people of our company, by role."""

    app: Flask
    ours: Company

    def one(self, email: str) -> Staff:
        with self.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return session.scalars(select(Staff).where(Staff.email == email)).one()

    def id_of(self, role: str) -> int:
        return self.one(self.ours.email(role)).id

    def count(self, model: type[Any], *where: Any) -> int:
        with self.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return len(session.scalars(select(model.id).where(*where)).all())


@pytest.fixture
def team(app: Flask, ours: Company) -> Team:
    return Team(app, ours)


@pytest.fixture
def admin(signed_in: SignIn) -> FlaskClient:
    return signed_in("administrator")


def added(client: FlaskClient, **changed: Any) -> str:
    """Where the link of somebody new leads."""
    page = send(client, "/staff", {**ZHOU, **changed})
    assert page.status_code == 200, words(page.text)
    found = LINK.search(page.text)
    assert found
    return found[1]


def test_somebody_new_chooses_a_password_by_their_link_and_signs_in(
    app: Flask, admin: FlaskClient, team: Team
) -> None:
    path, client = added(admin), app.test_client()

    assert "zhou.min@north.example" in client.get(path).text
    assert send(client, path, {"password": SENTENCE}).status_code == 303
    assert sign_in(client, ZHOU["email"], SENTENCE).location == "/today"
    made = team.one("zhou.min@north.example")
    assert (made.roles, made.department, made.tenant_id) == (["after_sales"], "business", team.ours.tenant_id)
    assert (
        team.count(
            AuditEntry,
            AuditEntry.about == f"staff:{made.id}",
            AuditEntry.who == team.ours.email("administrator"),
        )
        == 2
    )


@pytest.mark.parametrize(
    ("password", "said"),
    [
        pytest.param("short", "at least 12 characters", id="too short"),
        pytest.param("x" * 201, "at most 200", id="too long"),
        pytest.param("aaaaaaaaaaaa", "not a repetition", id="one letter"),
        pytest.param("I am Zhou Min of north", "neither the name", id="the name in it"),
        pytest.param("nine brave\0 kettles", "Remove the NUL character", id="NUL"),
        pytest.param("", "at least 12 characters", id="nothing"),
    ],
)
def test_what_is_wrong_with_a_chosen_password_is_said_and_the_link_stays_good(
    app: Flask, admin: FlaskClient, password: str, said: str
) -> None:
    path, client = added(admin), app.test_client()

    refused = send(client, path, {"password": password})
    assert (refused.status_code, said in words(refused.text)) == (400, True)
    assert send(client, path, {"password": SENTENCE}).status_code == 303


def test_a_link_is_good_for_one_choice_and_two_days(app: Flask, admin: FlaskClient, team: Team) -> None:
    path, client = added(admin), app.test_client()
    again = LINK.search(send(admin, f"/staff/{team.one(str(ZHOU['email'])).id}/link").text)
    assert again

    clock.freeze(NOW + timedelta(days=2, seconds=1))
    assert client.get(path).status_code == 404
    clock.freeze(NOW)
    assert send(client, path, {"password": SENTENCE}).status_code == 303
    for used in (path, again[1]):
        assert client.get(used).status_code == 404
        assert send(client, used, {"password": "another brave kettle"}).status_code == 404


@pytest.mark.parametrize("token", ["x", "W10.AAAA", "A" * 3000, "%00", "WzEsMiwzXQ.abc"])
def test_a_forged_link_opens_nothing(app: Flask, ours: Company, token: str) -> None:
    assert app.test_client().get(f"/choose-password/{token}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        pytest.param({"name": " "}, "name", "Enter a name", id="no name"),
        pytest.param({"name": "x" * 121}, "name", "Enter a name", id="a long name"),
        pytest.param({"email": "zhou"}, "email", "Enter an e-mail address", id="no address"),
        pytest.param({"email": "a@b.example\nBcc: x"}, "email", "Enter an e-mail address", id="two lines"),
        pytest.param({"email": "auditor@south.example"}, "email", "already", id="taken elsewhere"),
        pytest.param({"roles": []}, "roles", "at least one", id="no role"),
        pytest.param({"roles": ["boss"]}, "roles", "at least one", id="no such role"),
        pytest.param({"department": "moon"}, "department", "Choose a department", id="no such department"),
        pytest.param({"name": "Zhou\0Min"}, "", "Remove the NUL character", id="NUL"),
        pytest.param({"language": "fr"}, "", "one of these languages", id="no such language"),
    ],
)
def test_what_is_wrong_with_somebody_new_stands_at_its_field_and_nobody_is_added(
    admin: FlaskClient, team: Team, changed: dict[str, Any], field: str, said: str
) -> None:
    before = team.count(Staff)

    page = send(admin, "/staff", {**ZHOU, **changed})

    assert page.status_code in (400, 409, 422)
    assert said in words(page.text)
    assert not field or f'id="fe-{field}"' in page.text
    assert team.count(Staff) == before


@pytest.mark.parametrize(
    ("by", "whose", "deed", "sent", "said"),
    [
        pytest.param("administrator", "administrator", "change", {"roles": ["supervisor", "administrator"]}, "their own", id="one's own rights"),
        pytest.param("supervisor", "supervisor", "change", {"roles": ["administrator"]}, "their own", id="a supervisor's own"),
        pytest.param("supervisor", "administrator", "leave", {}, "Only an administrator", id="somebody above"),
        pytest.param("supervisor", "auditor", "link", {}, "Only an administrator", id="another's password"),
        pytest.param("supervisor", "after_sales", "change", {"roles": ["after_sales", "administrator"]}, "Only an administrator", id="a role above"),
        pytest.param("administrator", "auditor", "change", {"roles": []}, "at least one", id="no role left"),
        pytest.param("administrator", "auditor", "leave", {"heir": "x@y.example"}, "Nobody here signs in with", id="an unknown heir"),
    ],
)  # fmt: skip
def test_nobody_gives_rights_they_may_not_give(
    signed_in: SignIn, team: Team, by: str, whose: str, deed: str, sent: dict[str, Any], said: str
) -> None:
    before = team.one(team.ours.email(whose))

    page = send(signed_in(by), f"/staff/{before.id}/{deed}", sent)

    after = team.one(before.email)
    assert page.status_code in (400, 403, 404, 409, 422)
    assert said in words(page.text)
    assert (after.roles, after.is_active, after.password) == (before.roles, True, before.password)


def test_the_last_administrator_stays(app: Flask, signed_in: SignIn, team: Team) -> None:
    admin = signed_in("administrator")
    path = added(admin, roles=["administrator"], email="second@north.example")
    client = app.test_client()
    send(client, path, {"password": SENTENCE})
    sign_in(client, "second@north.example", SENTENCE)

    assert send(client, f"/staff/{team.id_of('administrator')}/leave").status_code == 303
    assert admin.get("/staff").status_code == 303, "who has left is signed in no more"
    own = team.one("second@north.example").id
    assert send(client, f"/staff/{own}/leave").status_code == 403
    assert team.one("second@north.example").is_active


def test_roles_hold_from_the_next_page_on_and_a_deactivation_ends_every_session(
    signed_in: SignIn, team: Team
) -> None:
    admin, auditor = signed_in("administrator"), signed_in("auditor")
    auditor_id = team.id_of("auditor")

    assert auditor.get("/customers").status_code == 200
    assert send(admin, f"/staff/{auditor_id}/change", {"roles": ["administrator"]}).status_code == 303
    assert auditor.get("/customers").status_code == 403
    assert send(admin, f"/staff/{auditor_id}/leave").status_code == 303
    assert auditor.get("/today").status_code == 303
    assert team.count(StaffSession, StaffSession.staff_id == auditor_id) == 0
    back = send(admin, f"/staff/{auditor_id}/back")
    assert LINK.search(back.text)
    assert team.one(team.ours.email("auditor")).is_active


def test_another_password_signs_out_whoever_has_the_old_one(
    app: Flask, signed_in: SignIn, team: Team
) -> None:
    agent, supervisor = signed_in("after_sales"), signed_in("supervisor")
    found = LINK.search(send(supervisor, f"/staff/{team.id_of('after_sales')}/link").text)
    assert found

    send(app.test_client(), found[1], {"password": SENTENCE})

    assert agent.get("/today").status_code == 303


def test_who_still_owns_promises_leaves_only_when_somebody_takes_them_over(
    app: Flask, signed_in: SignIn, team: Team
) -> None:
    supervisor, agent_id = signed_in("supervisor"), team.id_of("after_sales")
    with app.extensions["carillon"].database.session(team.ours.tenant_id) as session:
        today = NOW.date()
        promised = follow_ups.promise(
            session, team.ours.tenant_id, "first", step="first", customer_id=team.ours.customer_id,
            earliest_on=today, due_on=today, owner_id=agent_id,
        ).id  # fmt: skip

    for deed, sent in (("leave", {}), ("change", {"roles": ["marketing"]})):
        refused = send(supervisor, f"/staff/{agent_id}/{deed}", sent)
        assert (refused.status_code, "still has 1 follow-ups" in words(refused.text)) == (409, True), deed
    heir = team.ours.email("supervisor")
    assert send(supervisor, f"/staff/{agent_id}/leave", {"heir": heir}).status_code == 303
    with app.extensions["carillon"].database.reading(team.ours.tenant_id) as session:
        assert follow_ups.get(session, promised).owner_id == team.id_of("supervisor")


def test_people_of_another_company_are_not_there(signed_in: SignIn, team: Team, theirs: Company) -> None:
    stranger = team.one(theirs.email("auditor")).id

    assert theirs.email("auditor") not in signed_in("administrator").get("/staff").text
    assert send(signed_in("administrator"), f"/staff/{stranger}/link").status_code == 404
