from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.exchange.conftest import ACCOUNT, HOTLINE, Office


def test_an_account_looks_at_itself(client: Client) -> None:
    account = client.api.accounts(ACCOUNT).fetch()
    assert (account.sid, account.status, account.type) == (ACCOUNT, "active", "Full")
    assert account.date_created


def test_an_account_lists_its_numbers(client: Client, office: Office) -> None:
    (number,) = client.incoming_phone_numbers.list()
    assert (number.phone_number, number.voice_url) == (HOTLINE, office.url + "/voice")
    assert number.capabilities["voice"] is True
    assert client.incoming_phone_numbers.list(phone_number="+18005550199") == []


def test_a_recording_that_is_not_there(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.recordings("RE" + "0" * 32).fetch()
    assert refused.value.code == 20404
    with pytest.raises(TwilioRestException) as refused:
        client.recordings("RE" + "0" * 32).delete()
    assert refused.value.code == 20404
