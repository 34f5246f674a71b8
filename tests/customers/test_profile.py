from __future__ import annotations

from datetime import date
from typing import Any

import phonenumbers
import pytest
from phonenumbers import geocoder

from core.errors import Invalid
from core.phone import region_of, regions
from customers.profile import BY_REGION, NAMES, REGIONS, _figures, profile_for


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("US", "us"),
        ("PR", "us"),
        ("CN", "cn"),
        ("DE", "eu"),
        ("NO", "eu"),
        ("MQ", "eu"),
        ("GB", "uk"),
        ("JE", "uk"),
        ("CA", "ca"),
        ("CH", "strict"),
        ("HK", "strict"),
        ("", "strict"),
    ],
)
def test_the_region_of_the_number_chooses_the_profile(region: str, name: str) -> None:
    assert profile_for({}, region).name == name


def test_a_tenant_may_choose_another_profile() -> None:
    assert profile_for({"profiles": {"US": "strict"}}, "US").name == "strict"


def test_a_tenant_may_change_single_figures_and_keeps_the_others() -> None:
    changed = profile_for(
        {"figures": {"us": {"caps": {"marketing": {"day": 2}}, "voice": {"ring_s": 30}}}}, "US"
    )

    assert changed.caps["marketing"] == {"day": 2, "7d": 3, "30d": 8}
    assert (changed.voice.ring_s, changed.voice.connect_s) == (30, 2)
    assert profile_for({}, "US").caps["marketing"]["day"] == 1


def test_the_figures_are_those_we_publish() -> None:
    strict, us, cn = (profile_for({}, region) for region in ("", "US", "CN"))

    assert strict.hours["marketing"]["voice"].weekdays == (9 * 60, 20 * 60)
    assert strict.hours["marketing"]["voice"].sunday is None
    assert strict.hours["marketing"]["voice"].holidays is None
    assert strict.campaign.attempts == 3
    assert us.hours["marketing"]["sms"].sunday == (8 * 60, 21 * 60)
    assert us.states["FL"].hours["marketing"]["voice"].weekdays == (8 * 60, 20 * 60)
    assert us.do_not_call.fresh_days == 31
    assert cn.hours["marketing"]["sms"].weekdays == (8 * 60, 22 * 60)
    assert cn.hours["marketing"]["voice"].weekdays == (9 * 60, 20 * 60)
    assert (cn.zone, cn.campaign.attempts) == ("Asia/Shanghai", 2)


def test_marketing_calls_to_china_need_a_recorded_licence() -> None:
    assert profile_for({}, "CN").consent["marketing"]["voice"] == "never"
    assert profile_for({"licences": ["cn_marketing_voice"]}, "CN").consent["marketing"]["voice"] == "express"


def test_no_figure_replaces_the_licence() -> None:
    sly = {"figures": {"cn": {"consent": {"marketing": {"voice": "none", "sms": "none"}}}}}

    assert profile_for(sly, "CN").consent["marketing"] == {"voice": "never", "sms": "none", "fax": "express"}


def test_stop_means_marketing_until_the_law_says_everything() -> None:
    us = profile_for({}, "US")

    assert us.opt_out_scope(date(2027, 1, 30)) == "marketing"
    assert us.opt_out_scope(date(2027, 1, 31)) == "all"
    assert profile_for({}, "CN").opt_out_scope(date(2030, 1, 1)) == "marketing"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        pytest.param(
            {"colour": 1},
            "policy.colour: there is no such field; remove it or mend its name",
            id="unknown word",
        ),
        pytest.param(
            {"figures": {"us": {"cap": {}}}},
            "policy.figures.us.cap: there is no such field; remove it or mend its name",
            id="unknown figure",
        ),
        pytest.param(
            {"figures": {"mars": {}}},
            "policy.figures.mars: enter one of strict, us, cn, ca, uk, eu",
            id="unknown profile's figures",
        ),
        pytest.param(
            {"profiles": {"DE": "europe"}},
            "policy.profiles.DE: enter one of strict, us, cn, ca, uk, eu",
            id="unknown profile",
        ),
        pytest.param(
            {"figures": {"us": {"voice": {"ring_s": 5}}}},
            "policy.figures.us.voice.ring_s: enter 15 or more",
            id="too short a ring",
        ),
        pytest.param(
            {"figures": {"us": {"caps": {"marketing": {"week": 1}}}}},
            'policy.figures.us.caps.marketing.week: enter a period: "day" (by the calendar), "24h" or "7d" (rolling)',
            id="no period",
        ),
        pytest.param(
            {"figures": {"us": {"line_caps": {"service": {"voice": {"90d": 1}}}}}},
            "policy.figures.us.line_caps.service.voice.90d: touches are counted over 30 days at most",
            id="a period of line_caps that is too long",
        ),
        pytest.param(
            {"figures": {"us": {"caps": {"marketing": {"90d": 1}}}}},
            "policy.figures.us.caps.marketing.90d: touches are counted over 30 days at most",
            id="longer than touches are counted",
        ),
        pytest.param(
            {"figures": {"us": {"hours": {"marketing": {"voice": {"sunday": "21:00-08:00"}}}}}},
            "policy.figures.us.hours.marketing.voice.sunday: "
            "the end must come after the start, on the same day, and be 24:00 at the latest",
            id="hours over midnight",
        ),
        pytest.param(
            {"figures": {"us": {"hours": {"marketing": {"voice": {"sunday": "8-21"}}}}}},
            'policy.figures.us.hours.marketing.voice.sunday: enter hours such as "09:00-20:00", or "closed"',
            id="no hours",
        ),
        pytest.param(
            {"figures": {"us": {"name": "x"}}}, "policy.figures.us.name: this cannot be changed", id="name"
        ),
    ],
)
def test_a_wrong_policy_names_the_field(policy: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        profile_for(policy, "US")

    assert refused.value.code == "bad_policy"
    assert message in refused.value.message.split("\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_says_where_its_figures_come_from(name: str) -> None:
    assert _figures(name)["source"]


STATE_NAMES = {
    "AL": "Alabama",
    "CA": "California",
    "CT": "Connecticut",
    "FL": "Florida",
    "IL": "Illinois",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "MA": "Massachusetts",
    "MD": "Maryland",
    "ME": "Maine",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "NE": "Nebraska",
    "NM": "New Mexico",
    "NV": "Nevada",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TX": "Texas",
    "UT": "Utah",
    "WA": "Washington State",
    "WY": "Wyoming",
}
US = profile_for({}, "US")


@pytest.mark.parametrize("code", sorted(US.states))
def test_a_state_has_all_its_area_codes(code: str) -> None:
    """Against the library's own geography, so that a code it learns is not forgotten here."""
    state = US.states[code]
    known = {
        str(area)
        for area in range(201, 990)
        if region_of(f"+1{area}5550123") == "US"
        and geocoder.description_for_number(phonenumbers.parse(f"+1{area}5550123"), "en").split(", ")[-1]
        in (STATE_NAMES[code], code)
    }

    assert set(state.area_codes) == known
    assert state.calendar == f"US-{code}"


def test_no_area_code_belongs_to_two_states() -> None:
    codes = [code for state in US.states.values() for code in state.area_codes]

    assert len(codes) == len(set(codes))


def test_state_of_residence_and_area_code_both_bind() -> None:
    assert US.states_of("tx", "+13055550123") == ("TX", "FL")
    assert US.states_of("FL", "+13055550123") == ("FL",)
    assert US.states_of("GA", "+14045550123") == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_keeps_the_published_figures(name: str) -> None:
    profile = profile_for({"profiles": {"US": name}}, "US")

    assert profile.voice.ring_s >= 15
    assert profile.voice.connect_s == 2
    assert profile.campaign.attempts == (2 if name == "cn" else 3)
    assert profile.caps["marketing"] == {"day": 1, "7d": 3, "30d": 8}
    assert profile.do_not_call.fresh_days == {"us": 31, "ca": 31, "cn": 0}.get(name, 28)
    assert (profile.reassigned is not None) == (name == "us")
    assert profile.line_caps == ({"service": {"voice": {"30d": 3}}} if name == "us" else {})
    assert profile.voice.abandoned_percent == {"uk": 0, "eu": 0, "ca": 5}.get(name, 3)


@pytest.mark.parametrize(
    ("region", "day", "hours"),
    [
        pytest.param("CA", "weekdays", (540, 1290), id="Canada on weekdays"),
        pytest.param("CA", "saturday", (600, 1080), id="Canada on Saturdays"),
        pytest.param("CA", "sunday", (600, 1080), id="Canada on Sundays"),
        pytest.param("GB", "weekdays", (540, 1200), id="Britain on weekdays"),
        pytest.param("GB", "sunday", None, id="Britain on Sundays"),
        pytest.param("FR", "saturday", (540, 1200), id="France on Saturdays"),
        pytest.param("FR", "holidays", None, id="France on holidays"),
    ],
)
def test_hours_of_marketing_calls(region: str, day: str, hours: tuple[int, int] | None) -> None:
    assert getattr(profile_for({}, region).hours["marketing"]["voice"], day) == hours


def test_every_union_country_and_every_dependency_has_a_profile() -> None:
    assert len(REGIONS["eu"].split()) == 27 + 3 + 8
    assert set(BY_REGION) <= regions() | {"GF", "SJ"}
    assert profile_for({}, "GB").consent["marketing"]["sms"] == "relationship"
