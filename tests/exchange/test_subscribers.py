from __future__ import annotations

from collections import Counter

import pytest

from exchange.population import SubscriberBook
from exchange.subscribers import Subscribers

BOOK = SubscriberBook.model_validate(
    {
        "prefixes": {"+1888": "landline", "+18889": "fax"},
        "mobile": {
            "voice": {"human": 60, "machine": 20, "busy": 10, "no_answer": 10},
            "text": {"delivered": 90, "unreachable": 10},
            "scripts": [{"keys": ["1"], "weight": 3}, {"keys": ["2", "9"]}],
            "replies": [{"body": "STOP", "percent": 10}],
        },
        "fax": {"fax": {"good": 1, "busy": 1}},
        "numbers": {
            "+15550000001": {"voice": ["busy", "human"], "keys": ["7"], "text": "unknown", "kind": "mobile"},
            "+15550000002": {"reply": "Yes please", "reply_after_s": 3},
        },
    }
)
NUMBERS = [f"+1555{i:07d}" for i in range(1000, 3000)]


def everything(seed: int) -> list[object]:
    people = Subscribers(BOOK, seed)
    return [
        (people.voice(n, a), people.party(n, a), people.text(n, a), people.fax(n, a))
        for n in NUMBERS[:200]
        for a in (1, 2)
    ]


def test_the_same_seed_repeats_everything_and_another_does_not() -> None:
    assert everything(7) == everything(7)
    assert everything(7) != everything(8)


def test_order_of_asking_does_not_matter() -> None:
    people = Subscribers(BOOK, 7)
    forwards = [people.voice(n, 1) for n in NUMBERS]
    backwards = [people.voice(n, 1) for n in reversed(NUMBERS)]
    assert forwards == backwards[::-1]


def test_shares_are_kept() -> None:
    people = Subscribers(BOOK, 3)
    voices = Counter(people.voice(n, 1) for n in NUMBERS)
    assert voices["human"] == pytest.approx(1200, rel=0.1)
    assert voices["busy"] == pytest.approx(200, rel=0.3)
    scripts = Counter(people.party(n, 1).keys[0] for n in NUMBERS if people.voice(n, 1) == "human")
    assert scripts["1"] == pytest.approx(3 * scripts["2"], rel=0.25)
    replies = sum(fate.reply == "STOP" for n in NUMBERS if (fate := people.text(n, 1)))
    assert replies == pytest.approx(180, rel=0.3)


def test_another_attempt_may_find_another_answer() -> None:
    people = Subscribers(BOOK, 3)
    assert any(people.voice(n, 1) != people.voice(n, 2) for n in NUMBERS)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        pytest.param("+15551234567", "mobile", id="default"),
        pytest.param("+18881234567", "landline", id="prefix"),
        pytest.param("+18889234567", "fax", id="the longest prefix wins"),
        pytest.param("+15550000001", "mobile", id="a single number"),
    ],
)
def test_kinds(number: str, kind: str) -> None:
    assert Subscribers(BOOK, 1).kind(number) == kind


def test_a_single_number_behaves_as_written() -> None:
    people = Subscribers(BOOK, 1)
    assert [people.voice("+15550000001", a) for a in (1, 2, 3)] == ["busy", "human", "human"]
    assert people.party("+15550000001", 2).keys == ["7"]
    fate = people.text("+15550000001", 1)
    assert fate
    assert (fate.status, fate.error_code) == ("undelivered", 30005)
    reply = next(
        fate for a in range(1, 50) if (fate := people.text("+15550000002", a)) and fate.status == "delivered"
    )
    assert (reply.reply, reply.reply_after_s) == ("Yes please", 3)


def test_texts_to_landlines_are_refused_unless_the_population_says_otherwise() -> None:
    assert Subscribers(BOOK, 1).text("+18881234567", 1) is None
