"""
The figures of the contact policy for a country: profiles/*.yaml, typed.

A tenant's `policy` may choose another profile for a region, record a licence and change single figures:

    {"profiles": {"DE": "strict"}, "licences": ["cn_marketing_voice"],
     "figures": {"us": {"caps": {"marketing": {"day": 2}}}}}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError, model_validator

from core import yaml
from core.errors import Fault, Invalid, WrongFields
from core.fields import place_of, said
from core.sentences import Sentence
from customers.figures import (
    CampaignLimits,
    CapsTable,
    Channel,
    DoNotCall,
    Figures,
    Hours,
    HoursTable,
    Level,
    LineCapsTable,
    Purpose,
    Reassigned,
    State,
    TextRules,
    Voice,
    one_of,
)
from customers.models import CHANNELS, PURPOSES
from customers.windows import Windows, both

__all__ = ["BY_REGION", "NAMES", "REGIONS", "Hours", "Profile", "profile_for", "profiles_for"]

FOLDER = Path(__file__).with_name("profiles")
# each profile's own country or union, and the territories it makes the rules for
REGIONS = {
    "us": "US AS GU MP PR VI",
    "cn": "CN",
    "ca": "CA",
    "uk": "GB GG IM JE",
    "eu": (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "
        "IS LI NO AX GF GP MF MQ RE SJ YT"
    ),
}
BY_REGION = {region: name for name, regions in REGIONS.items() for region in regions.split()}
DEFAULT = "strict"
NAMES = (DEFAULT, *REGIONS)
Name = Annotated[str, one_of(*NAMES)]


class Profile(Figures):
    """One country's figures. An hour or consent left out of a table does not exist: the pair is refused."""

    name: str
    source: str
    zone: str = ""
    emergency_override: bool
    number_kinds: dict[Channel, tuple[str, ...]]
    hours: HoursTable
    consent: dict[Purpose, dict[Channel, Level]]
    caps: CapsTable
    # of one number by one channel, whoever of its holders is meant
    line_caps: LineCapsTable = Field(default_factory=dict)
    campaign: CampaignLimits
    do_not_call: DoNotCall
    reassigned: Reassigned | None = None
    text: TextRules | None = None
    # purpose -> level -> days after which a consent of that level has run out; what is left out never does
    consent_days: dict[Purpose, dict[Level, PositiveInt]] = Field(default_factory=dict)
    voice: Voice
    revoke_all_from: date | None = None
    # how far a STOP goes that only the carrier knows of (21610): no more texts, or no marketing by any channel
    carrier_stop: Literal["sms", "marketing"] = "marketing"
    record_years: PositiveInt
    audio_days: PositiveInt
    # recordings of calls that prove what somebody agreed to, and so many more days once they were erased
    proof_days: PositiveInt
    proof_after_erasure_days: NonNegativeInt = 0
    # licence -> the consent that suffices for whoever holds it
    licences: dict[str, dict[Purpose, dict[Channel, Level]]] = Field(default_factory=dict)
    states: dict[str, State] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _tables_are_whole(self) -> Profile:
        for name in ("hours", "consent"):
            table = getattr(self, name)
            for purpose in PURPOSES:
                if missing := set(CHANNELS) - set(table.get(purpose, {})):
                    raise ValueError(
                        Sentence(
                            "{name}.{purpose}: enter {missing} as well",
                            name=name,
                            purpose=purpose,
                            missing=sorted(missing),
                        )
                    )
        return self

    @cached_property
    def _state_of_area_code(self) -> dict[str, str]:
        return {area: code for code, rules in self.states.items() for area in rules.area_codes}

    @cached_property
    def _known_windows(self) -> dict[tuple[str, ...], Windows]:
        return {}

    def states_of(self, state: str, address: str) -> tuple[str, ...]:
        """The state somebody lives in (by its two letters) and that of the number's area code, if they have rules."""
        if not self.states:
            return ()
        home = state.upper() if state.upper() in self.states else ""
        by_number = self._state_of_area_code.get(address[2:5], "") if address.startswith("+1") else ""
        return tuple(code for code in (home, by_number if by_number != home else "") if code)

    def windows(self, purpose: str, channel: str, region: str, states: tuple[str, ...]) -> Windows:
        """When numbers of *region* may be contacted: in the country's hours and in those of each of *states*."""
        asked = (purpose, channel, region, *states)
        if asked not in self._known_windows:
            found = self.hours[purpose][channel].windows(region)
            for rules in (self.states[code] for code in states):
                if channel in rules.hours.get(purpose, {}):
                    found = both(found, rules.hours[purpose][channel].windows(rules.calendar))
            self._known_windows[asked] = found
        return self._known_windows[asked]

    def line_caps_of(self, purpose: str, channel: str) -> Mapping[str, int]:
        """At most so many contacts of *purpose* with one number by *channel*, by period."""
        return self.line_caps.get(purpose, {}).get(channel, {})

    def opt_out_scope(self, on: date) -> Literal["all", "marketing"]:
        """What a plain "stop" ends on that day: marketing, or from *revoke_all_from* everything."""
        return "all" if self.revoke_all_from and on >= self.revoke_all_from else "marketing"

    def carrier_stop_scope(self, on: date) -> Literal["all", "marketing", "sms"]:
        """What ends, beside all texts to that number, where only the carrier knows of a STOP."""
        return "all" if self.opt_out_scope(on) == "all" else self.carrier_stop


class _TenantPolicy(Figures):
    profiles: dict[str, Name] = Field(default_factory=dict)
    licences: tuple[str, ...] = ()
    figures: dict[Name, dict[str, Any]] = Field(default_factory=dict)


def profile_for(tenant_policy: Mapping[str, Any], region: str) -> Profile:
    """
    The figures for numbers of *region* (ISO 3166, "" if unknown) under a tenant's own policy.

    Raises Invalid naming every field of the policy that does not exist or holds what it must not.
    """
    return profiles_for(tenant_policy)(region)


def profiles_for(tenant_policy: Mapping[str, Any]) -> Callable[[str], Profile]:
    """`profile_for` of many people of one tenant, whose policy is then read once."""
    return partial(_profile, json.dumps(tenant_policy, sort_keys=True))


@lru_cache(1024)
def _profile(policy_json: str, region: str) -> Profile:
    try:
        policy = _TenantPolicy.model_validate(json.loads(policy_json))
    except ValidationError as error:
        raise _wrong(error, "policy") from None
    name = policy.profiles.get(region, BY_REGION.get(region, DEFAULT))
    base, changes = _figures(name), policy.figures.get(name, {})
    if fixed := {"name", "licences"} & set(changes):
        raise Invalid(
            "bad_policy", "policy.figures.{name}.{fixed}: this cannot be changed", name=name, fixed=min(fixed)
        )
    figures = _merged(base, changes)
    for licence, opened in base.get("licences", {}).items():
        for purpose, channels in opened.items():
            by_law = {channel: base["consent"][purpose][channel] for channel in channels}
            consent = channels if licence in policy.licences else by_law
            figures = _merged(figures, {"consent": {purpose: consent}})
    try:
        return Profile.model_validate({**figures, "name": name})
    except ValidationError as error:
        raise _wrong(error, f"policy.figures.{name}") from None


@lru_cache(8)
def _figures(name: str) -> dict[str, Any]:
    found = yaml.parse((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise Invalid("bad_policy", "profile {name} is no mapping", name=name)
    return found


def _merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _wrong(error: ValidationError, where: str) -> WrongFields:
    return WrongFields(
        [Fault(place_of(problem, where), problem["type"], said(problem)) for problem in error.errors()],
        "bad_policy",
    )
