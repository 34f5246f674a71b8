"""Outages of minutes, on a smaller scale: of the carrier, and of our own database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator

from core.db import ALL_TENANTS
from core.jobs import drain
from outbound import breaker
from outbound.models import Attempt, Receipt
from tests import plant as plants
from tests.outage import away
from tests.plant import Plant

OUTAGE_S, PROBE_S = 6.0, 2.0
PEOPLE = [f"+1415555{n:04}" for n in range(3000, 3150)]


@pytest.fixture
def plant(sqlite_url: str, tmp_path: Path) -> Iterator[Plant]:
    found, stop = plants.start(sqlite_url, tmp_path, plants.population(), http_timeout_s=1)
    yield found
    stop()


def attempts(plant: Plant) -> list[Attempt]:
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(Attempt)))


@pytest.mark.long
def test_an_outage_of_the_carrier_costs_threads_and_probes_and_nobody(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The carrier takes orders and says nothing. Whoever got none is sent to when it is back; nobody twice."""
    monkeypatch.setattr(breaker, "PROBE_EVERY", timedelta(seconds=PROBE_S))
    plant.deliver("sms", *PEOPLE)
    plant.exchange.fault("away_silent", seconds=OUTAGE_S)

    plant.run_until(plant.is_over, 60)

    in_the_dark = sum(one.code == "proven_absent" for one in attempts(plant))
    probes = OUTAGE_S / PROBE_S
    assert 0 < in_the_dark <= plant.runtime.config.send_threads + breaker.IN_A_ROW + probes
    assert sorted(row["to"] for row in plant.contacts()) == PEOPLE
    assert set(plant.states().values()) == {"reached"}


def test_receipts_that_come_while_the_database_is_away_are_kept(plant: Plant) -> None:
    plant.deliver("sms", *PEOPLE)
    plant.exchange.fault("lose_callback", percent=100)
    plant.run_until(lambda: len(plant.contacts()) == len(PEOPLE))
    told = {one.token: one.carrier_id or "" for one in attempts(plant)}

    with away(plant.runtime.database):
        assert {tell(plant, token, sid) for token, sid in told.items()} == {204}
        with pytest.raises(OperationalError):
            drain(plant.runtime, plant.pool)

    drain(plant.runtime, plant.pool)
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        assert len(set(session.scalars(select(Receipt.attempt_id)))) == len(PEOPLE)
    assert set(plant.states().values()) == {"reached"}


def tell(plant: Plant, token: str, sid: str) -> int:
    """The carrier reports that a text arrived."""
    url = plant.runtime.url(f"/receipts/{token}/sms")
    form = {"MessageSid": sid, "MessageStatus": "delivered"}
    signature = RequestValidator(plants.TOKEN).compute_signature(url, form)
    return requests.post(url, data=form, headers={"X-Twilio-Signature": signature}, timeout=5).status_code
