"""Extra work as programs see it: asked about once, answered once with proof, by nobody of another company."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core import clock
from tests.api import Program, program, said
from tests.console.world import Company

PROOF = "Li Lei, on the telephone at 10:15: yes, do it"


def sent(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] | None = answer.json
    assert found is not None
    return found


def found_work(**changed: Any) -> dict[str, Any]:
    by = (clock.now() + timedelta(hours=5)).isoformat()
    return {"item": "Brake discs", "price_cents": 128_000, "currency": "CNY", "answer_by": by, **changed}


@pytest.fixture
def desk(with_role: Callable[[str], Program]) -> Program:
    return with_role("after_sales")


@pytest.fixture
def path(desk: Program, ours: Company) -> str:
    """Where the extra work of a job in the workshop is."""
    made = sent(desk.post("/work-orders", {"number": "A-1", "customer_id": ours.customer_id}), 201)
    sent(desk.post(f"/work-orders/{made['id']}/advance", {"to": "workshop"}))
    return f"/work-orders/{made['id']}/extra-work"


def test_what_was_found_is_asked_about_once_and_answered_once(desk: Program, path: str) -> None:
    asked = sent(desk.post(path, found_work()), 201)
    assert (asked["item"], asked["price_cents"], asked["state"], asked["proof"]) == (
        "Brake discs", 128_000, "asked", ""
    )  # fmt: skip
    assert sent(desk.post(path, found_work()), 201) == asked, "found again, it is not asked about again"
    listed = sent(desk.get(path))
    assert listed["extra_work"] == [asked]
    assert [(one["kind"], one["state"]) for one in listed["outreach"]] == [("extra_work", "waiting")]

    answer = {"answer": "agreed", "proof": PROOF}
    told = sent(desk.post(f"/extra-work/{asked['id']}/answer", answer))
    assert (told["state"], told["proof"], told["answered_at"] is not None) == ("agreed", PROOF, True)
    second = desk.post(f"/extra-work/{asked['id']}/answer", {**answer, "answer": "refused"})
    assert (second.status_code, second.json and second.json["code"]) == (409, "answered")
    assert sent(desk.get(path))["outreach"][0]["state"] == "withdrawn", "no line asks any more"
    order = sent(desk.get(path.removesuffix("/extra-work")))
    assert order["items"] == [{"text": "Brake discs", "price_cents": 128_000}]


def test_work_that_was_refused_is_on_no_bill(desk: Program, path: str) -> None:
    asked = sent(desk.post(path, found_work()), 201)

    sent(desk.post(f"/extra-work/{asked['id']}/answer", {"answer": "refused", "proof": PROOF}))

    assert sent(desk.get(path.removesuffix("/extra-work")))["items"] == []


def test_a_request_repeated_under_its_key_asks_nobody_twice(desk: Program, path: str) -> None:
    first = sent(desk.post(path, found_work(), again="k-1"), 201)

    assert sent(desk.post(path, found_work(), again="k-1"), 201) == first
    assert len(sent(desk.get(path))["extra_work"]) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"item": ""}, "item", id="nothing found"),
        pytest.param({"item": "x" * 101}, "item", id="a story"),
        pytest.param({"item": "a\0b"}, "item", id="NUL"),
        pytest.param({"price_cents": -1}, "price_cents", id="a price below nothing"),
        pytest.param({"price_cents": "128"}, "price_cents", id="a price as text"),
        pytest.param({"price_cents": 10**12}, "price_cents", id="a price without end"),
        pytest.param({"currency": "yuan"}, "currency", id="no currency"),
        pytest.param({"currency": ""}, "currency", id="neither the job nor this has a currency"),
        pytest.param({"answer_by": "2026-12-24T10:00:00"}, "answer_by", id="a time without a zone"),
        pytest.param({"answer_by": "2020-01-01T00:00:00Z"}, "answer_by", id="a time that has passed"),
        pytest.param({"colour": "red"}, "colour", id="a field there is not"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_nobody_is_asked(
    desk: Program, path: str, changed: dict[str, Any], field: str
) -> None:
    answer = desk.post(path, found_work(**changed))

    assert (answer.status_code, list(said(answer))) == (422, [field])
    assert sent(desk.get(path)) == {"extra_work": [], "outreach": []}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"answer": "agreed", "proof": ""}, id="no proof"),
        pytest.param({"answer": "agreed", "proof": " "}, id="blank proof"),
        pytest.param({"answer": "perhaps", "proof": PROOF}, id="no answer"),
        pytest.param({"answer": "agreed", "proof": "x" * 401}, id="a long proof"),
        pytest.param({"answer": "agreed"}, id="proof left out"),
    ],
)
def test_an_answer_without_proof_is_none(desk: Program, path: str, body: dict[str, Any]) -> None:
    asked = sent(desk.post(path, found_work()), 201)

    assert desk.post(f"/extra-work/{asked['id']}/answer", body).status_code in (400, 422)
    assert sent(desk.get(path))["extra_work"] == [asked]


def test_a_job_that_is_over_has_no_extra_work(desk: Program, path: str) -> None:
    sent(desk.post(path.replace("extra-work", "advance"), {"to": "delivered"}))

    assert desk.post(path, found_work()).status_code == 409


@pytest.mark.parametrize("role", ["marketing", "auditor"])
def test_who_does_not_work_at_the_desk_reads_only(
    with_role: Callable[[str], Program], desk: Program, path: str, role: str
) -> None:
    asked, reader = sent(desk.post(path, found_work()), 201), with_role(role)

    assert sent(reader.get(path))["extra_work"] == [asked]
    assert reader.post(path, found_work(item="More")).status_code == 403
    answer = {"answer": "agreed", "proof": PROOF}
    assert reader.post(f"/extra-work/{asked['id']}/answer", answer).status_code == 403


def test_another_company_s_jobs_and_extra_work_are_not_there(
    app: Flask, theirs: Company, desk: Program, path: str
) -> None:
    asked, stranger = (
        sent(desk.post(path, found_work()), 201),
        program(app, theirs.tenant_id, "after_sales", name="x"),
    )
    answer = {"answer": "agreed", "proof": PROOF}

    assert stranger.get(path).status_code == 404
    assert stranger.post(path, found_work(item="More")).status_code == 404
    for extra_id in (asked["id"], 0, 2**70):
        assert stranger.post(f"/extra-work/{extra_id}/answer", answer).status_code == 404
    assert sent(desk.get(path))["extra_work"] == [asked]
