from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import abandonment, campaigns
from broadcast.abandonment import PERIOD, Abandonment
from core import clock
from core.db import ALL_TENANTS
from outbound.models import Attempt, Delivery, Source
from outbound.transfers import Transfer
from tests.broadcast.conftest import House


@pytest.mark.parametrize(
    ("abandoned", "live", "is_over"),
    [
        pytest.param(0, 0, False, id="nobody has answered"),
        pytest.param(4, 4, False, id="four cases, whatever the share"),
        pytest.param(5, 5, True, id="the fifth"),
        pytest.param(5, 200, True, id="2.5 percent of 200"),
        pytest.param(5, 201, False, id="less than that"),
        pytest.param(25, 1000, True, id="2.5 percent of a thousand"),
        pytest.param(24, 1000, False, id="2.4 percent"),
    ],
)
def test_from_the_fifth_case_on_the_share_decides(abandoned: int, live: int, is_over: bool) -> None:
    now = datetime(2026, 11, 18, tzinfo=UTC)
    assert Abandonment(now, now, live, abandoned, 0, abandoned).is_over == is_over


def answer(house: House, state: str = "", by: str = "human", at: timedelta = timedelta()) -> None:
    """Somebody answers the campaign's only delivery; *state* is what becomes of their wish for a person."""
    with house.runtime.database.session(ALL_TENANTS) as session:
        delivery = session.scalars(select(Delivery)).first()
        session.execute(update(Source).values(team="sales"))
        attempt = Attempt(
            tenant_id=1,
            delivery_id=delivery.id,
            source_id=delivery.source_id,
            sender_id=1,
            channel="voice",
            address=delivery.address,
            token=clock.new_token(),
            state="ended",
            outcome="reached",
            answered_by=by,
            started_at=clock.now() + at,
        )
        session.add(attempt)
        session.flush()
        if state:
            wish: dict[str, Any] = {"team": "sales", "pressed_at": clock.now(), "heard_at": clock.real()}
            session.add(
                Transfer(
                    tenant_id=1, attempt_id=attempt.id, source_id=delivery.source_id, state=state, **wish
                )
            )


@pytest.mark.storage
def test_each_thirty_days_are_counted_by_themselves(both: House) -> None:
    both.customer("Ann", "+14155552000")
    both.running()
    answer(both)
    answer(both, "bridged")
    answer(both, by="machine_start")
    for _ in range(5):
        answer(both, "abandoned")
    answer(both, "abandoned", at=PERIOD)
    now = clock.now()
    with both.runtime.database.session(1) as session:
        campaign = campaigns.get(session, 1)
        found = abandonment.periods(session, campaign, now + PERIOD)
        assert [(one.live, one.asked, one.bridged, one.abandoned) for one in found] == [
            (7, 6, 1, 5),
            (1, 1, 0, 1),
        ]
        assert found[1].since == found[0].until
        assert [abandonment.is_over(session, campaign, at) for at in (now, now + PERIOD)] == [True, False]
        assert abandonment.pause(session, campaign, now)
        assert campaign.reason == "abandoned: 5 7"
        campaigns.resume(session, campaign, "test")
        assert not abandonment.pause(session, campaign, now), "staff have let it go on"
    answer(both, "abandoned")
    with both.runtime.database.session(1) as session:
        assert abandonment.pause(session, campaigns.get(session, 1), now), "the next one"
