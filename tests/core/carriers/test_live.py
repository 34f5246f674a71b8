"""What every carrier promises about what goes on and ends, asked of each over a real connection to an exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.carriers.base import (
    Accepted,
    Carrier,
    Report,
)
from core.carriers.words import REACHED, end_of
from exchange.server import run_in_thread
from tests.core.carriers.world import EACH, OURS, SID, Web, World, eventually


@EACH
def test_webhooks_are_known_by_their_signature(name: str, channel: str, world: World) -> None:
    carrier = world.carrier(name)
    sent = carrier.send(world.order(name, channel, "+17775550112" if channel == "fax" else "+14155550112"))
    assert isinstance(sent, Accepted)
    path, form, headers = eventually(lambda: [one for one in Web.heard if one[0].startswith("/receipts/")])[0]
    assert carrier.verify(world.web + path, form, headers)
    assert not carrier.verify(world.web + path + "x", form, headers)
    assert not carrier.verify(world.web + path, form | {"AccountSid": ["AC0"]}, headers)
    assert not carrier.verify(world.web + path, form, {})
    secret = "signalwire_signing_key" if name == "signalwire" else f"{name}_auth_token"
    assert not world.carrier(name, **{secret: "another"}).verify(world.web + path, form, headers)


def test_twilio_may_sign_with_the_token_of_before(world: World) -> None:
    carrier = world.carrier("twilio", twilio_auth_token="new", twilio_auth_token_previous="right")
    world.carrier("twilio").send(world.order("twilio", "sms"))
    path, form, headers = eventually(lambda: Web.heard)[0]
    assert carrier.verify(world.web + path, form, headers)


@EACH
def test_the_last_word_of_each_is_understood(name: str, channel: str, world: World) -> None:
    carrier = world.carrier(name)
    ends = {}
    for to in ("110", "112"):
        sent = carrier.send(
            world.order(name, channel, ("+17775550" if channel == "fax" else "+14155550") + to)
        )
        assert isinstance(sent, Accepted)
        if channel == "voice" and to == "110":
            eventually(lambda sent=sent: _report(carrier, channel, sent).status == "in-progress")
            carrier.stop(channel, sent.carrier_id)
        report = eventually(lambda sent=sent: _ended(_report(carrier, channel, sent), channel))
        ends[to] = end_of(channel, report.status, report.code)
    assert ends["110"] == REACHED
    assert ends["112"] is not None
    assert ends["112"].cause == {"voice": "busy", "fax": "busy", "sms": "handset_off"}[channel]


def _report(carrier: Carrier, channel: str, sent: Accepted) -> Report:
    report = carrier.fetch(channel, sent.carrier_id)
    assert report is not None
    return report


def _ended(report: Report, channel: str) -> Report | None:
    return report if end_of(channel, report.status, report.code) else None


@pytest.mark.parametrize("name", ["twilio", "exchange"])
def test_a_live_call_can_be_redirected_and_ended_and_then_no_more(name: str, world: World) -> None:
    carrier = world.carrier(name)
    sent = carrier.send(world.order(name, "voice"))
    assert isinstance(sent, Accepted)
    eventually(lambda: _report(carrier, "voice", sent).status == "in-progress")
    assert carrier.redirect(sent.carrier_id, f"{world.web}/ivr/elsewhere")
    eventually(lambda: [path for path, _, _ in Web.heard if path == "/ivr/elsewhere"])
    stopped = carrier.stop("voice", sent.carrier_id)
    assert stopped is not None
    assert stopped.status == "completed"
    assert not carrier.redirect(sent.carrier_id, f"{world.web}/ivr/elsewhere")
    again = carrier.stop("voice", sent.carrier_id)
    assert again is not None
    assert again.status == "completed"


def test_a_ringing_call_is_cancelled(world: World) -> None:
    carrier = world.carrier("exchange")
    sent = carrier.send(world.order("exchange", "voice", "+14155550111"))
    assert isinstance(sent, Accepted)
    eventually(lambda: _report(carrier, "voice", sent).status == "ringing")
    stopped = carrier.stop("voice", sent.carrier_id)
    assert stopped is not None
    assert stopped.status == "canceled"


def test_a_queued_call_and_fax_are_cancelled_and_the_answer_says_so(tmp_path: Path, web: str) -> None:
    population = {
        "accounts": [{"sid": SID, "token": "right", "cps": 0.01}],
        "numbers": {OURS["exchange"]: {"account": SID}},
    }
    with run_in_thread(population, ledger=tmp_path / "ledger.db") as slow:
        world = World(slow, web)
        carrier = world.carrier("exchange")
        first = carrier.send(world.order("exchange", "voice"))
        assert isinstance(first, Accepted)
        for channel in ("voice", "fax"):
            sent = carrier.send(world.order("exchange", channel))
            assert isinstance(sent, Accepted)
            assert channel == "fax" or sent.queue_s > 50
            stopped = carrier.stop(channel, sent.carrier_id)
            assert stopped is not None
            assert stopped.status == "canceled"
