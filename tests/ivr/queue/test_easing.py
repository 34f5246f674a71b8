from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from ivr.queue import easing
from outbound import deliveries
from outbound.models import Source
from tests.ivr.queue.conftest import Desk

pytestmark = pytest.mark.storage


def source(desk: Desk, name: str, purpose: str) -> Source:
    content = {"texts": {"en": {"text": "Hello"}}}
    return deliveries.open_source(desk.session, 1, name, channel="sms", purpose=purpose, content=content)


def test_promotions_slow_down_while_a_caller_waits_too_long(desk: Desk) -> None:
    promotion, service = source(desk, "wave:1", "marketing"), source(desk, "follow_up:1", "service")
    waiter = desk.waiter(1)
    seen = []
    for step in (timedelta(seconds=119), timedelta(seconds=1)):
        clock.advance(step)
        seen.append((easing.ease(desk.session, desk.tenant, clock.now()), promotion.ceiling))
        desk.session.refresh(promotion)
    assert (promotion.ceiling, service.ceiling) == (1, None)
    waiter.kind = "callback"
    desk.session.flush()
    assert easing.ease(desk.session, desk.tenant, clock.now()) == 1
    desk.session.refresh(promotion)
    assert promotion.ceiling is None
    assert [changed for changed, _ in seen] == [0, 1]
