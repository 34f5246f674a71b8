"""Which eight of many rows are shown: the worst of each kind, found in one pass."""

from __future__ import annotations

import pytest

from broadcast.preview import KEPT, SHOWN, Worst


def row(**values: str) -> dict[str, str]:
    return {"name": "Ann Lee", "plate": "B 1", **values}


@pytest.mark.parametrize(
    ("fault", "values", "units"),
    [
        pytest.param(
            "longest_name", row(name="Bartholomew Featherstonehaugh-Cholmondeley"), 1, id="long name"
        ),
        pytest.param("empty_field", row(plate=" "), 1, id="nothing where something is said"),
        pytest.param("beyond_gsm", row(name="Zoë Ångström ž"), 1, id="a letter GSM lacks"),
        pytest.param("emoji", row(name="Ann 😀"), 1, id="emoji"),
        pytest.param("digits_only", row(name="0042"), 1, id="a number as name"),
        pytest.param("right_to_left", row(name="שרה לוי"), 1, id="right to left"),
        pytest.param("rare_letters", row(name="𠮷野"), 1, id="a letter few fonts have"),
        pytest.param("figures", row(plate="1,299.50 / 12-24"), 1, id="amounts and dates"),
        pytest.param("most_units", row(), 3, id="three segments"),
        pytest.param("longest_text", row(plate="x" * 60), 1, id="long text"),
    ],
)
def test_the_odd_one_is_found_among_many(fault: str, values: dict[str, str], units: int) -> None:
    worst = Worst({"name", "plate"})
    for customer_id in range(1, 2_000):
        worst.offer(customer_id, row(), 1)
    worst.offer(5_000, values, units)

    found = {one.customer_id: one.faults for one in worst.rows()}

    assert fault in found[5_000]
    assert len(found) <= SHOWN


def test_no_more_is_kept_than_a_handful_of_each() -> None:
    worst = Worst({"name"})
    for customer_id in range(1, 10_000):
        worst.offer(customer_id, {"name": "A" * (customer_id % 90)}, customer_id % 5)

    assert max(len(kept) for kept in worst.best.values()) == KEPT
    assert len(worst.rows()) == SHOWN


def test_a_text_that_is_not_gsm_anyway_has_no_costly_letters() -> None:
    worst = Worst({"name"}, is_plain=False)
    worst.offer(1, {"name": "王芳"}, 1)

    assert "beyond_gsm" not in worst.rows()[0].faults


def test_what_the_text_does_not_use_is_not_looked_at() -> None:
    worst = Worst({"name"})
    worst.offer(1, {"name": "Ann", "address": ""}, 1)

    assert "empty_field" not in worst.rows()[0].faults
