"""Slots and appointments by the command line: what is entered, what is printed, what is told of a mistake."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from core.errors import CarillonError
from tests.aftersales.booked import Booked

OPEN = ("slots", "open", "Bay 9", "--from", "2026-11-19", "--until", "2026-11-20", "--closes", "10:00")


@pytest.fixture
def shop(app: Flask) -> Booked:
    return Booked(app.extensions["carillon"])


def run(app: Flask, *words: str) -> str:
    """What is printed, or what it was refused with: flask prints that in one line."""
    done = app.test_cli_runner().invoke(args=["aftersales", *words])
    if isinstance(done.exception, CarillonError):
        return done.exception.message
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.output


def test_slots_are_opened_listed_and_closed(app: Flask, shop: Booked) -> None:
    assert run(app, *OPEN) == "4 slots are opened, 0 were there already.\n"
    assert "     4  Thu 2026-11-19 08:00-09:00  1 of 1 free  Bay 9\n" in run(app, "slots", "list")
    shop.book(1)
    told = json.loads(run(app, "slots", "list", "--resource", "Bay 1", "--json"))
    assert [one["free"] for one in told] == [0, 1, 1]
    assert len(json.loads(run(app, "slots", "list", "--free", "--json"))) == 6

    day = ("--from", "2026-11-19", "--until", "2026-11-19")
    assert "move or cancel them first" in run(app, "slots", "close", "Bay 1", *day)
    done = run(app, "slots", "close", "Bay 1", *day, "--move")
    assert done == "3 slots are closed, 1 customers have another time and will be called.\n"


def test_appointments_are_booked_moved_and_marked(app: Flask, shop: Booked) -> None:
    assert run(app, "appointments", "book", "1", "1", "--kind", "service") == (
        "     1  Thu 2026-11-19 08:00  booked     Li 1  service  Bay 1\n"
    )
    assert "     2  Thu 2026-11-19 09:00  booked" in run(
        app, "appointments", "move", "1", "2", "--reason", "travels"
    )
    assert "confirmed" in run(app, "appointments", "confirm", "2")
    assert "yet to come" in run(app, "appointments", "mark", "2", "missed")
    assert "cancelled" in run(app, "appointments", "cancel", "2")
    told = json.loads(run(app, "appointments", "list", "--customer", "1", "--json"))
    assert [(one["state"], one["reason"]) for one in told] == [("cancelled", ""), ("moved", "travels")]
    assert run(app, "appointments", "list") == "There are no appointments.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param((*OPEN, "--days", "mon-someday"), "--days: enter days such as mon-fri", id="a day that is none"),
        pytest.param((*OPEN, "--days", ""), "--days: enter days such as mon-fri", id="no days"),
        pytest.param((*OPEN, "--every", "0"), "minutes: enter how long a slot is", id="no length"),
        pytest.param(("slots", "list", "--from", "0001-01-01"), "first_on: enter a day such as", id="the beginning"),
        pytest.param(("slots", "list", "--until", "9999-12-31"), "last_on: enter a last day", id="the end"),
        pytest.param(("appointments", "list", "--from", "9999-12-31"), "first_on: enter a day", id="the end of days"),
        pytest.param(("appointments", "book", "1", "77"), "customer_id: enter the id of a customer", id="nobody"),
        pytest.param(("appointments", "book", "77", "1"), "there is no slot 77", id="no slot"),
        pytest.param(("appointments", "cancel", str(2**70)), "there is no appointment", id="no appointment"),
        pytest.param(("appointments", "list", "--customer", str(2**70)), "There are no appointments", id="no customer"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_a_sentence(app: Flask, shop: Booked, words: tuple[str, ...], said: str) -> None:
    assert said in run(app, *words)


def test_the_days_of_a_week_may_go_round_its_end(app: Flask, shop: Booked) -> None:
    assert run(app, *OPEN, "--days", "fri-mon").startswith("2 slots")
