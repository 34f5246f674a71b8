"""The demo company's customers are fit for the real import, the campaigns and the exchange."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest

from core.phone import kind_of, region_of, to_e164, zones_of
from demo import customer_files, plan
from demo.company import AMERICANS, AUDIENCES, CUSTOMERS, Person, people
from outbound.letters import missing_glyphs

SENT_BY = {"after-service": "mobile", "winter-check": "mobile", "open-day": "fax"}
TEXTABLE = {"mobile", "either"}


@lru_cache(1)
def everybody() -> list[Person]:
    return people()


def test_there_are_as_many_customers_in_both_countries_as_told() -> None:
    assert Counter(person.region for person in everybody()) == {"US": AMERICANS, "CN": CUSTOMERS - AMERICANS}
    assert len({person.reference for person in everybody()}) == CUSTOMERS


def test_every_number_is_valid_and_of_its_kind() -> None:
    for person in everybody():
        for number in (person.mobile, person.phone, person.fax):
            assert not number or to_e164(number, "GB") == number
        assert not person.mobile or kind_of(person.mobile) in TEXTABLE
        assert not person.mobile or region_of(person.mobile) == person.region
        assert not person.phone or kind_of(person.phone) == "landline"
        assert not person.fax or kind_of(person.fax) in ("landline", "either")


def test_american_numbers_are_those_kept_for_fiction() -> None:
    numbers = [n for p in everybody() for n in (p.mobile, p.phone, p.fax) if n.startswith("+1")]
    assert len(numbers) > AMERICANS * 0.95
    assert {number[5:10] for number in numbers} == {"55501"}


@pytest.mark.parametrize("tag", AUDIENCES)
def test_each_audience_has_its_size_and_everyone_in_it_the_number_it_takes(tag: str) -> None:
    members = [person for person in everybody() if tag in person.tags]
    assert len(members) == AUDIENCES[tag][0]
    assert all(getattr(person, SENT_BY[tag]) for person in members)
    assert {person.language for person in members} == {"en", "zh"}


@pytest.mark.parametrize("tag", AUDIENCES)
def test_each_audience_has_people_who_may_not_be_contacted(tag: str) -> None:
    members = [person for person in everybody() if tag in person.tags]
    numbers = Counter(getattr(person, SENT_BY[tag]) for person in members)
    assert sum(count - 1 for count in numbers.values()) == AUDIENCES[tag][1] // 2
    agreed = [p.agreed_to_service if tag == "after-service" else p.agreed_to_marketing for p in members]
    assert 0.9 < sum(agreed) / len(agreed) < 1
    assert any(person.has_opted_out for person in members)


def test_most_americans_live_where_it_is_not_yet_late() -> None:
    first = Counter(zones_of(person.mobile)[0] for person in everybody() if person.mobile.startswith("+1"))
    total = sum(first.values())
    assert set(plan.SHARES) <= set(first)
    assert (first["America/Los_Angeles"] + first["America/Denver"] + first["America/Phoenix"]) / total > 0.6
    assert first["America/New_York"] / total < 0.04
    for zone in first:
        ZoneInfo(zone)


def test_the_same_seed_gives_the_same_people_and_another_gives_others() -> None:
    assert people() == everybody()
    assert people(seed=1)[0] != everybody()[0]


def test_letters_can_show_every_name() -> None:
    names = "".join(person.name + person.company + person.address + person.model for person in everybody())
    assert not missing_glyphs(names)


def test_lists_hold_everyone_but_those_who_share_a_number() -> None:
    listed, by_hand = customer_files.in_lists(everybody())
    assert len(listed) + len(by_hand) == CUSTOMERS
    assert 5 < len(by_hand) < 20
    numbers = [person.mobile for person in listed if person.mobile]
    assert len(numbers) == len(set(numbers))


def test_lists_are_the_same_bytes_each_time_and_in_two_encodings() -> None:
    american, chinese = customer_files.american(everybody()), customer_files.chinese(everybody())
    assert american == customer_files.american(people())
    assert american.decode("utf-8").startswith("reference,name,company,mobile")
    assert chinese.decode("gb18030").startswith("客户编号,姓名,公司,手机号码")
    with pytest.raises(UnicodeDecodeError):
        chinese.decode("utf-8")
