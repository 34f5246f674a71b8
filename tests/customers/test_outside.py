from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers.contact_policy import Allowed, Blocked, Decision, Facts, Held, decide, explain
from customers.profile import profile_for

# a Tuesday, 12:00 in New York and 17:00 in London
NOON = datetime(2026, 6, 2, 16, 0, tzinfo=UTC)
IN_AN_HOUR = NOON + timedelta(hours=1)
ANN = Facts(
    customer_id=1,
    address="+12125550123",
    channel="voice",
    purpose="marketing",
    number_kind="either",
    region="US",
    zones=("America/New_York",),
    consent="express",
    consent_at=NOON - timedelta(days=400),
)
JIM = replace(ANN, address="+447911123456", number_kind="mobile", region="JE", zones=("Europe/Jersey",))
# a company whose people ring by hand: consent in writing is not what the law asks of it, the register is
BY_HAND: dict[str, Any] = {
    "figures": {
        name: {"consent": {"marketing": {"voice": "relationship"}}} for name in ("us", "uk", "eu", "cn")
    }
}
NEVER_ASKED: dict[str, Any] = {"figures": {"us": {"reassigned": {"unchecked": "block"}}}}


def days_ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def asked(facts: Facts, policy: dict[str, Any]) -> Decision:
    return decide(facts, profile_for(policy, facts.region), NOON)


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        pytest.param(
            replace(ANN, lists={"US": days_ago(5)}, is_on_do_not_call_list=True),
            Blocked("do_not_call", "listed US"),
            id="on the list",
        ),
        pytest.param(replace(ANN, lists={"US": days_ago(5)}), Allowed(), id="not on the list"),
        pytest.param(
            replace(ANN, lists={"US": days_ago(90)}, is_on_do_not_call_list=True, consent="express_written"),
            Allowed(),
            id="written consent overrides even an old list",
        ),
        pytest.param(replace(ANN, lists={"US": days_ago(31)}), Allowed(), id="a list of 31 days"),
        pytest.param(
            replace(ANN, lists={"US": days_ago(31) - timedelta(seconds=1)}),
            Held("no_fresh_list", "stale US 2026-05-02 31", IN_AN_HOUR),
            id="a second older",
        ),
        pytest.param(ANN, Held("no_fresh_list", "missing US", IN_AN_HOUR), id="no list at all"),
        pytest.param(
            replace(ANN, lists={"GB": days_ago(1)}),
            Held("no_fresh_list", "missing US", IN_AN_HOUR),
            id="another country's list",
        ),
        pytest.param(
            replace(ANN, region="PR", lists={"US": days_ago(1)}), Allowed(), id="the list of the mainland"
        ),
        pytest.param(replace(ANN, purpose="service"), Allowed(), id="lists are about marketing"),
        pytest.param(
            replace(ANN, channel="fax", consent="relationship"), Allowed(), id="the US list is not about fax"
        ),
        pytest.param(
            replace(JIM, consent="relationship", lists={"GB": days_ago(28)}), Allowed(), id="TPS of 28 days"
        ),
        pytest.param(
            replace(JIM, consent="relationship", lists={"GB": days_ago(29)}),
            Held("no_fresh_list", "stale GB 2026-05-04 28", IN_AN_HOUR),
            id="TPS of 29 days",
        ),
        pytest.param(
            replace(JIM, is_on_do_not_call_list=True, lists={"GB": days_ago(29)}),
            Allowed(),
            id="own consent overrides TPS",
        ),
        pytest.param(
            replace(ANN, consent="none"),
            Blocked("consent", "relationship"),
            id="no list would help who lacks consent",
        ),
    ],
)
def test_marketing_goes_by_a_fresh_do_not_call_list(facts: Facts, decision: Decision) -> None:
    assert asked(facts, BY_HAND) == decision


def test_whoever_waits_for_a_list_goes_once_it_is_loaded() -> None:
    held = asked(replace(ANN, lists={"US": days_ago(40)}), BY_HAND)

    assert isinstance(held, Held)
    loaded = replace(ANN, lists={"US": held.until})
    assert decide(loaded, profile_for(BY_HAND, "US"), held.until) == Allowed()


def test_an_explanation_says_which_list_is_missing() -> None:
    found = explain(ANN, profile_for(BY_HAND, "US"), NOON)

    [check] = [check for check in found if check.passed is False]
    assert (check.rule, check.value, check.until) == ("no_fresh_list", "missing US", IN_AN_HOUR)


def test_whether_a_list_is_demanded_is_a_figure() -> None:
    relaxed: dict[str, Any] = {
        "figures": {"us": {**BY_HAND["figures"]["us"], "do_not_call": {"is_required": False}}}
    }

    assert asked(ANN, relaxed) == Allowed()
    assert asked(replace(ANN, lists={"US": days_ago(90)}), relaxed) == Held(
        "no_fresh_list", "stale US 2026-03-04 31", IN_AN_HOUR
    )


@pytest.mark.parametrize(
    ("facts", "policy", "decision"),
    [
        pytest.param({}, {}, Allowed(), id="nobody asked"),
        pytest.param({}, NEVER_ASKED, Blocked("reassigned", "unchecked"), id="somebody must have asked"),
        pytest.param(
            {"reassigned": "no", "reassigned_on": date(2026, 5, 2)}, NEVER_ASKED, Allowed(), id="still theirs"
        ),
        pytest.param(
            {"reassigned": "no", "reassigned_on": date(2026, 5, 1)},
            NEVER_ASKED,
            Blocked("reassigned", "no 2026-05-01"),
            id="asked more than a month ago",
        ),
        pytest.param(
            {"reassigned": "yes", "reassigned_on": date(2026, 1, 1)},
            {},
            Blocked("reassigned", "yes 2026-01-01"),
            id="somebody else's now, however long ago that was said",
        ),
        pytest.param(
            {"reassigned": "yes", "reassigned_on": date(2026, 1, 1), "consent_at": days_ago(1)},
            {},
            Allowed(),
            id="the new holder agreed since",
        ),
        pytest.param(
            {"reassigned": "no_data", "reassigned_on": date(2026, 6, 1)},
            {},
            Blocked("reassigned", "no_data 2026-06-01"),
            id="no data is no safe answer",
        ),
        pytest.param(
            {"reassigned": "no_data", "reassigned_on": date(2026, 6, 1)},
            {"figures": {"us": {"reassigned": {"no_data": "allow"}}}},
            Allowed(),
            id="unless the company says so",
        ),
        pytest.param(
            {"reassigned": "yes", "reassigned_on": date(2026, 6, 1), "purpose": "transactional"},
            {},
            Allowed(),
            id="what one asked for",
        ),
        pytest.param(
            {"reassigned": "yes", "reassigned_on": date(2026, 6, 1)},
            {"figures": {"us": {"reassigned": None}}},
            Allowed(),
            id="switched off",
        ),
        pytest.param(
            {"reassigned": "yes", "reassigned_on": date(2026, 6, 1), "region": "CA"},
            {},
            Allowed(),
            id="only numbers of the United States are in that database",
        ),
    ],
)
def test_a_number_that_changed_hands_is_left_alone(
    facts: dict[str, Any], policy: dict[str, Any], decision: Decision
) -> None:
    assert asked(replace(ANN, consent="express_written", **facts), policy) == decision


@pytest.mark.parametrize(
    ("days", "decision"),
    [
        pytest.param(729, Allowed(), id="a day before two years"),
        pytest.param(730, Blocked("consent", "ended 2026-06-02"), id="two years"),
    ],
)
def test_a_relationship_implies_consent_for_two_years_in_canada(days: int, decision: Decision) -> None:
    policy: dict[str, Any] = {"figures": {"ca": {"consent": {"marketing": {"sms": "relationship"}}}}}
    facts = replace(ANN, channel="sms", region="CA", consent="relationship", consent_at=days_ago(days))

    assert asked(facts, policy) == decision
    assert asked(replace(facts, consent="express"), policy) == Allowed()
    assert asked(replace(facts, consent_at=None), policy) == Allowed()


def test_an_explanation_names_the_list_and_the_answer_gone_by() -> None:
    facts = replace(
        ANN,
        consent="express_written",
        lists={"US": days_ago(5)},
        reassigned="no",
        reassigned_on=date(2026, 6, 1),
    )

    shown = {check.rule: check.value for check in explain(facts, profile_for({}, "US"), NOON)}

    assert shown["do_not_call"] == "list US 2026-05-28"
    assert shown["reassigned"] == "no 2026-06-01"
