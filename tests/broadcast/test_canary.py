"""A sample goes first, and the rest only if it went well."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from broadcast import canary, jobs
from core import clock
from core.models import AuditEntry
from customers.suppression import opt_out
from outbound.allowances import Allowance
from outbound.models import Attempt, Delivery
from tests.broadcast.conftest import House
from tests.broadcast.test_limits import crowd, take

pytestmark = pytest.mark.storage
MOST = (
    "most_opt_outs_percent: 10, most_hang_ups_percent: 10, most_refusals_percent: 10, most_errors_percent: 10"
)


def judge(house: House) -> dict[str, int]:
    found = jobs.judge(house.runtime, None)  # type: ignore[arg-type]  # it needs no pool
    return {verdict: count for verdict, count in found.items() if count}


def tried(house: House, count: int = 60, channel: str = "sms") -> int:
    """A running campaign whose sample of 20 has been sent and ended well; its id."""
    crowd(house, count)
    if channel == "sms":
        campaign_id = house.running(canary=f"{{percent: 1, hold_min: 30, {MOST}}}")
    else:
        raise ValueError(channel)
    assert len(take(house).work) == min(count, 20)
    assert take(house).work == (), "nobody but the sample"
    with house.session() as session:
        session.execute(update(Attempt).values(state="ended", outcome="reached", duration_s=60))
        session.execute(update(Delivery).where(Delivery.state == "active").values(state="reached"))
    return campaign_id


def test_the_rest_follows_once_it_has_been_watched(both: House) -> None:
    campaign_id = tried(both)
    assert judge(both) == {}
    clock.advance(timedelta(minutes=29, seconds=59))
    assert judge(both) == {}

    clock.advance(timedelta(seconds=1))
    assert judge(both) == {"canary passed": 1}

    assert judge(both) == {}
    assert len(take(both).work) == 40
    with both.session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.who == "canary")).one()
    assert (entry.action, entry.about, entry.details["sent"]) == (
        "canary_passed",
        f"campaign:{campaign_id}",
        20,
    )


def test_calls_are_judged_when_they_have_ended(both: House) -> None:
    tried(both)
    with both.session() as session:
        from outbound.models import Source

        session.execute(update(Source).values(channel="voice"))
        session.execute(update(Attempt).where(Attempt.id == 1).values(state="accepted"))
    assert judge(both) == {}, "one still talks"

    with both.session() as session:
        session.execute(update(Attempt).values(state="ended"))
    assert judge(both) == {"canary passed": 1}


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize(
    ("figure", "values"),
    [
        pytest.param("refusals", {"state": "refused"}, id="refused by the carrier"),
        pytest.param("errors", {"outcome": "undelivered"}, id="not delivered"),
        pytest.param("errors", {"state": "unknown"}, id="unknown"),
        pytest.param("hang_ups", {"channel": "voice", "duration_s": 4}, id="hung up before five seconds"),
        pytest.param("opt_outs", {}, id="opted out"),
    ],
)
def test_what_is_beyond_its_limit_pauses_at_once(
    both: House, figure: str, values: dict[str, object], count: int
) -> None:
    campaign_id = tried(both)
    with both.session() as session:
        chosen = list(session.scalars(select(Attempt).order_by(Attempt.id).limit(count)))
        for attempt in chosen:
            if figure == "opt_outs":
                opt_out(session, 1, attempt.address, "all", "key", "test", clock.now())
        if values:
            session.execute(
                update(Attempt).where(Attempt.id.in_([one.id for one in chosen])).values(**values)
            )

    found = judge(both)
    both.settle()

    campaign = both.campaign(campaign_id)
    if count == 2:  # of twenty: just ten percent
        assert (found, campaign.state) == ({}, "running")
    else:
        assert found == {"canary paused": 1}
        assert (campaign.state, campaign.reason) == ("paused", f"canary: {figure} 15.0 %")


def test_staff_may_go_on_all_the_same(both: House) -> None:
    campaign_id = tried(both)
    with both.session() as session:
        session.execute(update(Attempt).where(Attempt.id < 9).values(state="refused"))
    judge(both)
    both.settle()
    assert both.campaign(campaign_id).state == "paused"

    both.said("resume", str(campaign_id))

    assert judge(both) == {}
    assert len(take(both).work) == 40
    with both.session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "canary_overruled")).one()
    assert (entry.who, entry.details["refusals"]) == ("command line", 8)


def test_a_pause_for_lunch_does_not_end_the_trial(both: House) -> None:
    campaign_id = tried(both)
    both.said("pause", str(campaign_id))
    both.said("resume", str(campaign_id))

    assert take(both).work == ()


def test_a_list_no_longer_than_the_sample_needs_none(house: House) -> None:
    crowd(house, 20)
    house.running(canary="{percent: 1}")

    with house.session() as session:
        assert session.scalars(select(Allowance)).all() == []
    assert len(take(house).work) == 20


def test_the_sample_is_chosen_by_chance_and_as_large_as_asked(house: House) -> None:
    crowd(house, 100)
    house.running(canary="{percent: 50}")

    with house.session() as session:
        first = list(session.scalars(select(Delivery.id).where(Delivery.due_at < clock.now())))
        campaign = house.campaign(1)
        trial = canary.trial_of(session, campaign)
    assert len(first) == 50
    assert sorted(first) != list(range(1, 51))
    assert trial is not None
    assert (trial.size, trial.sent) == (50, 0)
