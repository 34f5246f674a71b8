"""How much may leave, from the carrier's account down to one source: to the unit, by day, in all, and a second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core import clock
from core.carriers.base import Accepted, Refused, SendResult, Unavailable, Unknown
from core.carriers.words import End
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from customers.models import ConsentEvent, Customer
from outbound.allowances import Allowance, goes_on_at
from outbound.claim import Claim, claim
from outbound.ending import Ended, settle_ends
from outbound.full import full
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.reconcile import expire
from outbound.record import Sent, record
from tests.outbound.desk import ADDRESS, NUMBERS, Desk
from tests.outbound.test_claim import deliver

pytestmark = pytest.mark.storage
SECOND = "+18005550109"
PRICES = {
    "currency": "USD",
    "sms": {"+": "0.01"},
    "voice": {"+": "0.02"},
    "fax": {"+": "0.05"},
}


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


@pytest.fixture
def still(sqlite_url: str, frozen: datetime) -> Iterator[Desk]:
    """Where the database's clock stands as well: SQLite has none but ours."""
    database = Database(sqlite_url)
    yield Desk(database)
    database.close()


def crowd(count: int, start: int = 0) -> list[str]:
    return [f"+1415555{2000 + start + n}" for n in range(count)]


def allow(desk: Desk, most: int, **more: Any) -> None:
    """An allowance; of the account, a day, in sends, unless said otherwise."""
    row = {"tenant_id": 1, "level": "account", "unit": "sends", "period": "day", "most": most, **more}
    with desk.session() as session:
        session.add(Allowance(**row))


def take(desk: Desk, address: str = NUMBERS["sms"], **more: Any) -> Claim:
    """A claim of the sender at *address*, whose own rate is no limit."""
    with desk.session() as session:
        session.execute(update(Sender).values(next_at=clock.real()))
        sender = session.scalars(select(Sender).where(Sender.address == address)).one()
    with desk.database.session(sender.tenant_id) as session:
        return claim(session, sender.id, 60, **more)


def row(desk: Desk) -> Allowance:
    with desk.database.reading(ALL_TENANTS) as session:
        return session.scalars(select(Allowance)).one()


def prices(desk: Desk) -> None:
    with desk.session() as session:
        session.get_one(Tenant, 1).settings = {"prices": PRICES}


def units(desk: Desk, count: int) -> None:
    with desk.session() as session:
        session.execute(update(Delivery).values(units=count))


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        pytest.param({"most": 5}, 5, id="sends"),
        pytest.param({"most": 0}, 0, id="none at all"),
        pytest.param({"most": 99}, 8, id="room enough"),
        pytest.param({"most": 10, "unit": "segments"}, 5, id="segments, two a text"),
        pytest.param({"most": 11, "unit": "segments"}, 5, id="half a text does not fit"),
        pytest.param({"most": 100_000, "unit": "money"}, 5, id="money: two cents a text"),
        pytest.param({"most": 99_999, "unit": "money"}, 4, id="a millionth too little"),
        pytest.param({"most": 3, "period": "total"}, 3, id="in all"),
        pytest.param({"most": 3, "channel": "sms"}, 3, id="of the channel"),
        pytest.param({"most": 3, "channel": "voice"}, 8, id="of another channel"),
        pytest.param({"most": 3, "unit": "calls"}, 8, id="in calls"),
        pytest.param({"most": 3, "level": "sender", "subject": NUMBERS["sms"]}, 3, id="of the sender"),
        pytest.param({"most": 3, "level": "sender", "subject": NUMBERS["voice"]}, 8, id="of another sender"),
        pytest.param({"most": 3, "level": "brand", "subject": "Lakeside"}, 3, id="of its brand"),
        pytest.param({"most": 3, "level": "brand", "subject": "Hillside"}, 8, id="of another brand"),
        pytest.param({"most": 3, "level": "source", "subject": "wave:1"}, 3, id="of the source"),
        pytest.param({"most": 3, "level": "source", "subject": "campaign:1"}, 3, id="of its campaign"),
        pytest.param({"most": 3, "level": "source", "subject": "wave:2"}, 8, id="of another source"),
        pytest.param({"most": 3, "tenant_id": None}, 3, id="of the whole account"),
    ],
)
def test_a_claim_takes_what_fits_and_not_one_more(desk: Desk, rule: dict[str, Any], taken: int) -> None:
    prices(desk)
    deliver(desk, *crowd(8))
    units(desk, 2)
    with desk.session() as session:
        session.execute(update(Sender).values(brand="Lakeside"))
        session.execute(update(Source).values(campaign="campaign:1"))
    allow(desk, **rule)

    found = [len(take(desk).work) for _ in range(3)]

    assert sum(found) == taken
    assert row(desk).full_at == (clock.now() if 0 < taken < 8 else None)
    assert take(desk).decided.total() == 0, "a loop that finds nothing ends"


@pytest.mark.parametrize(
    ("rule", "calls", "texts", "told"),
    [
        pytest.param({}, 0, 0, True, id="the account"),
        pytest.param({"tenant_id": None}, 0, 0, True, id="everybody's account"),
        pytest.param({"unit": "money"}, 0, 0, True, id="the account's money"),
        pytest.param({"unit": "calls"}, 0, 1, True, id="the account's calls"),
        pytest.param({"unit": "segments"}, 1, 0, True, id="the account's segments"),
        pytest.param({"unit": "pages"}, 1, 1, False, id="pages of letters nobody writes"),
        pytest.param({"channel": "sms"}, 1, 0, True, id="the account's texts"),
        pytest.param({"channel": "fax"}, 1, 1, False, id="a channel of neither wave"),
        pytest.param({"level": "sender", "subject": NUMBERS["voice"]}, 0, 1, True, id="the number for calls"),
        pytest.param({"level": "sender", "subject": NUMBERS["sms"]}, 1, 0, True, id="the number for texts"),
        pytest.param({"level": "sender", "subject": NUMBERS["fax"]}, 1, 1, False, id="the number for fax"),
        pytest.param({"level": "brand", "subject": "Lakeside"}, 1, 0, True, id="the brand of the texts"),
        pytest.param({"level": "brand", "subject": "Hillside"}, 1, 1, False, id="another brand"),
        pytest.param({"level": "source", "subject": "campaign:1"}, 0, 0, True, id="the campaign"),
        pytest.param({"level": "source", "subject": "wave:1"}, 0, 1, True, id="its first wave"),
        pytest.param({"level": "source", "subject": "wave:2"}, 1, 0, True, id="its second wave"),
        pytest.param({"level": "source", "subject": "campaign:2"}, 1, 1, False, id="another campaign"),
        pytest.param({"tenant_id": 2}, 1, 1, False, id="another tenant"),
    ],
)
def test_a_limit_stops_the_waves_it_binds_and_the_campaign_tells(
    desk: Desk, rule: dict[str, Any], calls: int, texts: int, told: bool
) -> None:
    prices(desk)
    deliver(desk, ADDRESS, channel="voice", name="wave:1")
    deliver(desk, "+14155552002", name="wave:2")
    with desk.session() as session:
        session.add(Tenant(id=2, slug="theirs", name="Theirs", created_at=clock.now()))
        session.execute(update(Source).values(campaign="campaign:1"))
        session.execute(update(Sender).where(Sender.channel == "sms").values(brand="Lakeside"))
    allow(desk, 0, **rule)

    with desk.database.session(1) as session:
        found = full(session, session.get_one(Tenant, 1), list(session.scalars(select(Source))), clock.now())

    assert bool(found) == told
    assert [len(take(desk, NUMBERS[channel]).work) for channel in ("voice", "sms")] == [calls, texts]


def test_the_narrowest_of_the_chain_decides(desk: Desk) -> None:
    deliver(desk, *crowd(8))
    allow(desk, 7)
    allow(desk, 4, level="source", subject="wave:1")
    allow(desk, 6, level="sender", subject=NUMBERS["sms"])

    assert len(take(desk).work) == 4
    with desk.database.reading(ALL_TENANTS) as session:
        assert list(session.scalars(select(Allowance.reserved))) == [4, 4, 4], "nothing is taken in vain"


@pytest.mark.parametrize(
    ("promotions", "services", "taken"),
    [
        pytest.param(9, 0, 6, id="promotions never use what is kept back"),
        pytest.param(0, 12, 10, id="service may use everything"),
        pytest.param(9, 3, 9, id="service uses what is kept back first"),
        pytest.param(9, 6, 10, id="and then the rest"),
    ],
)
def test_a_share_is_kept_back_for_service(desk: Desk, promotions: int, services: int, taken: int) -> None:
    deliver(desk, *crowd(promotions), purpose="marketing")
    deliver(desk, *crowd(services, start=50))
    allow(desk, 10, kept_back=4)

    purposes = [one.source_id for _ in range(4) for one in take(desk).work]

    assert len(purposes) == taken
    assert purposes.count(2) == min(services, 10), "service goes first"


def test_a_promotion_too_many_leaves_service_its_share(desk: Desk) -> None:
    deliver(desk, *crowd(9), purpose="marketing")
    allow(desk, 10, kept_back=4)
    assert len(take(desk).work) == 6
    assert take(desk).work == ()

    deliver(desk, *crowd(9, start=50))
    assert len(take(desk).work) == 4


def second_sender(desk: Desk, tenant_id: int = 1, **more: Any) -> None:
    with desk.session() as session:
        if tenant_id == 2:
            session.add(Tenant(id=2, slug="theirs", name="Theirs", created_at=clock.now()))
            session.flush()
        session.add(
            Sender(
                tenant_id=tenant_id,
                channel="sms",
                address=SECOND,
                rate_per_s=10.0,
                state="open",
                next_at=clock.real(),
                **more,
            )
        )


def test_two_senders_share_and_nobody_is_taken_twice(desk: Desk) -> None:
    second_sender(desk)
    deliver(desk, *crowd(30))
    allow(desk, 25)

    found = [one.address for sender in (NUMBERS["sms"], SECOND) * 2 for one in take(desk, sender).work]

    assert len(found) == len(set(found)) == 25


def test_two_senders_at_the_same_moment_stay_within_it(desk: Desk) -> None:
    second_sender(desk)
    deliver(desk, *crowd(40))
    allow(desk, 25)
    allow(desk, 24, level="source", subject="wave:1")
    found: list[str] = []

    def loop(address: str) -> None:
        for _ in range(4):
            found.extend(one.address for one in take(desk, address).work)

    threads = [threading.Thread(target=loop, args=(address,)) for address in (NUMBERS["sms"], SECOND)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == len(set(found)) == 24
    with desk.database.reading(ALL_TENANTS) as session:
        assert list(session.scalars(select(Allowance.reserved))) == [24, 24]


def deliver_theirs(desk: Desk, count: int) -> None:
    """The same for the second tenant: moved over, with whom it is for."""
    deliver(desk, *crowd(count, start=100))
    with desk.session() as session:
        source = session.scalars(select(Source).order_by(Source.id.desc()).limit(1)).one()
        whom = select(Delivery.customer_id).where(Delivery.source_id == source.id).scalar_subquery()
        for model, mine in (
            (Customer, Customer.id.in_(whom)),
            (ConsentEvent, ConsentEvent.customer_id.in_(whom)),
            (Delivery, Delivery.source_id == source.id),
            (Source, Source.id == source.id),
        ):
            quiet = {"synchronize_session": False}
            session.execute(update(model).where(mine).values(tenant_id=2), execution_options=quiet)


def test_two_tenants_share_the_carriers_account(desk: Desk) -> None:
    second_sender(desk, tenant_id=2)
    deliver(desk, *crowd(8))
    deliver_theirs(desk, 8)
    allow(desk, 12, tenant_id=None)
    allow(desk, 5, tenant_id=1)

    assert len(take(desk).work) == 5, "its own limit"
    assert len(take(desk, SECOND).work) == 7, "what the account has left"


def test_the_rate_of_an_account_is_shared_and_kept(still: Desk) -> None:
    second_sender(still)
    deliver(still, *crowd(30))
    allow(still, 4, period="second")

    one, two = take(still), take(still, SECOND)

    assert (len(one.work), len(two.work)) == (4, 2), "half of what two seconds have free, each"
    assert (one.wait_s, one.gap_s) == (0.0, 0.25)
    assert (two.wait_s, two.gap_s) == (1.0, 0.25), "after the first one's"
    clock.advance(timedelta(seconds=1.5))
    assert len(take(still).work) == 4


MIDNIGHT = datetime(2026, 11, 19, 5, 0, tzinfo=UTC)
"""In New York, where the tenant is."""


def test_a_day_is_the_tenants(desk: Desk) -> None:
    clock.freeze(MIDNIGHT - timedelta(minutes=1))
    deliver(desk, *crowd(8), purpose="transactional")
    allow(desk, 3)
    assert len(take(desk).work) == 3
    clock.advance(timedelta(seconds=59))
    assert take(desk).work == (), "23:59:59"

    clock.advance(timedelta(seconds=1))
    assert len(take(desk).work) == 3, "00:00:00"
    assert row(desk).day == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("tenant_id", "at"),
    [
        pytest.param(1, MIDNIGHT, id="the tenant's midnight"),
        pytest.param(None, datetime(2026, 11, 19, 0, 0, tzinfo=UTC), id="UTC's for everybody"),
    ],
)
def test_a_full_day_goes_on_tomorrow(desk: Desk, tenant_id: int | None, at: datetime) -> None:
    with desk.session() as session:
        tenant = session.get_one(Tenant, 1)
        full = Allowance(tenant_id=tenant_id, period="day")

        assert goes_on_at(full, tenant, clock.now()) == at
        assert goes_on_at(Allowance(tenant_id=1, period="total"), tenant, clock.now()) is None


def settle(desk: Desk, work: Any, result: SendResult) -> None:
    with desk.database.session(1) as session:
        session.execute(update(Attempt).values(state="submitting", submitted_at=clock.real()))
        record(session, [Sent(one, result) for one in work], clock.real(), clock.now())


@pytest.mark.parametrize(
    ("result", "left"),
    [
        pytest.param(Accepted("SM1", "queued"), 3, id="accepted"),
        pytest.param(Unknown("reset"), 3, id="perhaps sent"),
        pytest.param(Unavailable("429"), 0, id="surely not sent"),
        pytest.param(Refused("21211", "no number"), 0, id="refused"),
    ],
)
def test_what_did_not_leave_is_given_back(desk: Desk, result: SendResult, left: int) -> None:
    deliver(desk, *crowd(5), purpose="marketing")
    allow(desk, 3, kept_back=0)
    work = take(desk).work
    assert (row(desk).reserved, row(desk).promoted, len(work)) == (3, 3, 3)

    settle(desk, work, result)
    settle(desk, work, result)  # doubled, it gives back nothing more

    assert (row(desk).reserved, row(desk).promoted) == (left, left)
    assert (row(desk).full_at is None) == (left == 0)


@pytest.mark.parametrize(
    ("later", "left"),
    [
        pytest.param(timedelta(0), 0, id="the same day"),
        pytest.param(timedelta(hours=13), 2, id="of yesterday nothing can be given back"),
    ],
)
def test_a_crash_between_reserving_and_sending_gives_back(desk: Desk, later: timedelta, left: int) -> None:
    deliver(desk, *crowd(5), purpose="transactional")
    allow(desk, 3)
    take(desk)
    clock.advance(later)
    if later:
        assert len(take(desk).work) == 2, "a new day; the others' claims are not yet given up"

    with desk.session() as session:
        session.execute(
            update(Attempt).where(Attempt.id <= 3).values(lease_until=clock.real() - timedelta(days=9))
        )
        assert expire(session)["released"] == 3

    assert row(desk).reserved == (2 if later else 0) == left


@pytest.mark.parametrize(
    ("channel", "count", "ended", "spent"),
    [
        pytest.param("voice", 1, {"duration_s": 61}, 40_000, id="each started minute"),
        pytest.param("voice", 1, {"duration_s": 60}, 20_000, id="a minute"),
        pytest.param("voice", 1, {"duration_s": 0}, 20_000, id="answered, it cannot have been free"),
        pytest.param("voice", 1, {"end": End("busy", "busy")}, 0, id="busy costs nothing"),
        pytest.param("voice", 1, {"end": End("cancelled", "cancelled")}, 0, id="taken back"),
        pytest.param("fax", 3, {"pages": 3}, 150_000, id="every page"),
        pytest.param("fax", 3, {"pages": 1, "end": End("failed", "cut")}, 50_000, id="the page that arrived"),
        pytest.param("sms", 2, {"end": End("undelivered", "handset_off")}, 20_000, id="a text is paid for"),
    ],
)
def test_what_it_took_in_the_end_is_written(
    desk: Desk, channel: str, count: int, ended: dict[str, Any], spent: int
) -> None:
    prices(desk)
    deliver(desk, "+14155552001", channel=channel)
    units(desk, count)
    with desk.session() as session:
        if channel == "fax":
            session.execute(update(Delivery).values(address="+12125550123"))
    allow(desk, 1_000_000, unit="money", period="total")
    [work] = take(desk, NUMBERS[channel]).work
    settle(desk, [work], Accepted("X1", "queued"))

    with desk.database.session(1) as session:
        end = Ended(
            **{
                "attempt_id": work.attempt_id,
                "delivery_id": work.delivery_id,
                "end": End("reached"),
                "code": "",
                "at": clock.now(),
                **ended,
            }
        )
        assert settle_ends(session, [end]) == 1
        assert settle_ends(session, [end]) == 0

    assert row(desk).reserved == spent
    with desk.database.reading(ALL_TENANTS) as session:
        cost = session.scalars(select(Attempt.cost)).one()
    assert cost == spent or ended.get("end") == End("cancelled", "cancelled")


def test_the_rate_counts_segments(still: Desk) -> None:
    deliver(still, *crowd(30))
    units(still, 3)

    found = take(still)

    assert len(found.work) == 6, "eighteen of the twenty segments of two seconds"
    assert [one.place for one in found.work] == [0, 3, 6, 9, 12, 15]
    with still.database.reading(ALL_TENANTS) as session:
        next_at = session.scalars(select(Sender.next_at).where(Sender.channel == "sms")).one()
    assert next_at == clock.real() + timedelta(seconds=1.8)


@pytest.mark.parametrize(
    ("queue_s", "after_s", "taken"),
    [
        pytest.param(2.0, 0, 5, id="two seconds are nothing"),
        pytest.param(2.1, 0, 0, id="more are a queue"),
        pytest.param(60.0, 57.9, 0, id="not before it has drained"),
        pytest.param(60.0, 58.0, 5, id="then again"),
    ],
)
def test_nothing_is_created_into_the_carriers_queue(
    still: Desk, queue_s: float, after_s: float, taken: int
) -> None:
    deliver(still, *crowd(9), channel="voice")
    work = take(still, NUMBERS["voice"]).work[:1]
    settle(still, work, Accepted("CA1", "queued", queue_s))
    with still.session() as session:
        session.execute(update(Attempt).values(state="ended"))
        session.execute(update(Delivery).where(Delivery.state == "active").values(state="reached"))
    deliver(still, *crowd(9, start=20), channel="voice")
    clock.advance(timedelta(seconds=after_s))

    assert len(take(still, NUMBERS["voice"]).work) == taken
