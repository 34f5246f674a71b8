from __future__ import annotations

import pytest

from core.carriers.base import (
    Refused,
)
from core.errors import Unavailable as CarrierAway
from tests.core.carriers.world import ALL, OURS, SENDS, World, around_now


@ALL
def test_a_wrong_token_stops_the_sender_and_is_told_by_check(name: str, world: World) -> None:
    carrier = world.carrier(name, **{f"{name}_{'token' if name == 'signalwire' else 'auth_token'}": "wrong"})
    channel = next(channel for one, channel in SENDS if one == name)
    refused = carrier.send(world.order(name, channel))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.scope) == ("20003", "sender")
    with pytest.raises(CarrierAway):
        carrier.fetch(channel, "XX1")
    with pytest.raises(CarrierAway):
        carrier.find(channel, "+14155550110", OURS[name], **around_now())
    (problem,) = carrier.check()
    assert "20003" in problem
    assert "compare" in problem


@ALL
def test_check_finds_nothing_wrong_with_a_good_account(name: str, world: World) -> None:
    assert world.carrier(name).check() == []


def test_check_names_each_number_that_leads_elsewhere(world: World) -> None:
    found = world.carrier("twilio", public_url="https://carillon.example.com").check()
    assert len(found) == 2
    assert all("+1 •••• 0100" in one for one in found)
    assert "set its voice_url to https://carillon.example.com/ivr/answer" in found[0]
    assert "set its sms_url to https://carillon.example.com/inbound/sms" in found[1]


@ALL
def test_check_says_that_nobody_is_there(name: str, world: World) -> None:
    urls = {"exchange": "exchange_url", "twilio": "twilio_api_base", "signalwire": "signalwire_space"}
    (problem,) = world.carrier(name, **{urls[name]: "http://127.0.0.1:9"}).check()
    assert "cannot be reached" in problem
