from __future__ import annotations

from core.carriers.base import Call, Fax, Text
from core.carriers.orders import call_form, fax_form, text_form

TO, FROM = "+14155550123", "+18005550100"


def test_a_call_is_bounded_and_reports_answer_and_end() -> None:
    assert call_form(Call(TO, FROM, "http://a", "http://s", "http://f", ring_s=700)) == {
        "To": TO,
        "From": FROM,
        "Url": "http://a",
        "FallbackUrl": "http://f",
        "StatusCallback": "http://s#rc=3&rp=all",
        "StatusCallbackEvent": ("answered", "completed"),
        "Timeout": 600,
        "TimeLimit": 600,
    }


def test_a_call_listens_for_machines_only_if_asked_and_never_waits_for_it() -> None:
    form = call_form(Call(TO, FROM, "http://a", "http://s", "http://f", machine_url="http://m"))
    assert form["AsyncAmd"] == "true"
    assert form["AsyncAmdStatusCallback"] == "http://m"
    assert form["MachineDetection"] == "Enable"


def test_a_call_that_leaves_a_message_waits_for_the_beep() -> None:
    form = call_form(
        Call(TO, FROM, "http://a", "http://s", "http://f", machine_url="http://m", waits_for_beep=True)
    )
    assert form["MachineDetection"] == "DetectMessageEnd"


def test_a_text_is_held_no_longer_than_a_carrier_allows() -> None:
    assert text_form(Text(TO, FROM, "hi", "http://s", validity_s=99_999))["ValidityPeriod"] == 36_000
    assert text_form(Text(TO, FROM, "hi", "http://s", validity_s=0))["ValidityPeriod"] == 1
    assert text_form(Text(TO, FROM, "hi", "http://s"))["ValidityPeriod"] == 14_400


def test_a_text_wants_its_end_told_again_if_the_telling_fails() -> None:
    assert text_form(Text(TO, FROM, "hi", "http://s"))["StatusCallback"] == "http://s#rc=3&rp=all"


def test_a_fax_names_its_document() -> None:
    assert fax_form(Fax(TO, FROM, "http://d", "http://s", "standard")) == {
        "To": TO,
        "From": FROM,
        "MediaUrl": "http://d",
        "Quality": "standard",
        "StatusCallback": "http://s",
    }
