"""Extra work by the command line and by the workshop's system: what is entered, and what is told of a mistake."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from aftersales.models import ExtraWork
from aftersales.workshop.events import Event, take
from core.errors import WrongFields
from core.models import Tenant
from core.runtime import Runtime
from tests.aftersales.test_extra_work import Shop


def told(event: str = "e1", **found: object) -> Event:
    """What the workshop's system says of work it found."""
    work = {"item": "Brake discs", "price_cents": 128_000, "answer_by": "2026-11-18T15:00:00-08:00", **found}
    about = {"event": event, "number": "W1", "at": "2026-11-18T09:01:00-08:00", "step": "extra_work"}
    return Event.model_validate_json(json.dumps({**about, "extra_work": work}))


def test_the_workshop_s_system_has_the_customer_asked_once(runtime: Runtime) -> None:
    shop = Shop(runtime)
    results = []
    for name in ("e1", "e1", "e2"):
        with shop.session() as session:
            event = told(event=name)
            results.append(take(session, session.get_one(Tenant, 1), event, "workshop:dms").result)

    assert results == ["advanced", "repeated", "changed"]
    assert [row.item for row in shop.rows(ExtraWork)] == ["Brake discs"]


def test_a_deadline_that_has_passed_is_told_of_its_field(runtime: Runtime) -> None:
    shop = Shop(runtime)
    late = told(answer_by="2026-11-18T08:00:00-08:00")
    with shop.session() as session, pytest.raises(WrongFields) as refused:
        take(session, session.get_one(Tenant, 1), late, "workshop:dms")

    assert [fault.code for fault in refused.value.faults] == ["bad_time"]


def test_a_price_below_nothing_is_no_event() -> None:
    with pytest.raises(ValidationError):
        told(price_cents=-1)


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        pytest.param(["ask", "W1", "Discs", "--price", "1280.00", "--by", "2026-11-18T15:00"], 0, "the customer is being asked", id="asked"),
        pytest.param(["ask", "W9", "Discs", "--price", "1", "--by", "2026-11-18T15:00"], 1, "there is no work order W9", id="no such job"),
        pytest.param(["ask", "W1", "Discs", "--price", "1.234", "--by", "2026-11-18T15:00"], 1, "--price: enter an amount", id="no price"),
        pytest.param(["ask", "W1", "Discs", "--price", "nan", "--by", "2026-11-18T15:00"], 1, "--price: enter an amount", id="no number"),
        pytest.param(["ask", "W1", "Discs", "--price", "1", "--by", "soon"], 1, "--by: enter a day and a time", id="no time"),
        pytest.param(["ask", "W1", "Discs", "--price", "1", "--by", "2026-11-18T08:00"], 1, "enter a day and a time after now", id="too late"),
        pytest.param(["answer", "7", "agreed", "--proof", "x"], 1, "there is no such extra work", id="nothing to answer"),
        pytest.param(["list", "W1"], 0, "", id="nothing found"),
    ],
)  # fmt: skip
def test_the_command_line_asks_or_says_what_to_enter(
    runtime: Runtime, app: object, args: list[str], exit_code: int, said: str
) -> None:
    Shop(runtime)
    done = app.test_cli_runner().invoke(args=["aftersales", "extra-work", *args])  # type: ignore[attr-defined]  # Flask

    assert (done.exit_code, said in done.output) == (exit_code, True), done.output


def test_an_answer_by_the_command_line_is_listed_with_its_proof(runtime: Runtime, app: object) -> None:
    shop = Shop(runtime)
    extra_id = shop.ask()
    run = app.test_cli_runner().invoke  # type: ignore[attr-defined]  # Flask
    run(
        args=["aftersales", "extra-work", "answer", str(extra_id), "refused", "--proof", "at the desk, 10:05"]
    )

    listed = run(args=["aftersales", "extra-work", "list", "W1"]).output
    assert "refused" in listed
    assert "1280.00 USD  Brake discs" in listed
    assert "at the desk, 10:05" in listed
    with shop.session() as session:
        assert session.scalar(select(ExtraWork.state)) == "refused"
