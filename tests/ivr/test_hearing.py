"""What a caller hears at any day and time, played from the rows the hotline goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import CarillonError
from core.models import Tenant
from core.runtime import Runtime
from ivr import announcements
from ivr.hearing import hears
from tests.ivr.conftest import NOON
from tests.ivr.phone import HOTLINE

NIGHT = datetime(2026, 12, 25, 1, 0, tzinfo=UTC)


def told(
    runtime: Runtime, at: datetime, *answers: str, number: str = HOTLINE, tenant_id: int = 1
) -> list[str]:
    with runtime.database.reading(tenant_id) as session:
        return hears(session, session.get_one(Tenant, tenant_id), number, at, answers).lines()


@pytest.mark.parametrize(
    ("at", "line"),
    [
        pytest.param(NOON, "  One moment, we are connecting you.", id="at noon"),
        pytest.param(NIGHT, "  Nobody is at the desk at this hour.", id="at night"),
    ],
)
def test_opening_hours_are_those_of_that_moment(runtime: Runtime, at: datetime, line: str) -> None:
    assert line in told(runtime, at, "2", "0")


def test_announcements_are_those_of_that_moment(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        texts = {"en": "Main Street is closed.", "zh": "主街封闭。"}
        announcements.announce(
            session, session.get_one(Tenant, 1), texts, NOON, NOON + timedelta(hours=1), "ann"
        )

    assert told(runtime, NOON)[:3] == ["(announcement)", "  主街封闭。", "  Main Street is closed."]
    assert "(announcement)" not in told(runtime, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("number", "tenant_id"),
    [
        pytest.param("+18005550999", 1, id="no number of ours"),
        pytest.param(HOTLINE, 2, id="of another company"),
    ],
)
def test_a_number_that_nothing_answers_is_named(runtime: Runtime, number: str, tenant_id: int) -> None:
    with pytest.raises(CarillonError, match="no number of the hotline"):
        told(runtime, NOON, number=number, tenant_id=tenant_id)
