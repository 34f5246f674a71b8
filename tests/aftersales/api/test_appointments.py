"""Slots and appointments, as programs see them: opened, listed, booked once, moved, cancelled, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api import Program, program, said
from tests.console.world import Company

# a Monday in the company's zone, Shanghai
PATTERN = {
    "resource": "Bay 1", "first_on": "2026-11-30", "last_on": "2026-12-01", "opens": "08:00", "closes": "10:00", "minutes": 60,
}  # fmt: skip


def sent(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] | None = answer.json
    assert found is not None
    return found


@pytest.fixture
def desk(with_role: Callable[[str], Program]) -> Program:
    made = with_role("after_sales")
    assert sent(made.post("/slots", PATTERN)) == {"opened": 4, "there": 0}
    return made


def times(desk: Program, **query: Any) -> list[tuple[int, str, int]]:
    found = sent(desk.get("/slots", first_on="2026-11-30", **query))["data"]
    return [(slot["id"], slot["starts_at"], slot["free"]) for slot in found]


def test_slots_are_listed_with_their_free_places(desk: Program, ours: Company) -> None:
    found = times(desk)
    assert [starts for _, starts, _ in found][:2] == ["2026-11-30T00:00:00Z", "2026-11-30T01:00:00Z"]
    sent(desk.post("/appointments", {"slot_id": found[0][0], "customer_id": ours.customer_id}), 201)

    assert [free for *_, free in times(desk)] == [0, 1, 1, 1]
    assert len(times(desk, is_free="true")) == 3
    assert times(desk, resource="Bay 2") == []


def test_an_appointment_is_booked_moved_confirmed_and_cancelled(desk: Program, ours: Company) -> None:
    first, second, *_ = [slot for slot, *_ in times(desk)]
    body = {"slot_id": first, "customer_id": ours.customer_id, "kind": "service", "wish": "noise"}
    made = sent(desk.post("/appointments", body), 201)
    assert (made["state"], made["resource"], made["starts_at"]) == ("booked", "Bay 1", "2026-11-30T00:00:00Z")

    path = f"/appointments/{made['id']}"
    sent(desk.post(f"{path}/confirm"))
    moved = sent(desk.post(f"{path}/reschedule", {"slot_id": second, "reason": "travels"}))
    assert (moved["earlier_id"], moved["wish"], moved["state"]) == (made["id"], "noise", "booked")
    assert sent(desk.get(path))["reason"] == "travels"
    assert (
        sent(desk.post(f"/appointments/{moved['id']}/cancel", {"reason": "sold it"}))["state"] == "cancelled"
    )

    found = sent(desk.get("/appointments", customer_id=ours.customer_id))["data"]
    assert [one["state"] for one in found] == ["cancelled", "moved"]
    assert [one["id"] for one in sent(desk.get("/appointments", state="moved"))["data"]] == [made["id"]]


def test_an_offer_is_accepted(desk: Program, ours: Company) -> None:
    body = {"slot_id": times(desk)[0][0], "customer_id": ours.customer_id, "is_offer": True}
    made = sent(desk.post("/appointments", body), 201)
    assert made["state"] == "offered"
    assert made["held_until"] is not None
    assert sent(desk.post(f"/appointments/{made['id']}/accept"))["state"] == "booked"


def test_asked_twice_under_one_key_it_is_one_appointment(desk: Program, ours: Company) -> None:
    body = {"slot_id": times(desk)[0][0], "customer_id": ours.customer_id}
    first = sent(desk.ask("POST", "/appointments", again="a1", json=body), 201)
    second = sent(desk.ask("POST", "/appointments", again="a1", json=body), 201)

    assert first == second
    assert sent(desk.ask("POST", "/appointments", again="a2", json=body), 409)["code"] == "taken"


def test_slots_are_closed_unless_somebody_has_a_place(desk: Program, ours: Company) -> None:
    sent(desk.post("/appointments", {"slot_id": times(desk)[0][0], "customer_id": ours.customer_id}), 201)
    day = {"resource": "Bay 1", "first_on": "2026-11-30", "last_on": "2026-11-30"}

    assert sent(desk.post("/slots/close", day), 409)["code"] == "booked"
    done = sent(desk.post("/slots/close", {**day, "moves": True}))
    assert (done["slots"], len(done["moved"])) == (2, 1)
    assert [free for *_, free in times(desk)] == [0, 1]


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        pytest.param("/appointments", {}, ["slot_id", "customer_id"], id="nothing"),
        pytest.param("/appointments", {"slot_id": 1, "customer_id": 999999}, ["customer_id"], id="nobody"),
        pytest.param("/appointments", {"slot_id": "1", "customer_id": 1}, ["slot_id"], id="a text"),
        pytest.param("/appointments", {"slot_id": 2**63, "customer_id": 1}, ["slot_id"], id="a number no column takes"),
        pytest.param("/appointments", {"slot_id": 1, "customer_id": 1, "state": "kept"}, ["state"], id="a state of its own"),
        pytest.param("/slots", {**PATTERN, "weekdays": [7]}, ["weekdays"], id="an eighth day"),
        pytest.param("/slots", {**PATTERN, "opens": "25:00"}, ["opens"], id="an hour that is none"),
        pytest.param("/slots", {**PATTERN, "last_on": "9999-12-31"}, ["last_on"], id="the end of time"),
        pytest.param("/slots/close", {"resource": "x", "first_on": "0001-01-01", "last_on": "0001-01-01"}, ["first_on"], id="the beginning"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_by_field(
    desk: Program, path: str, body: dict[str, Any], fields: list[str]
) -> None:
    answer = desk.post(path, body)
    assert answer.status_code == 422, answer.text
    assert list(said(answer)) == fields


@pytest.mark.parametrize(
    "query",
    [{"first_on": "0001-01-01"}, {"first_on": "9999-12-31"}, {"first_on": "2026-12-01", "last_on": "2026-11-01"},
     {"first_on": "2026-12-01", "last_on": "2027-12-01"}, {"first_on": "soon"}],
    ids=["the beginning", "the end", "backwards", "a year", "a word"],
)  # fmt: skip
def test_days_that_make_no_sense_are_refused(desk: Program, query: dict[str, str]) -> None:
    assert desk.get("/slots", **query).status_code == 422


def test_what_is_another_company_s_is_not_there(
    desk: Program, ours: Company, theirs: Company, app: Any
) -> None:
    made = sent(
        desk.post("/appointments", {"slot_id": times(desk)[0][0], "customer_id": ours.customer_id}), 201
    )
    stranger = program(app, theirs.tenant_id, "after_sales")

    assert sent(stranger.get("/slots", first_on="2026-11-30"))["data"] == []
    assert stranger.get(f"/appointments/{made['id']}").status_code == 404
    assert stranger.post(f"/appointments/{made['id']}/cancel").status_code == 404
    body = {"slot_id": made["slot_id"], "customer_id": theirs.customer_id}
    assert sent(stranger.post("/appointments", body), 404)["code"] == "no_slot"


@pytest.mark.parametrize("role", ["marketing", "auditor", "administrator"])
def test_only_those_who_keep_the_calendar_change_it(with_role: Callable[[str], Program], role: str) -> None:
    assert with_role(role).post("/slots", PATTERN).status_code == 403
