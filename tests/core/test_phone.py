from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import timezone

from core import phone
from core.errors import Invalid
from core.phone import kind_of, masked, pretty, read, region_of, to_e164, zones_of


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        pytest.param("+14155550123", "CN", "+14155550123", id="E.164 from anywhere"),
        pytest.param("(415) 555-0123", "US", "+14155550123", id="as Americans write"),
        pytest.param("1-415-555-0123", "US", "+14155550123", id="with the trunk digit"),
        pytest.param("+1 (415) 555\u20130123", "US", "+14155550123", id="with a long dash"),
        pytest.param("138 0013 8000", "CN", "+8613800138000", id="as Chinese write"),
        pytest.param("8613800138000", "CN", "+8613800138000", id="country code without plus"),
        pytest.param("0086 138 0013 8000", "US", "+8613800138000", id="0086 in an American list"),
        pytest.param("010-12345678", "CN", "+861012345678", id="Chinese landline with area code"),
        pytest.param("１３８００１３８０００", "CN", "+8613800138000", id="full-width digits"),
        pytest.param("＋８６１３８００１３８０００", "US", "+8613800138000", id="full-width plus"),
        pytest.param("'+14155550123", "US", "+14155550123", id="a spreadsheet's apostrophe"),
        pytest.param(
            "\u202a+14155550123\u202c", "US", "+14155550123", id="invisible marks of an address book"
        ),
        pytest.param("+390612345678", "US", "+390612345678", id="Italy keeps its zero"),
        pytest.param(" 13800138000\t", "CN", "+8613800138000", id="spaces and tabs around it"),
    ],
)
def test_a_number_however_it_is_written(raw: str, region: str, e164: str) -> None:
    assert to_e164(raw, region) == e164
    assert to_e164(e164, region) == e164
    assert read(raw, region) == (e164, kind_of(e164))


@pytest.mark.parametrize(
    ("raw", "region", "code"),
    [
        pytest.param("", "US", "number_missing", id="nothing"),
        pytest.param(" ' ", "US", "number_missing", id="only an apostrophe"),
        pytest.param("1.38E+10", "CN", "number_spoiled", id="rounded by a spreadsheet"),
        pytest.param("13800138000.0", "CN", "number_spoiled", id="made a decimal by a spreadsheet"),
        pytest.param("1-800-FLOWERS", "US", "number_letters", id="letters"),
        pytest.param("电话13800138000", "CN", "number_letters", id="Chinese words"),
        pytest.param("+1 415 555 0123 ext 5", "US", "number_extension", id="extension"),
        pytest.param("13800138000/13900139000", "CN", "number_invalid", id="two numbers"),
        pytest.param("-", "US", "number_invalid", id="no digit"),
        pytest.param("+1 555 555 5555", "US", "number_invalid", id="an area that does not exist"),
        pytest.param("911", "US", "number_emergency", id="911"),
        pytest.param("112", "DE", "number_emergency", id="112"),
        pytest.param("110", "CN", "number_emergency", id="110"),
        pytest.param("120", "CN", "number_emergency", id="120"),
        pytest.param("10086", "CN", "number_short", id="short code"),
    ],
)
def test_what_is_no_number_says_what_to_enter(raw: str, region: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_e164(raw, region)

    assert refused.value.code == code
    assert refused.value.message


def test_what_is_known_about_a_number() -> None:
    assert (kind_of("+8613800138000"), region_of("+8613800138000")) == ("mobile", "CN")
    assert kind_of("+18005550123") == "toll_free"
    assert zones_of("+8613800138000") == ("Asia/Shanghai",)
    assert set(zones_of("+18505550123")) == {"America/New_York", "America/Chicago"}
    assert (masked("+14155550123"), pretty("+14155550123")) == ("+1 •••• 0123", "+1 415-555-0123")


@settings(deadline=None)  # a busy machine is no failure
@given(st.from_regex(r"\+(1[2-9]\d{9}|86\d{5,11}|49\d{8,11}|800\d{8})", fullmatch=True))
def test_what_is_known_is_what_the_library_knows(number: str) -> None:
    parsed = phonenumbers.parse(number, None)
    region = phonenumbers.region_code_for_number(parsed) or ""
    zones = {*timezone.time_zones_for_number(parsed), *phone.MORE_ZONES.get(number[:5], ())}

    assert kind_of(number) == phone.TYPES.get(phonenumbers.number_type(parsed), "unknown")
    assert region_of(number) == region.replace("001", "")
    assert set(zones_of(number)) == zones - {"Etc/Unknown"}


@pytest.mark.parametrize("text", ["", "12", "anonymous", "+", "+1", "+999999999999"])
def test_what_is_no_number_is_no_crash(text: str) -> None:
    assert kind_of(text) == "unknown"
    assert region_of(text) == ""
    assert zones_of(text) == ()
    assert pretty(text)[:1] == text[:1]
    assert "•" in masked(text)


@settings(deadline=None)  # a busy machine is no failure
@given(
    region=st.sampled_from(["US", "CA", "CN"]),
    digits=st.text("0123456789", min_size=9, max_size=12),
    data=st.data(),
)
def test_the_fast_way_reads_what_the_library_reads(region: str, digits: str, data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from(["", "+", "+1", "1", "+86", "(", "1-", " "]))
    raw = prefix + digits[:3] + data.draw(st.sampled_from(["", "-", ") ", "."])) + digits[3:]

    found = phone._plain(raw, region)

    if found is not None:
        assert found == phonenumbers.parse(raw, region)


@given(
    raw=st.from_regex(r"\A(\+?1|\+86)?[ (]?[1-9][0-9]{2}[) .-]?[0-9]{3}[ .-]?[0-9]{3,6}\Z"),
    region=st.sampled_from(["US", "CA", "CN", "GB"]),
)
@settings(max_examples=400)
def test_the_short_way_says_what_the_library_says(raw: str, region: str) -> None:
    assert phone._read_plain(raw, region) in (None, by_library(raw, region))


@pytest.mark.parametrize(("region", "end"), [("US", "4567"), ("CN", "45678")])
def test_every_area_is_told_as_the_library_tells_it(region: str, end: str) -> None:
    firsts = range(200_000, 1_000_000, 67) if region == "US" else range(130_000, 200_000, 7)
    told = 0
    for first in firsts:
        found = phone._read_plain(raw := f"{first}{end}", region)
        told += found is not None
        assert found in (None, by_library(raw, region)), raw

    assert told > 3000


def by_library(raw: str, region: str) -> tuple[str, str]:
    parsed = phonenumbers.parse(raw, region)
    kind = phone.TYPES.get(phonenumbers.number_type(parsed), "unknown")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), kind
