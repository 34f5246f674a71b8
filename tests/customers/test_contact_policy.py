from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.contact_policy import (
    ORDER,
    RULES,
    Allowed,
    Blocked,
    Contact,
    Decision,
    Facts,
    Held,
    decide,
    explain,
)
from customers.figures import LEVELS, Hours
from customers.profile import profile_for

# a Tuesday, 12:00 in New York
NOON = datetime(2026, 6, 2, 16, 0, tzinfo=UTC)
ANN = Facts(
    customer_id=1,
    address="+12125550123",
    channel="sms",
    purpose="marketing",
    number_kind="either",
    region="US",
    zones=("America/New_York",),
    consent="express_written",
)
LI = replace(ANN, address="+8613800138000", number_kind="mobile", region="CN", zones=("Asia/Shanghai",))
EVA = replace(ANN, address="+4915112345678", number_kind="mobile", region="DE", zones=("Europe/Berlin",))


def ago(*hours: float, campaign: str = "") -> tuple[Contact, ...]:
    return tuple(Contact(NOON - timedelta(hours=each), campaign) for each in sorted(hours, reverse=True))


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def asked(facts: Facts, moment: datetime = NOON, policy: dict[str, Any] | None = None) -> Decision:
    return decide(facts, profile_for(policy or {}, facts.region), moment)


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, Allowed(), id="nothing against it"),
        pytest.param(
            {"number_kind": "toll_free"}, Blocked("number_type", "toll_free"), id="toll-free number"
        ),
        pytest.param({"number_kind": "landline"}, Blocked("number_type", "landline"), id="SMS to a landline"),
        pytest.param({"number_kind": "unknown"}, Blocked("number_type", "unknown"), id="no such number"),
        pytest.param(
            {"channel": "fax", "number_kind": "mobile"},
            Blocked("number_type", "mobile"),
            id="fax to a mobile",
        ),
        pytest.param({"suppressed_scopes": ("all",)}, Blocked("suppressed", "all"), id="suppressed"),
        pytest.param(
            {"suppressed_scopes": ("all", "marketing")}, Blocked("suppressed", "all"), id="suppressed twice"
        ),
        pytest.param(
            {"suppressed_scopes": ("marketing",)},
            Blocked("opted_out", "marketing"),
            id="opted out of marketing",
        ),
        pytest.param(
            {"suppressed_scopes": ("marketing",), "purpose": "service", "consent": "express"},
            Allowed(),
            id="opted out of marketing still gets service",
        ),
        pytest.param(
            {"suppressed_scopes": ("all",), "purpose": "transactional"},
            Blocked("suppressed", "all"),
            id="all is all",
        ),
        pytest.param(
            {"suppressed_scopes": ("review",)},
            Held("review", "", NOON + timedelta(hours=1)),
            id="staff are reading what they wrote",
        ),
        pytest.param(
            {"suppressed_scopes": ("review",), "purpose": "service"},
            Allowed(),
            id="service does not wait for the reading",
        ),
        pytest.param(
            {"suppressed_scopes": ("marketing", "review")},
            Blocked("opted_out", "marketing"),
            id="an opt-out goes before a reading",
        ),
        pytest.param(
            {"is_on_do_not_call_list": True, "consent": "express"},
            Blocked("do_not_call", "listed US"),
            id="in the register",
        ),
        pytest.param(
            {"is_on_do_not_call_list": True}, Allowed(), id="written consent overrides the register"
        ),
        pytest.param({"consent": "express"}, Blocked("consent", "express_written"), id="too weak a consent"),
        pytest.param({"consent": "none"}, Blocked("consent", "express_written"), id="consent withdrawn"),
        pytest.param(
            {"consent": "relationship", "channel": "fax", "number_kind": "landline"},
            Allowed(),
            id="US fax needs a relationship",
        ),
        pytest.param(
            {"consent": "none", "purpose": "transactional"},
            Allowed(),
            id="what one asked for needs no consent",
        ),
        pytest.param(
            {"touches": ago(1)},
            Held("frequency", "1/day", at("America/New_York", "2026-06-03T08:00")),
            id="contacted today",
        ),
        pytest.param({"touches": ago(13)}, Allowed(), id="contacted yesterday, 13 hours ago"),
        pytest.param(
            {"touches": ago(30, 60, 90)},
            Held("frequency", "3/7d", NOON + timedelta(days=7, hours=-90)),
            id="three in seven days",
        ),
        pytest.param(
            {"touches": ago(*range(200, 600, 50))},
            Held("frequency", "8/30d", NOON + timedelta(days=30, hours=-550)),
            id="eight in thirty days",
        ),
        pytest.param({"touches": ago(1), "purpose": "service"}, Allowed(), id="caps are for marketing"),
        pytest.param(
            {"touches": ago(720, 500, 300, campaign="spring"), "campaign": "spring"},
            Blocked("frequency", "3/campaign"),
            id="three attempts in the campaign",
        ),
        pytest.param(
            {"touches": ago(500, 400, 300, campaign="winter"), "campaign": "spring"},
            Allowed(),
            id="attempts of another campaign",
        ),
        pytest.param({"zones": ()}, Blocked("zone_unknown", "US"), id="no zone known"),
        pytest.param(
            {"purpose": "emergency", "consent": "none", "suppressed_scopes": ("all",), "zones": ()},
            Allowed(),
            id="emergency overrides all",
        ),
    ],
)
def test_the_first_failing_rule_decides(changes: dict[str, Any], decision: Decision) -> None:
    assert asked(replace(ANN, **changes)) == decision


@pytest.mark.parametrize(
    ("facts", "moment", "decision"),
    [
        pytest.param(
            ANN, at("America/New_York", "2026-06-02T20:59:59"), Allowed(), id="last second in the US"
        ),
        pytest.param(
            ANN,
            at("America/New_York", "2026-06-02T21:00:00"),
            Held("quiet_hours", "08:00-21:00 America/New_York", at("America/New_York", "2026-06-03T08:00")),
            id="first closed second in the US",
        ),
        pytest.param(
            replace(ANN, state="FL"),
            at("America/New_York", "2026-06-02T20:00"),
            Held("quiet_hours", "08:00-20:00 America/New_York", at("America/New_York", "2026-06-03T08:00")),
            id="who lives in Florida: until eight",
        ),
        pytest.param(
            replace(ANN, address="+13055550123"),
            at("America/New_York", "2026-06-02T20:00"),
            Held("quiet_hours", "08:00-20:00 America/New_York", at("America/New_York", "2026-06-03T08:00")),
            id="Florida's area code: until eight",
        ),
        pytest.param(ANN, at("America/New_York", "2026-06-07T12:00"), Allowed(), id="a Sunday in the US"),
        pytest.param(
            EVA,
            at("Europe/Berlin", "2026-06-07T12:00"),
            Held("quiet_hours", "closed Europe/Berlin", at("Europe/Berlin", "2026-06-08T09:00")),
            id="no marketing on a Sunday where the profile is strict",
        ),
        pytest.param(
            EVA,
            at("Europe/Berlin", "2026-12-24T21:00"),
            Held("quiet_hours", "09:00-20:00 Europe/Berlin", at("Europe/Berlin", "2026-12-28T09:00")),
            id="over Christmas, the second day and Sunday",
        ),
        pytest.param(
            replace(EVA, purpose="service"),
            at("Europe/Berlin", "2026-06-07T12:00"),
            Allowed(),
            id="service on Sunday",
        ),
        pytest.param(LI, at("Asia/Shanghai", "2026-06-02T21:59:59"), Allowed(), id="SMS in China until ten"),
        pytest.param(
            LI,
            at("Asia/Shanghai", "2026-06-02T22:00"),
            Held("quiet_hours", "08:00-22:00 Asia/Shanghai", at("Asia/Shanghai", "2026-06-03T08:00")),
            id="SMS in China after ten",
        ),
        pytest.param(
            replace(LI, zones=("Asia/Shanghai", "Asia/Urumqi")),
            at("Asia/Shanghai", "2026-06-02T08:30"),
            Allowed(),
            id="China has one zone",
        ),
        pytest.param(
            replace(LI, zones=("America/New_York",), zone_is_stored=True),
            at("Asia/Shanghai", "2026-06-02T12:00"),
            Held("quiet_hours", "08:00-22:00 America/New_York", at("America/New_York", "2026-06-02T08:00")),
            id="unless the customer lives elsewhere",
        ),
        pytest.param(
            replace(ANN, zones=("America/New_York", "America/Los_Angeles")),
            at("America/New_York", "2026-06-02T10:59"),
            Held(
                "quiet_hours",
                "08:00-21:00 America/New_York, America/Los_Angeles",
                at("America/Los_Angeles", "2026-06-02T08:00"),
            ),
            id="every zone the number may be in",
        ),
        pytest.param(
            replace(EVA, zones=("Pacific/Auckland", "Europe/London")),
            NOON,
            Blocked("quiet_hours", "Pacific/Auckland, Europe/London"),
            id="zones that share no open minute",
        ),
        pytest.param(
            ANN,
            at("America/New_York", "2026-03-08T07:59:59"),
            Held("quiet_hours", "08:00-21:00 America/New_York", at("America/New_York", "2026-03-08T08:00")),
            id="morning after the clock went forward",
        ),
        pytest.param(
            ANN,
            at("America/New_York", "2026-11-01T21:00"),
            Held("quiet_hours", "08:00-21:00 America/New_York", at("America/New_York", "2026-11-02T08:00")),
            id="evening after the clock went back",
        ),
    ],
)
def test_quiet_hours_are_the_customers_own(facts: Facts, moment: datetime, decision: Decision) -> None:
    assert asked(facts, moment) == decision


def test_marketing_calls_to_china_are_refused_without_a_licence() -> None:
    call = replace(LI, channel="voice")
    noon = at("Asia/Shanghai", "2026-06-02T12:00")

    assert asked(call, noon) == Blocked("consent", "never")
    assert asked(call, noon, {"licences": ["cn_marketing_voice"]}) == Allowed()


def test_an_emergency_is_refused_where_the_profile_gives_it_no_way() -> None:
    assert asked(replace(EVA, purpose="emergency")) == Blocked("emergency", "eu")


def test_a_second_attempt_of_a_campaign_waits_four_hours() -> None:
    policy = {"figures": {"us": {"caps": {"marketing": {"day": 9}}, "campaign": {"per_day": 9}}}}
    facts = replace(ANN, campaign="spring", touches=ago(1, campaign="spring"))

    assert asked(facts, policy=policy) == Held("frequency", "1/4h", NOON + timedelta(hours=3))


def test_floridas_own_cap_holds_however_high_the_companys_is() -> None:
    policy = {"figures": {"us": {"caps": {"marketing": {"day": 9, "7d": 9, "30d": 9}}}}}
    facts = replace(ANN, state="FL", touches=ago(1, 2, 3))

    assert asked(facts, policy=policy) == Held(
        "frequency", "3/24h", at("America/New_York", "2026-06-03T09:00")
    )
    assert asked(replace(facts, state="GA"), policy=policy) == Allowed()


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({"line_touches": 2}, Allowed(), id="two calls in 30 days"),
        pytest.param(
            {"line_touches": 3},
            Held("frequency", "3/30d", NOON + timedelta(days=30, hours=-1)),
            id="three, until the first of them is 30 days old",
        ),
        pytest.param({"line_touches": 3, "purpose": "transactional"}, Allowed(), id="what one asked for"),
        pytest.param({"line_touches": 3, "channel": "sms"}, Allowed(), id="a text is no recorded call"),
        pytest.param(
            {"line_touches": 3, "region": "CA"}, Allowed(), id="the rule is one of the United States"
        ),
    ],
)
def test_a_line_gets_three_calls_that_inform_in_thirty_days(
    changes: dict[str, Any], decision: Decision
) -> None:
    made = [touch.at for touch in ago(1, 1, 1)][: changes.pop("line_touches")]
    call = replace(ANN, channel="voice", purpose="service", line_touches=tuple(made))

    assert asked(replace(call, **changes)) == decision


def test_today_is_the_customers_day_not_ours() -> None:
    evening = at("America/Los_Angeles", "2026-06-02T18:00")  # already the 3rd in UTC
    facts = replace(
        ANN, zones=("America/Los_Angeles",), touches=(Contact(at("America/Los_Angeles", "2026-06-02T09:00")),)
    )

    assert asked(facts, evening) == Held("frequency", "1/day", at("America/Los_Angeles", "2026-06-03T08:00"))


def own(hours: object) -> dict[str, Any]:
    return {"hours": Hours.model_validate(hours)}


@pytest.mark.parametrize(
    ("hours", "local", "decision"),
    [
        pytest.param("10:00-17:00", "10:00", Allowed(), id="open at its first minute"),
        pytest.param("10:00-17:00", "16:59:59", Allowed(), id="open until its last second"),
        pytest.param(
            "10:00-17:00",
            "17:00",
            Held(
                "campaign_hours", "10:00-17:00 America/New_York", at("America/New_York", "2026-06-03T10:00")
            ),
            id="closed from there to the next day",
        ),
        pytest.param(
            "10:00-17:00",
            "09:00",
            Held(
                "campaign_hours", "10:00-17:00 America/New_York", at("America/New_York", "2026-06-02T10:00")
            ),
            id="the law is open before the campaign",
        ),
        pytest.param(
            "10:00-17:00",
            "07:00",
            Held("quiet_hours", "08:00-21:00 America/New_York", at("America/New_York", "2026-06-02T10:00")),
            id="at night it is held once, to when both are open",
        ),
        pytest.param("06:00-23:00", "07:00", None, id="it cannot widen the law's in the morning"),
        pytest.param("06:00-23:00", "21:00", None, id="nor in the evening"),
        pytest.param(
            {"weekdays": "10:00-12:00", "saturday": "closed", "sunday": "closed"},
            "12:00",
            Held(
                "campaign_hours", "10:00-12:00 America/New_York", at("America/New_York", "2026-06-03T10:00")
            ),
            id="by weekday",
        ),
        pytest.param(
            "22:00-23:00",
            "12:00",
            Held(
                "campaign_hours", "22:00-23:00 America/New_York", at("America/New_York", "2026-06-03T12:00")
            ),
            id="hours that never meet the law's wait to be mended",
        ),
    ],
)
def test_a_campaigns_own_hours_narrow_the_laws(hours: object, local: str, decision: Decision | None) -> None:
    moment = at("America/New_York", f"2026-06-02T{local}")
    facts = replace(ANN, **own(hours))

    found = asked(facts, moment)

    if decision is None:
        assert isinstance(found, Held)
        assert found.rule == "quiet_hours"
    else:
        assert found == decision


def test_only_where_there_are_own_hours_they_are_explained() -> None:
    with_hours = explain(replace(ANN, **own("10:00-17:00")), profile_for({}, "US"), NOON)
    without = explain(ANN, profile_for({}, "US"), NOON)

    assert (with_hours[-1].rule, with_hours[-1].value) == ("campaign_hours", "10:00-17:00 America/New_York")
    assert without == with_hours[:-1]


def test_the_rules_are_asked_in_the_published_order() -> None:
    assert [name for name, _ in ORDER] == list(RULES[: len(ORDER)])


def test_an_explanation_lists_every_rule_and_the_failing_ones() -> None:
    checks = explain(replace(ANN, consent="none", touches=ago(1)), profile_for({}, "US"), NOON)

    assert [(check.rule, check.passed) for check in checks] == [
        ("emergency", True),
        ("number_type", True),
        ("suppressed", True),
        ("opted_out", True),
        ("do_not_call", True),
        ("reassigned", True),
        ("consent", False),
        ("review", True),
        ("frequency", False),
        ("quiet_hours", True),
    ]
    assert [check.value for check in checks if check.passed is False] == ["express_written", "1/day"]


def test_an_emergency_skips_the_other_rules() -> None:
    checks = explain(replace(ANN, purpose="emergency"), profile_for({}, "US"), NOON)

    assert [check.passed for check in checks] == [True, *[None] * 9]


facts_of_anyone = st.builds(
    Facts,
    customer_id=st.just(1),
    address=st.sampled_from(["+12125550123", "+13055550123", "+8613800138000", "+4915112345678"]),
    channel=st.sampled_from(["voice", "sms", "fax"]),
    purpose=st.sampled_from(["marketing", "service", "transactional", "emergency"]),
    number_kind=st.sampled_from(["mobile", "landline", "either", "toll_free", "unknown"]),
    region=st.sampled_from(["US", "CN", "DE", ""]),
    zones=st.lists(st.sampled_from(["America/New_York", "Asia/Shanghai", "Europe/Berlin"]), max_size=2).map(
        tuple
    ),
    zone_is_stored=st.booleans(),
    state=st.sampled_from(["", "FL"]),
    suppressed_scopes=st.lists(st.sampled_from(["all", "marketing", "do_not_call"]), unique=True).map(tuple),
    is_on_do_not_call_list=st.booleans(),
    consent=st.sampled_from(LEVELS[:-1]),
    touches=st.lists(
        st.builds(
            Contact,
            st.integers(0, 720).map(lambda hours: NOON - timedelta(hours=hours)),
            st.sampled_from(["", "spring"]),
        ),
        max_size=9,
    ).map(lambda touches: tuple(sorted(touches, key=lambda touch: touch.at))),
    line_touches=st.lists(
        st.integers(0, 719).map(lambda hours: NOON - timedelta(hours=hours)), max_size=4
    ).map(lambda made: tuple(sorted(made))),
    campaign=st.sampled_from(["", "spring"]),
)


@settings(deadline=None)  # a busy machine is no failure
@given(facts=facts_of_anyone, minutes=st.integers(0, 14 * 24 * 60))
def test_every_answer_uses_a_known_rule_and_a_held_one_ends_later(facts: Facts, minutes: int) -> None:
    moment = NOON + timedelta(minutes=minutes)

    decision = asked(facts, moment)

    if isinstance(decision, Held | Blocked):
        assert decision.rule in RULES
    if isinstance(decision, Held):
        assert decision.until > moment
    failing = [
        check for check in explain(facts, profile_for({}, facts.region), moment) if check.passed is False
    ]
    assert (decision == Allowed()) == (not failing)
    if failing and not isinstance(decision, Allowed):
        assert (failing[0].rule, failing[0].value) == (decision.rule, decision.value)


@settings(deadline=None)  # a busy machine is no failure
@given(facts=facts_of_anyone, minutes=st.integers(0, 14 * 24 * 60))
def test_who_waits_as_told_is_allowed_then(facts: Facts, minutes: int) -> None:
    decision = asked(facts, NOON + timedelta(minutes=minutes))

    if isinstance(decision, Held) and decision.rule == "quiet_hours":
        assert asked(facts, decision.until) == Allowed()
    if isinstance(decision, Held) and decision.rule == "frequency":
        later = asked(facts, decision.until)
        assert later == Allowed() or (
            isinstance(later, Blocked) and later.rule in ("zone_unknown", "quiet_hours")
        )
