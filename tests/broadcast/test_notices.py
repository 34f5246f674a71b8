"""Campaigns about an event: their times come from its date, letters from each person's own call (A10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from aftersales import events
from aftersales.models import Event
from aftersales.models import Letter as Registered
from broadcast import campaigns
from broadcast.fingerprint import fingerprint
from broadcast.gates import gates
from broadcast.models import Campaign
from core import clock
from core.models import Tenant
from outbound.models import Delivery, Source
from tests.broadcast.conftest import House
from tests.broadcast.test_waves import (
    ANN,
    ANN_FAX,
    BOB,
    BOB_FAX,
    FAILED,
    deliveries,
    document,
    end,
    fax,
    person,
    sms,
)

pytestmark = pytest.mark.storage
CONTENT = {"en": "Free winter check", "zh": "冬季免费检测"}
MESSAGE = '{en: {text: "{{ event_content_en }} on {{ event_date_en }} at {{ event_address }}"}}'


def at(house: House, text: str, zone: str = "America/Los_Angeles") -> datetime:
    """Turn the clock to a moment of the company's, in its zone."""
    with house.session() as session:
        session.execute(update(Tenant).where(Tenant.id == 1).values(zone=zone))
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    clock.freeze(moment)
    return moment


def invited(house: House, **more: object) -> int:
    """An event on the 20th of May; its id."""
    said = {
        "name": "Open day",
        "kind": "social",
        "content": CONTENT,
        "held_on": date(2026, 5, 20),
        "address": "1 Quay Road",
    }
    with house.session() as session:
        made = events.enter(session, session.get_one(Tenant, 1), events.Details(**{**said, **more}), "sue")  # type: ignore[arg-type]  # a table
        return made.id


def draft(house: House, event_id: int, *waves: str) -> int:
    made = waves or (sms(message=MESSAGE), fax())
    path = document(house, *made, event=str(event_id), ends_after_h="48")
    return int(house.said("create", path)["id"])


def standing(house: House, campaign_id: int) -> tuple[list[str], list[str]]:
    """The codes of what stands in the way, and of what is warned of."""
    with house.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        found = gates(session, campaign, fingerprint(session, campaign))
        return [gate.code for gate in found.blockers], [gate.code for gate in found.warnings]


def launched(house: House, *waves: str) -> Campaign:
    campaign_id = draft(house, invited(house), *waves)
    house.said("launch", str(campaign_id))
    house.prepare()
    return house.campaign(campaign_id)


ZONES = ("America/Los_Angeles", "Asia/Shanghai", "Europe/London")


@pytest.mark.parametrize("zone", ZONES)
def test_calls_end_two_weeks_ahead_and_letters_two_days_after_each_call(both: House, zone: str) -> None:
    """A10: event 20 May: calls must finish by 6 May; who was called on 5 May gets the letter by 7 May."""
    at(both, "2026-05-04T09:00", zone)
    person(both, "Ann", (ANN,), (ANN_FAX,))
    person(both, "Bob", (BOB,), (BOB_FAX,))
    campaign = launched(both)
    sixth_is_over = datetime(2026, 5, 7, tzinfo=ZoneInfo(zone))
    assert campaign.expires_at == sixth_is_over + timedelta(days=2)
    with both.session() as session:
        assert set(session.scalars(select(Delivery.expires_at))) == {sixth_is_over}

    at(both, "2026-05-05T15:00", zone)
    end(both, ANN, "sms", **FAILED, ended_at=clock.now())
    both.settle()
    at(both, "2026-05-06T20:00", zone)
    end(both, BOB, "sms", **FAILED, ended_at=clock.now())
    both.settle()

    with both.session() as session:
        rows = session.execute(select(Delivery.address, Delivery.expires_at).where(Delivery.channel == "fax"))
        letters = {row.address: row.expires_at for row in rows}
    assert letters == {ANN_FAX: sixth_is_over + timedelta(days=1), BOB_FAX: sixth_is_over + timedelta(days=2)}


def test_days_may_be_working_days(both: House) -> None:
    at(both, "2026-04-27T09:00")
    with both.session() as session:
        session.execute(update(Tenant).values(after_sales={"count": "business", "holidays": "US"}))
    person(both, "Ann", (ANN,), (ANN_FAX,))
    launched(both)

    with both.session() as session:
        [expires_at] = session.scalars(select(Delivery.expires_at))
    assert expires_at == datetime(2026, 5, 1, tzinfo=ZoneInfo("America/Los_Angeles"))


def test_who_was_reached_gets_no_letter(both: House) -> None:
    at(both, "2026-05-04T09:00")
    person(both, "Ann", (ANN,), (ANN_FAX,))
    launched(both)
    end(both, ANN, "sms", state="reached")
    both.settle()

    assert [row[0] for row in deliveries(both)] == ["sms"]


def test_texts_say_what_when_and_where_and_letters_know_their_event(both: House) -> None:
    at(both, "2026-05-04T09:00")
    person(both, "Ann", (ANN,), (ANN_FAX,))
    launched(both)

    with both.session() as session:
        for source in session.scalars(select(Source).where(Source.name.like("wave:%"))):
            assert source.content["about"]["event"] == 1
            assert source.content["variables"]["event_date_zh"] == "2026年5月20日"
            assert source.content["variables"]["event_date_en"] == "May 20, 2026"
            assert source.content["variables"]["event_address"] == "1 Quay Road"
        assert session.scalars(select(Registered)).all() == []


@pytest.mark.parametrize(
    ("missing", "blockers"),
    [
        pytest.param({"content": {}}, ["event_lacks"], id="no content"),
        pytest.param({"address": ""}, ["event_lacks"], id="no address"),
        pytest.param({"held_on": date(2026, 5, 4)}, ["event_over"], id="it has begun"),
        pytest.param({}, [], id="all is said"),
    ],
)
def test_nothing_is_launched_for_an_event_that_is_not_told_in_full(
    both: House, missing: dict[str, object], blockers: list[str]
) -> None:
    at(both, "2026-05-04T09:00")
    person(both, "Ann", (ANN,), (ANN_FAX,))
    campaign_id = draft(both, invited(both, **missing), sms())

    assert standing(both, campaign_id)[0] == blockers
    assert (both.run("launch", str(campaign_id)).exit_code == 1) is bool(blockers)


@pytest.mark.parametrize(
    ("now", "is_late"),
    [
        pytest.param("2026-05-06T23:59", False, id="the last minute of the last day"),
        pytest.param("2026-05-07T00:00", True, id="the minute after"),
    ],
)
def test_who_launches_later_than_two_weeks_ahead_is_warned_and_calls_until_it_begins(
    both: House, now: str, is_late: bool
) -> None:
    at(both, now)
    person(both, "Ann", (ANN,), (ANN_FAX,))
    campaign_id = draft(both, invited(both))

    blockers, warnings = standing(both, campaign_id)
    assert (blockers, "event_late" in warnings) == ([], is_late)
    both.said("launch", str(campaign_id))
    if is_late:
        begins = datetime(2026, 5, 20, tzinfo=ZoneInfo("America/Los_Angeles"))
        assert both.campaign(campaign_id).expires_at == begins


def test_a_campaign_for_no_event_is_refused_at_once(both: House) -> None:
    path = document(both, sms(), event="7")

    said = both.run("create", path)

    assert (said.exit_code, "there is no event 7" in said.output) == (1, True)


def test_an_event_that_changes_is_rehearsed_and_approved_anew(both: House) -> None:
    at(both, "2026-05-04T09:00")
    person(both, "Ann", (ANN,), (ANN_FAX,))
    campaign_id = draft(both, invited(both))
    with both.session() as session:
        campaign = campaigns.get(session, campaign_id)
        before = fingerprint(session, campaign)
        session.get_one(Event, 1).address = "2 Quay Road"
        session.flush()
        after = fingerprint(session, campaign)
    assert before.whole != after.whole
    assert before.content != after.content
