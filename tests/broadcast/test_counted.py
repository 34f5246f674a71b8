"""Large campaigns are counted by the worker for whoever looks: never old, never wrong, and small ones when asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from broadcast import counted, jobs
from broadcast.models import CampaignCount, Recipient
from core import clock
from tests.broadcast.conftest import House

pytestmark = pytest.mark.storage


@pytest.fixture
def campaign(both: House, monkeypatch: pytest.MonkeyPatch) -> int:
    """A campaign to three people, which counts as a large one."""
    monkeypatch.setattr(counted, "MANY", 3)
    both.crowd(3)
    return both.running()


def count(house: House) -> int:
    return jobs.count(house.runtime, None).get("counted", 0)  # type: ignore[arg-type]  # it needs no threads


def fail_one(house: House) -> None:
    with house.session() as session:
        first = select(Recipient.id).limit(1).scalar_subquery()
        session.execute(
            update(Recipient).where(Recipient.id == first).values(state="failed", reason="busy", ended_at=clock.now())
        )  # fmt: skip


@pytest.mark.parametrize(
    ("later", "seen"),
    [
        pytest.param(timedelta(0), 0, id="counted just now: as it was then"),
        pytest.param(counted.FRESH / 2, 0, id="some seconds ago: as it was then"),
        pytest.param(counted.FRESH, 1, id="too long ago, as no worker counts: counted when asked"),
    ],
)
def test_a_page_reads_what_the_worker_counted_a_moment_ago(
    both: House, campaign: int, later: timedelta, seen: int
) -> None:
    assert count(both) == 1
    fail_one(both)
    with both.session() as session:
        kept = session.scalars(select(CampaignCount)).one()
        kept.at -= later

    shown = both.progress(campaign)
    assert (shown.ended, shown.targeted, sum(shown.failed.values())) == (seen, 3, seen)


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        pytest.param(timedelta(0), 0, id="just counted"),
        pytest.param(timedelta(seconds=3), 1, id="some seconds ago"),
    ],
)
def test_the_worker_counts_again_when_it_is_time(
    both: House, campaign: int, later: timedelta, counts: int
) -> None:
    assert count(both) == 1
    with both.session() as session:
        session.scalars(select(CampaignCount)).one().at -= later

    assert count(both) == counts
    with both.session() as session:
        assert len(session.scalars(select(CampaignCount)).all()) == 1


def test_a_count_that_takes_long_is_rare_but_never_older_than_a_page_allows(
    both: House, campaign: int
) -> None:
    assert count(both) == 1
    with both.session() as session:
        kept = session.scalars(select(CampaignCount)).one()
        kept.took_ms = 60_000
        kept.at -= timedelta(seconds=3)
    assert count(both) == 0

    with both.session() as session:
        session.scalars(select(CampaignCount)).one().at -= counted.FRESH / 2
    assert count(both) == 1


def test_what_is_small_or_over_is_counted_when_asked(both: House) -> None:
    both.crowd(3)
    campaign = both.running()
    assert count(both) == 0

    fail_one(both)
    assert both.progress(campaign).ended == 1


def test_what_is_kept_is_what_was_counted(both: House, campaign: int) -> None:
    fail_one(both)
    before = both.progress(campaign)
    assert count(both) == 1

    assert both.progress(campaign) == before
