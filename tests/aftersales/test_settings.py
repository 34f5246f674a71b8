"""What a department may decide about after-sales, and what it is told when that makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from aftersales import settings
from core.errors import Invalid


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param("file_within: soon", "file_within: enter a whole number", id="no number"),
        pytest.param("file_within: -1", "file_within: enter 0 or more", id="negative"),
        pytest.param("fils_within: 2", "fils_within: there is no such field; remove it or mend its name", id="a typing error"),
        pytest.param("count: lunar", "count: enter one of calendar, business", id="an unknown way to count"),
        pytest.param(
            "plan: [{step: first, first: 7, last: 3}]",
            "plan.0: first: last comes before first; enter first: 3, last: 7",
            id="a window that ends before it begins",
        ),
        pytest.param(
            "plan: [{step: second, after: first, first: 7, last: 14}]",
            "settings: plan: second comes after 'first', which no earlier line defines",
            id="after nothing",
        ),
        pytest.param(
            "plan: [{step: one, first: 1, last: 2}, {step: one, first: 1, last: 2}]",
            "settings: plan: there are two steps 'one'; give one another name",
            id="a name twice",
        ),
        pytest.param(
            "plan: [{step: one, first: 1, last: 2, means: call}]",
            "plan.0.means: there is no such field; remove it or mend its name",
            id="a call nobody makes",
        ),
        pytest.param(
            "plan: [{step: one, first: 1, last: 2, by: robot}]",
            "plan.0.by: enter one of person, call, call_then_person",
            id="made by nobody we know",
        ),
        pytest.param(
            "plan: [{step: one, first: 1, last: 2, by: call_then_person}]",
            "settings: plan: one: its 2 days leave none for the automated call; enter automated.days_for_person: 1 or less",
            id="no day for the line",
        ),
        pytest.param(
            "plan: [{step: one, first: 1, last: 2, by: call}, {step: two, first: 1, last: 2, by: call}]",
            "settings: plan: two: an earlier automated call says usage; give it blocks and a flow of its own",
            id="the same said twice",
        ),
        pytest.param("automated: {low_score: 6}", "automated.low_score: enter 5 or less", id="a score off the scale"),
        pytest.param("repair_days: {brakes: 1 day}", "repair_days.brakes: enter a whole number", id="a figure with a word"),
        pytest.param("keep: {recordings: 30}", "keep: there is no such field; remove it or mend its name", id="what nothing obeys"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_field_by_field(document: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings.read(document)

    assert refused.value.message == said


def test_what_is_shown_can_be_set(app: Flask, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    ours = tmp_path / "ours.yaml"
    ours.write_text("count: business\nfile_within: 3\nrepair_days: {brakes: 2}\n")

    assert run(args=["aftersales", "settings", "show"]).stdout == "{}\n"
    done = run(args=["aftersales", "settings", "set", str(ours)])

    assert (done.exit_code, run(args=["aftersales", "settings", "show"]).stdout) == (
        0,
        "count: business\nfile_within: 3\nrepair_days:\n  brakes: 2\n",
    )
