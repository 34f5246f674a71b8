"""What a caller asks for on the telephone becomes a delivery, once, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from core.db import Database
from core.models import Tenant
from outbound import on_demand
from outbound.models import Delivery, Source
from tests.outbound.desk import ADDRESS, NUMBERS, Desk

NODE = "promotion_of_the_year.send_the_address_of_the_workshop"


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    made = Desk(Database(database_url))
    yield made
    made.database.close()


def order(key: str) -> on_demand.Order:
    return on_demand.Order(
        channel="sms", number=ADDRESS, text={"text": "{{ body }}"}, values={"body": "1 Quay Road"}, language="en",
        node=NODE, call="CA1", key=key, caller=ADDRESS, hotline=NUMBERS["voice"],
    )  # fmt: skip


@pytest.mark.storage
def test_it_is_brought_whatever_its_node_is_called_and_once_a_question(desk: Desk) -> None:
    for key in ("call:CA1:3:0", "call:CA1:3:0"):
        with desk.database.session(1) as session:
            on_demand.bring(session, session.get_one(Tenant, 1), order(key))

    with desk.session() as session:
        assert [row.address for row in session.scalars(select(Delivery))] == [ADDRESS]
        [source] = session.scalars(select(Source))
        assert source.name.startswith("reply:asked:")
        assert len(source.name) <= 40
