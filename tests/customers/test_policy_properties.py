"""What must hold of the contact policy whatever comes: clocks that change, several zones, caps, and more reasons against."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.contact_policy import Allowed, Contact, Facts, Held, decide
from customers.figures import LEVELS
from customers.profile import NAMES, profile_for
from customers.windows import Windows, is_open, next_open

# clocks that change by an hour, by half an hour, at a quarter to three, at midnight, and over midnight
ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/Havana",
    "Asia/Beirut",
    "America/Santiago",
)
START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ANN = Facts(
    customer_id=1,
    address="+12125550123",
    channel="sms",
    purpose="marketing",
    number_kind="mobile",
    region="US",
    zones=("America/New_York",),
    consent="express_written",
)


@cache
def changes(zone: str) -> list[datetime]:
    """The instants of three years at which the clock of *zone* was changed, to the quarter of an hour."""
    days = _changes(zone, [START + timedelta(days=number) for number in range(3 * 366)])
    return [
        moment
        for end in days
        for moment in _changes(zone, [end - quarters * HOUR / 4 for quarters in range(96, -1, -1)])
    ]


def _changes(zone: str, moments: list[datetime]) -> list[datetime]:
    """Those of *moments* before which the clock was changed since the one before."""
    place = ZoneInfo(zone)
    offsets = [(moment, moment.astimezone(place).utcoffset()) for moment in moments]
    return [moment for (_, before), (moment, after) in pairwise(offsets) if before != after]


@st.composite
def around_changes(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and an instant within thirty hours of a change of its clock."""
    zone = draw(st.sampled_from(ZONES))
    return zone, draw(st.sampled_from(changes(zone))) + draw(st.integers(-108_000, 108_000)) * SECOND


spans = st.tuples(st.integers(0, 1380), st.integers(1, 900)).map(lambda s: (s[0], min(s[0] + s[1], 1440)))
weeks = st.lists(st.none() | spans, min_size=7, max_size=7).map(tuple)


def is_open_by_the_wall(zone: str, windows: Windows, at: datetime) -> bool:
    """Another way to the answer: what a clock on the wall shows, minute for minute."""
    shown = at.astimezone(ZoneInfo(zone)).strftime("%w %H %M").split()
    span = windows.by_day[(int(shown[0]) - 1) % 7]
    return span is not None and span[0] <= int(shown[1]) * 60 + int(shown[2]) < span[1]


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_here_changes_its_clock_in_both_directions(zone: str) -> None:
    place = ZoneInfo(zone)
    ahead = {
        moment.astimezone(place).replace(tzinfo=None) - (moment - HOUR).astimezone(place).replace(tzinfo=None)
        > HOUR
        for moment in changes(zone)
    }

    assert ahead == {True, False}


@given(where=around_changes(), week=weeks)
def test_the_next_opening_around_a_change_is_the_first_open_minute(
    where: tuple[str, datetime], week: Any
) -> None:
    zone, at = where
    windows = Windows(week, week)

    found = next_open((zone,), windows, at)

    if found is None:
        assert not any(week)
        return
    assert is_open_by_the_wall(zone, windows, found)
    if found == at:
        return
    assert not is_open_by_the_wall(zone, windows, at)
    assert (found.second, found.microsecond) == (0, 0)
    minutes = range(int((found - at) / MINUTE) + 1)
    before = (found - step * MINUTE for step in minutes if step and found - step * MINUTE >= at)
    assert not any(is_open_by_the_wall(zone, windows, moment) for moment in before)


@pytest.mark.parametrize("zone", ZONES)
def test_the_last_second_is_open_and_the_next_is_closed_on_days_the_clock_changes(zone: str) -> None:
    profile = profile_for({}, "US")
    for change in changes(zone):
        for days in (-1, 0, 1):
            day = change.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
            facts = replace(ANN, zones=(zone,))
            evening, morning = (
                datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
                for hour in (21, 8)
            )
            assert decide(facts, profile, evening - SECOND) == Allowed()
            held = decide(facts, profile, evening)
            assert isinstance(held, Held)
            assert held.rule == "quiet_hours"
            assert isinstance(decide(facts, profile, morning - SECOND), Held)
            assert decide(facts, profile, morning) == Allowed()


@given(where=around_changes(), others=st.lists(st.sampled_from(ZONES), max_size=3))
def test_contact_is_allowed_only_where_every_zone_is_open(
    where: tuple[str, datetime], others: list[str]
) -> None:
    zones, at = (where[0], *others), where[1]
    alone = [decide(replace(ANN, zones=(zone,)), profile_for({}, "US"), at) for zone in zones]

    together = decide(replace(ANN, zones=zones), profile_for({}, "US"), at)

    assert (together == Allowed()) == all(decision == Allowed() for decision in alone)
    if isinstance(together, Held):
        windows = Windows(((480, 1260),) * 7, ((480, 1260),) * 7)
        assert is_open(zones, windows, together.until)
        assert not is_open(zones, windows, together.until - MINUTE)


anyone = st.builds(
    Facts,
    customer_id=st.just(1),
    address=st.sampled_from(["+12125550123", "+13055550123", "+14015550123", "+15045550123"]),
    channel=st.sampled_from(["voice", "sms", "fax"]),
    purpose=st.sampled_from(["marketing", "service", "transactional"]),
    number_kind=st.sampled_from(["mobile", "landline", "either"]),
    region=st.sampled_from(["US", "CN", "DE", "GB", "CA", ""]),
    zones=st.lists(st.sampled_from(ZONES), max_size=2).map(tuple),
    zone_is_stored=st.booleans(),
    state=st.sampled_from(["", "FL", "TX", "LA"]),
    suppressed_scopes=st.sampled_from([(), (), ("marketing",), ("all",)]),
    is_on_do_not_call_list=st.booleans(),
    lists=st.dictionaries(
        st.sampled_from(["US", "GB", "DE"]), st.integers(0, 60).map(lambda days: START - 24 * days * HOUR)
    ),
    reassigned=st.just(""),
    consent=st.sampled_from(LEVELS[:-1]),
    touches=st.lists(
        st.builds(
            Contact,
            st.integers(0, 720).map(lambda hours: START - hours * HOUR),
            st.sampled_from(["", "campaign:1"]),
        ),
        max_size=9,
    ).map(lambda touches: tuple(sorted(touches, key=lambda touch: touch.at))),
    campaign=st.sampled_from(["", "campaign:1"]),
)
moments = st.integers(0, 20 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)
profiles = st.sampled_from(NAMES)


@given(facts=anyone, at=moments, name=profiles)
def test_who_is_held_is_asked_again_later_and_never_for_the_same_reason(
    facts: Facts, at: datetime, name: str
) -> None:
    profile = profile_for({"profiles": {"US": name}}, "US")
    decision, seen = decide(facts, profile, at), []

    while isinstance(decision, Held):
        assert decision.until > at
        at, seen = decision.until, [*seen, decision.rule]
        decision = decide(facts, profile, at)

    assert len(seen) == len(set(seen))


@given(
    gaps=st.lists(st.integers(1, 40), min_size=5, max_size=60),
    name=profiles,
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2).map(tuple),
    state=st.sampled_from(["", "FL"]),
    day=st.sampled_from([1, 5]),
)
def test_no_placement_of_contacts_ever_exceeds_a_cap(
    gaps: list[int], name: str, zones: tuple[str, ...], state: str, day: int
) -> None:
    figures = {
        "caps": {"marketing": {"day": day}},
        "campaign": {"attempts": 50, "gap_hours": 0, "per_day": 50},
    }
    profile = profile_for({"profiles": {"US": name}, "figures": {name: figures}}, "US")
    made: list[datetime] = []
    at = START
    for gap in gaps:
        at += gap * HOUR
        touches = tuple(Contact(moment) for moment in made)
        facts = replace(ANN, zones=zones, state=state, touches=touches, zone_is_stored=True)
        decision = decide(facts, profile, at)
        if isinstance(decision, Held):
            at = decision.until
            decision = decide(facts, profile, at)
        if decision == Allowed():
            made.append(at)

    assert made or len(zones) > 1  # two zones may share no open minute
    rolling = {24 * 7: 3, 24 * 30: 8} | ({24: 3} if state and name == "us" else {})
    for hours, most in rolling.items():
        for end in made:
            assert sum(end - hours * HOUR < moment <= end for moment in made) <= most
    for zone in zones:
        days = [moment.astimezone(ZoneInfo(zone)).date() for moment in made]
        assert all(days.count(each) <= day for each in days)


more_against = st.sampled_from(
    [
        {"suppressed_scopes": ("marketing",)},
        {"suppressed_scopes": ("all", "marketing")},
        {"suppressed_scopes": ("review",)},
        {"consent": "none"},
        {"is_on_do_not_call_list": True},
        {"lists": {}},
        {"reassigned": "yes", "reassigned_on": date(2024, 1, 1)},
        {"touches": "one more"},
        {"zones": "one more"},
    ]
)


@given(facts=anyone, at=moments, name=profiles, change=more_against)
def test_a_further_reason_against_never_turns_a_refusal_into_leave(
    facts: Facts, at: datetime, name: str, change: dict[str, Any]
) -> None:
    profile = profile_for({"profiles": {"US": name}}, "US")
    worse = dict(change)
    if "touches" in change:
        worse["touches"] = (*facts.touches, Contact(max([START, at - HOUR]), facts.campaign))
    if "zones" in change:
        worse["zones"] = (*facts.zones, "Pacific/Chatham") if facts.zones else ()
    if "suppressed_scopes" in change:
        worse["suppressed_scopes"] = tuple({*facts.suppressed_scopes, *change["suppressed_scopes"]})

    if decide(facts, profile, at) != Allowed():
        assert decide(replace(facts, **worse), profile, at) != Allowed()
