"""What every carrier promises about sending, asked of each over a real connection to an exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.carriers import CARRIERS, account, connect
from core.carriers.base import (
    Accepted,
    Call,
    Carrier,
    Order,
    Refused,
    Text,
    Unavailable,
    Unknown,
)
from core.config import Config
from tests.core.carriers.world import ALL, EACH, Web, World, around_now, eventually


@EACH
def test_what_is_accepted_can_be_fetched_and_found(name: str, channel: str, world: World) -> None:
    carrier, order = world.carrier(name), world.order(name, channel)
    sent = carrier.send(order)
    assert isinstance(sent, Accepted)
    assert sent.status == "queued"
    report = carrier.fetch(channel, sent.carrier_id)
    assert report is not None
    assert (report.carrier_id, report.to, report.from_) == (sent.carrier_id, order.to, order.from_)
    assert report.created_at.utcoffset() == timedelta(0)
    if isinstance(order, Text):
        assert report.body == order.body
    listing = carrier.find(channel, order.to, order.from_, **around_now())
    assert listing.complete
    assert sent.carrier_id in [one.carrier_id for one in listing.reports]
    carrier.stop(channel, sent.carrier_id)


@EACH
def test_a_search_keeps_to_its_time_and_numbers(name: str, channel: str, world: World) -> None:
    carrier, order = world.carrier(name), world.order(name, channel)
    sent = carrier.send(order)
    assert isinstance(sent, Accepted)
    report = carrier.fetch(channel, sent.carrier_id)
    assert report is not None

    def found(to: str, from_: str, since: timedelta, until: timedelta) -> bool:
        at = report.created_at
        listing = carrier.find(channel, to, from_, at + since, at + until)
        return sent.carrier_id in [one.carrier_id for one in listing.reports]

    second, part = timedelta(seconds=1), timedelta(milliseconds=999)
    assert found(order.to, order.from_, -second, second)
    assert found(order.to, order.from_, part, second)
    assert not found(order.to, order.from_, second, 2 * second)
    assert not found(order.to, order.from_, -2 * second, -second)
    assert not found("+14155550199", order.from_, -second, second)
    assert not found(order.to, "+18005550177", -second, second)
    carrier.stop(channel, sent.carrier_id)


@EACH
def test_a_search_reads_every_page(
    name: str, channel: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "PAGE_SIZE", 2)
    carrier = world.carrier(name)
    order = world.order(name, channel, to="+17775550112" if channel == "fax" else "+14155550112")
    sent = {result.carrier_id for _ in range(5) if isinstance(result := carrier.send(order), Accepted)}
    assert len(sent) == 5
    listing = carrier.find(channel, order.to, order.from_, **around_now())
    assert listing.complete
    assert sent <= {one.carrier_id for one in listing.reports}
    monkeypatch.setattr(account, "MAX_PAGES", 2)
    assert not carrier.find(channel, order.to, order.from_, **around_now()).complete


@EACH
def test_an_id_nobody_knows_is_none(name: str, channel: str, world: World) -> None:
    carrier = world.carrier(name)
    assert carrier.fetch(channel, "XX" + "0" * 32) is None
    assert carrier.stop(channel, "XX/../..?x=#y") is None
    assert carrier.redirect("CA" + "0" * 32, world.web) is False


@ALL
def test_a_queue_nobody_knows_is_empty_and_gives_nobody_away(name: str, world: World) -> None:
    carrier = world.carrier(name)
    assert list(carrier.members("QU/../..?x=#y")) == []
    assert carrier.dequeue("QU" + "0" * 32, "CA" + "0" * 32, world.web) is False


@pytest.mark.parametrize("name", ["twilio", "exchange"])
def test_who_waits_in_a_queue_is_listed_and_taken_out_of_it(name: str, world: World) -> None:
    carrier = world.carrier(name)
    order = world.order(name, "voice")
    assert isinstance(order, Call)
    sent = [carrier.send(replace(order, answer_url=f"{world.web}/ivr/queued")) for _ in range(2)]
    calls = {one.carrier_id for one in sent if isinstance(one, Accepted)}
    waits = eventually(lambda: [form for path, form, _ in Web.heard if path == "/ivr/waiting"])
    (queue_id,) = waits[0]["QueueSid"]
    eventually(lambda: set(carrier.members(queue_id)) == calls)
    first, second = carrier.members(queue_id)
    assert carrier.dequeue(queue_id, first, f"{world.web}/ivr/taken")
    eventually(lambda: list(carrier.members(queue_id)) == [second])
    assert not carrier.dequeue(queue_id, first, f"{world.web}/ivr/taken")
    for carrier_id in calls:
        carrier.stop("voice", carrier_id)


def ids(carrier: Carrier, channel: str, order: Order) -> set[str]:
    """All the carrier has from and to the numbers of *order*."""
    return {one.carrier_id for one in carrier.find(channel, order.to, order.from_, **around_now()).reports}


@EACH
@pytest.mark.parametrize(
    ("fault", "expected", "is_made"),
    [
        pytest.param({"kind": "refuse_429"}, Unavailable, False, id="429"),
        pytest.param({"kind": "refuse_503"}, Unknown, False, id="503"),
        pytest.param({"kind": "error_after"}, Unknown, True, id="500 after it was made"),
        pytest.param({"kind": "drop_answer"}, Unknown, True, id="the answer is lost"),
    ],
)
def test_a_fault_leaves_no_doubt_about_what_may_have_been_sent(
    name: str, channel: str, fault: dict[str, Any], expected: type, is_made: bool, world: World
) -> None:
    carrier = world.carrier(name, http_timeout_s=1)
    order = world.order(name, channel)
    before = ids(carrier, channel, order)
    world.exchange.fault(**fault)
    assert isinstance(carrier.send(order), expected)
    made = ids(carrier, channel, order) - before
    assert len(made) == is_made
    for carrier_id in made:
        carrier.stop(channel, carrier_id)


@pytest.mark.parametrize(("name", "channel"), [("exchange", "voice"), ("signalwire", "fax")])
def test_an_answer_that_comes_too_late_is_unknown_and_the_send_can_be_found(
    name: str, channel: str, world: World
) -> None:
    carrier, order = world.carrier(name, http_timeout_s=1), world.order(name, channel)
    before = ids(carrier, channel, order)
    world.exchange.fault(kind="delay_answer", seconds=1.3)
    assert carrier.send(order) == Unknown("timeout")
    (made,) = ids(carrier, channel, order) - before
    carrier.stop(channel, made)


@pytest.mark.parametrize("name", ["twilio", "exchange"])
@pytest.mark.parametrize(
    ("channel", "to", "from_", "code", "scope"),
    [
        pytest.param("sms", "+15005550001", "", "21211", "recipient", id="no number"),
        pytest.param("sms", "+15005550004", "", "21610", "recipient", id="opted out"),
        pytest.param("sms", "+15005550009", "", "21614", "recipient", id="no mobile"),
        pytest.param("sms", "+18885550123", "", "21614", "recipient", id="a landline"),
        pytest.param("sms", "+14155550110", "+15005550007", "21606", "sender", id="not our number"),
        pytest.param("voice", "+15005550001", "", "21217", "recipient", id="no number to call"),
        pytest.param("voice", "+15005550003", "", "21215", "sender", id="a country we may not call"),
        pytest.param("voice", "+14155550110", "+14155550198", "21210", "sender", id="not our caller ID"),
    ],
)
def test_the_carrier_refuses(
    name: str, channel: str, to: str, from_: str, code: str, scope: str, world: World
) -> None:
    order = world.order(name, channel, to)
    result = world.carrier(name).send(replace(order, from_=from_ or order.from_))
    assert isinstance(result, Refused)
    assert (result.code, result.scope) == (code, scope)
    assert result.is_about_country == (code == "21215")


def test_a_full_sms_queue_is_waited_for(world: World) -> None:
    order = replace(world.order("exchange", "sms"), from_="+15005550008")
    assert world.carrier("exchange").send(order) == Unavailable("21611", 600.0, "sender")


def test_what_a_carrier_does_not_carry_stops_the_sender(world: World) -> None:
    for name, channel in (("twilio", "fax"), ("signalwire", "voice"), ("signalwire", "sms")):
        refused = world.carrier(name).send(world.order(name, channel))
        assert isinstance(refused, Refused)
        assert refused.scope == "sender"


def test_channels_of_one_carrier_share_it(world: World) -> None:
    config = world.config("exchange", fax_carrier="signalwire", signalwire_space="example.signalwire.com")
    carriers = connect(config)
    assert {channel: carrier.name for channel, carrier in carriers.items()} == {
        "voice": "exchange",
        "sms": "exchange",
        "fax": "signalwire",
    }
    assert carriers["voice"] is carriers["sms"]


def test_only_the_exchange_proves_absence() -> None:
    assert {name for name, carrier in CARRIERS.items() if carrier(Config()).absence_proves_after_s} == {
        "exchange"
    }
