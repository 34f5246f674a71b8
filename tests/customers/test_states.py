"""The rules of each American state, minute for minute, so that nobody loosens one by a slip."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers.contact_policy import Allowed, Contact, Facts, Held, decide
from customers.legal_days import legal_days
from customers.profile import profile_for
from customers.windows import is_holiday

US = profile_for({}, "US")
SECOND = timedelta(seconds=1)
# a Wednesday, a Saturday and a Sunday without holiday, and Thanksgiving
DAYS = {
    "weekday": date(2026, 6, 3),
    "saturday": date(2026, 6, 6),
    "sunday": date(2026, 6, 7),
    "holiday": date(2026, 11, 26),
}
EIGHT, NINE = (8, 20), (9, 21)
# state: what rings on a weekday, a Saturday, a Sunday, Thanksgiving; first and last hour, None is closed
CALLS: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "AL": (EIGHT, EIGHT, None, None),
    "CA": (NINE, NINE, NINE, NINE),
    "CT": ((9, 20),) * 4,
    "FL": (EIGHT,) * 4,
    "IL": (NINE,) * 4,
    "KY": ((10, 21),) * 4,
    "LA": (EIGHT, EIGHT, None, None),
    "MA": (EIGHT,) * 4,
    "MD": (EIGHT,) * 4,
    "ME": ((9, 17), None, None, (9, 17)),
    "MI": (NINE,) * 4,
    "MN": (NINE,) * 4,
    "MS": (EIGHT, EIGHT, None, EIGHT),
    "NE": ((8, 21), (8, 21), (13, 21), (13, 21)),
    "NM": (NINE,) * 4,
    "NV": ((9, 20),) * 4,
    "OK": (EIGHT,) * 4,
    "OR": (EIGHT,) * 4,
    "PA": ((8, 21), (8, 12), (8, 21), None),
    "RI": ((9, 18), (10, 17), None, None),
    "SC": ((8, 19),) * 4,
    "SD": (NINE, None, None, NINE),
    "TX": (NINE, NINE, (12, 21), NINE),
    "UT": ((8, 21), (8, 21), None, None),
    "WA": (EIGHT,) * 4,
    "WY": (EIGHT,) * 4,
}
# rules about recorded calls alone: texts go by the nation's hours
ONLY_RECORDED = ("CA", "IL", "ME", "NE", "SC")


def asked(state: str, channel: str, day: date, hour: int, before: timedelta = SECOND * 0) -> bool:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("America/Chicago")) - before
    facts = Facts(
        customer_id=1,
        address="+14045550123",  # Georgia, which has no rule here
        channel=channel,
        purpose="marketing",
        number_kind="either",
        region="US",
        zones=("America/Chicago",),
        zone_is_stored=True,
        state=state,
        consent="express_written",
        lists={"US": at},
    )
    return decide(facts, US, at.astimezone(UTC)) == Allowed()


def test_every_state_with_rules_is_in_the_table() -> None:
    assert set(CALLS) == set(US.states)


@pytest.mark.parametrize("state", sorted(CALLS))
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("channel", ["voice", "sms"])
def test_a_state_opens_and_closes_on_the_second(state: str, day: str, channel: str) -> None:
    span = CALLS[state][list(DAYS).index(day)]
    if channel == "sms" and state in ONLY_RECORDED:
        span = (8, 21)

    if span is None:
        assert not any(asked(state, channel, DAYS[day], hour) for hour in range(24))
        return
    first, last = span
    assert not asked(state, channel, DAYS[day], first, before=SECOND)
    assert asked(state, channel, DAYS[day], first)
    assert asked(state, channel, DAYS[day], last, before=SECOND)
    assert not asked(state, channel, DAYS[day], last)


@pytest.mark.parametrize("state", ["FL", "MD", "OK", "OR"])
def test_a_fourth_contact_in_24_hours_waits_where_three_are_the_limit(state: str) -> None:
    policy = {"figures": {"us": {"caps": {"marketing": {"day": 9, "7d": 9, "30d": 9}}}}}
    noon = datetime(2026, 6, 3, 17, tzinfo=UTC)
    made = tuple(Contact(noon - timedelta(hours=hours)) for hours in (22, 5, 4))
    facts = Facts(
        customer_id=1,
        address="+14045550123",
        channel="sms",
        purpose="marketing",
        number_kind="either",
        region="US",
        zones=("America/Chicago",),
        state=state,
        consent="express_written",
        touches=made,
    )

    decision = decide(facts, profile_for(policy, "US"), noon)

    assert isinstance(decision, Held)
    assert (decision.rule, decision.value) == ("frequency", "3/24h")


@pytest.mark.parametrize(
    ("state", "day"),
    [
        pytest.param("PA", date(2026, 4, 3), id="Good Friday in Pennsylvania"),
        pytest.param("PA", date(2026, 6, 14), id="Flag Day in Pennsylvania"),
        pytest.param("PA", date(2026, 11, 3), id="Election Day in Pennsylvania"),
        pytest.param("PA", date(2027, 11, 2), id="Election Day of an odd year"),
        pytest.param("RI", date(2026, 11, 3), id="Election Day in Rhode Island"),
        pytest.param("RI", date(2026, 8, 10), id="Victory Day in Rhode Island"),
        pytest.param("AL", date(2026, 2, 17), id="Mardi Gras in Alabama"),
        pytest.param("AL", date(2026, 4, 27), id="Confederate Memorial Day in Alabama"),
        pytest.param("LA", date(2026, 4, 3), id="Good Friday in Louisiana"),
        pytest.param("UT", date(2026, 7, 24), id="Pioneer Day in Utah"),
    ],
)
def test_legal_holidays_of_a_state_are_closed(state: str, day: date) -> None:
    assert is_holiday(f"US-{state}", day)
    assert not any(asked(state, "voice", day, hour) for hour in range(24))


def test_no_state_lends_its_holidays_to_another() -> None:
    assert not is_holiday("US-OH", date(2026, 6, 14))
    assert legal_days("US-OH", 2026) == set()
