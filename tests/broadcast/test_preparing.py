"""Preparing a launched campaign: everybody once, whatever is interrupted."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, select, update

from broadcast import preparing
from broadcast.models import Campaign
from broadcast.preparing import read_chunk, write_chunk
from core.db import ALL_TENANTS
from customers.models import Customer, CustomerNumber
from outbound.models import Delivery
from tests.broadcast.conftest import House

pytestmark = pytest.mark.storage


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "CHUNK", 3)


def one_chunk(house: House) -> int:
    """What the worker does between two looks at the clock."""
    with house.runtime.database.reading(1) as session:
        campaign = house.campaign(1)
        chunk = read_chunk(session, campaign)
    with house.runtime.database.session(1) as session:
        write_chunk(session, session.get_one(Campaign, 1), chunk)
    return len(chunk.customer_ids)


def test_everybody_gets_one_delivery_and_then_it_runs(both: House) -> None:
    both.crowd(8)
    both.launched()
    both.prepare()

    assert both.recipients() == ["open"] * 8
    assert both.deliveries() == [f"+1415555{2000 + n}" for n in range(8)]
    assert both.campaign(1).state == "running"


@pytest.mark.parametrize(
    ("channel", "message", "units"),
    [
        pytest.param("sms", '{en: {text: "Hello {{ name }}"}}', 1, id="a text"),
        pytest.param("sms", f'{{en: {{text: "{"long " * 40}"}}}}', 2, id="a text in two segments"),
        pytest.param("fax", f"{{en: {{subject: Hi, paragraphs: [{'long ' * 600}]}}}}", 2, id="two pages"),
    ],
)
def test_what_a_try_is_billed_by_is_counted(both: House, channel: str, message: str, units: int) -> None:
    both.customer("Ann", "+14155552001", kind="fax" if channel == "fax" else "mobile")
    numbers = "{company: Us, company_phone: '+18005550100', opt_out_phone: '+18005550100', opt_out_fax: '+18005550102'}"
    both.launched(channel=channel, message=message, variables=numbers)
    both.prepare()

    with both.session() as session:
        assert session.scalars(select(Delivery.units)).one() == units


def test_a_crash_between_chunks_goes_on_where_it_stopped(both: House) -> None:
    both.crowd(8)
    both.launched()
    assert one_chunk(both) == 3
    assert (both.campaign(1).state, len(both.deliveries())) == ("preparing", 3)
    both.prepare()

    assert both.deliveries() == [f"+1415555{2000 + n}" for n in range(8)]
    assert both.recipients() == ["open"] * 8


def test_a_crash_within_a_chunk_leaves_nothing_of_it(both: House) -> None:
    both.crowd(8)
    both.launched()
    with both.runtime.database.reading(1) as session:
        chunk = read_chunk(session, both.campaign(1))

    class Crash(Exception):
        pass

    def crash() -> None:
        with both.runtime.database.session(1) as session:
            write_chunk(session, session.get_one(Campaign, 1), chunk)
            session.flush()
            raise Crash

    with pytest.raises(Crash):
        crash()

    assert (both.recipients(), both.deliveries(), both.campaign(1).prepared_to) == ([], [], 0)


def test_two_workers_at_once_prepare_everybody_once(both: House) -> None:
    both.crowd(20)
    both.launched()
    wrong: list[Exception] = []

    def work() -> None:
        try:
            both.prepare()
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both.prepare()

    assert not wrong
    assert both.recipients() == ["open"] * 20, "nobody is taken for sharing a number with himself"
    assert len(both.deliveries()) == 20


def test_a_number_two_share_is_reached_once_also_across_chunks(both: House) -> None:
    both.crowd(3)
    both.customer("Twin", "+14155552000")
    both.customer("Other twin", "+14155552000")
    both.launched()
    both.prepare()

    assert both.recipients() == ["open"] * 3 + ["blocked:shared_address"] * 2
    assert both.progress(1).blocked == {"shared_address": 2}
    assert both.progress(1).targeted == 5


def test_who_has_no_number_is_counted(both: House) -> None:
    both.crowd(1)
    both.customer("Ann")
    both.customer("Bob", "+14155552010", kind="fax")
    both.launched()
    both.prepare()

    assert both.recipients() == ["open", "blocked:no_number", "blocked:no_number"]
    assert both.certificate(1)["blocked"] == {"no_number": 2}
    assert both.progress(1).targeted == 3


def test_who_changed_since_launch_and_does_not_fit_any_more_is_counted(both: House) -> None:
    ids = both.crowd(2)
    both.launched()
    with both.runtime.database.session(ALL_TENANTS) as session:
        session.execute(update(Customer).where(Customer.id == ids[0]).values(name=""))
        session.execute(delete(CustomerNumber).where(CustomerNumber.customer_id == ids[1]))
    both.prepare()

    assert both.recipients() == ["blocked:content", "blocked:no_number"]
    assert both.deliveries() == []


def test_who_joins_after_launch_is_in_it_while_it_is_prepared(both: House) -> None:
    both.crowd(2)
    both.launched()
    both.customer("Late", "+14155552099")
    both.prepare()

    assert both.deliveries()[-1] == "+14155552099"


def test_a_campaign_cancelled_while_it_is_prepared_stays_so(both: House) -> None:
    both.crowd(8)
    both.launched()
    one_chunk(both)
    both.said("cancel", "1")
    both.prepare()
    both.settle()

    assert both.campaign(1).state == "cancelled"
    assert len(both.deliveries()) == 3
    assert both.recipients() == ["blocked:cancelled"] * 3


def test_a_list_keeps_those_it_names(both: House) -> None:
    both.customer("Ann", "+14155552001", reference="A")
    both.customer("Bob", "+14155552002", reference="B")
    both.customer("Cy", "+14155552003", reference="C")
    (both.folder / "list.csv").write_text("C\nA\n")
    both.launched(audience="{file: list.csv}")
    both.prepare()

    assert both.deliveries() == ["+14155552001", "+14155552003"]
