"""The exchange takes the demo's population, and it reaches everybody as what they are."""

from __future__ import annotations

import pytest

from core.config import Config
from demo import numbers, population
from demo.company import people
from exchange import population as file
from exchange.subscribers import Subscribers


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> file.Population:
    path = tmp_path_factory.mktemp("demo") / "population.yaml"
    population.write(path, Config(public_url="http://127.0.0.1:8123"), people())
    return file.load(path)


def test_every_number_of_ours_is_there_with_our_addresses(loaded: file.Population) -> None:
    assert set(loaded.numbers) == {*numbers.HOTLINES, *(sender.address for sender in numbers.SENDERS)}
    urls = {url for owned in loaded.numbers.values() for url in (owned.voice_url, owned.sms_url)}
    assert urls == {"http://127.0.0.1:8123/ivr/answer", "http://127.0.0.1:8123/inbound/sms"}


def test_account_is_the_one_the_settings_name(loaded: file.Population) -> None:
    assert (loaded.accounts[0].sid, loaded.accounts[0].token) == (
        Config().exchange_account_sid,
        Config().exchange_auth_token,
    )


def test_fax_machines_landlines_and_mobiles_are_told_apart(loaded: file.Population) -> None:
    subscribers = Subscribers(loaded.subscribers, seed=1)
    for person in people():
        assert not person.fax or subscribers.kind(person.fax) == "fax"
        assert not person.mobile or subscribers.kind(person.mobile) == "mobile"
        assert not person.phone or subscribers.kind(person.phone) == "landline"


def test_hotline_is_rung_six_to_twelve_times_a_minute(loaded: file.Population) -> None:
    assert 6 <= sum(caller.rate_per_min for caller in loaded.callers) <= 12
    assert {number for caller in loaded.callers for number in caller.to} == set(numbers.HOTLINES)


def test_faxes_end_in_every_way_and_some_texts_are_answered(loaded: file.Population) -> None:
    assert {"good", "busy", "voice", "poor_line"} <= set(loaded.subscribers.fax.fax)
    assert {"STOP", "退订"} <= {reply.body for reply in loaded.subscribers.mobile.replies}
