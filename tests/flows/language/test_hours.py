from __future__ import annotations

import pytest
from pydantic import ValidationError

from flows.language.hours import Calendar


@pytest.mark.parametrize(
    ("week", "holidays", "says"),
    [
        pytest.param({"mon": ["8:00-12:00"]}, {}, "write opening hours like", id="hours in two digits"),
        pytest.param({"mon": ["12:00-08:00"]}, {}, "end after they start", id="backwards"),
        pytest.param({"mon": ["08:00-24:01"]}, {}, "24:00 at the latest", id="past midnight"),
        pytest.param({"mon": ["08:00-08:00"]}, {}, "end after they start", id="no time at all"),
        pytest.param({"funday": []}, {}, "is no day", id="no such day"),
        pytest.param({"fri-mon": []}, {}, "runs backwards", id="a range backwards"),
        pytest.param({"mon-": []}, {}, "is no day", id="half a range"),
        pytest.param({"mon-fri": [], "wed": []}, {}, "twice", id="a day twice"),
        pytest.param([], {}, "write the week as days", id="a list"),
        pytest.param({}, {"25.12.2026": []}, "is no date", id="a date written otherwise"),
        pytest.param({}, {"2026-02-30": []}, "is no date", id="a date that does not exist"),
    ],
)
def test_what_is_wrong_is_said(week: object, holidays: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Calendar.model_validate({"week": week, "holidays": holidays})
