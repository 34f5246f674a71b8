"""
May this person be contacted on this channel, for this purpose, at this moment?

Pure: everything known about the person comes in as `Facts`, everything the law and the company say as a
`Profile`. The rules are asked in the order of `ORDER`; the first that fails decides. Asked for forecasts
and again in every claim.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from customers.caps import free_again
from customers.decisions import Allowed, Blocked, Check, Contact, Decision, Facts, Held
from customers.figures import suffices
from customers.outside import (
    consent_ended,
    do_not_call,
    list_shown,
    reassigned,
    reassigned_shown,
    standing_consent,
)
from customers.profile import Profile
from customers.windows import Windows, both, next_open, shown

__all__ = [
    "ORDER",
    "RULES",
    "Allowed",
    "Blocked",
    "Check",
    "Contact",
    "Decision",
    "Facts",
    "Held",
    "decide",
    "explain",
    "next_open",
    "windows_of",
    "zones_of",
]

# every word a decision, a delivery or a screen may carry as its rule
RULES = (
    "emergency",
    "number_type",
    "suppressed",
    "opted_out",
    "do_not_call",
    "reassigned",
    "consent",
    "review",
    "frequency",
    "quiet_hours",
    "campaign_hours",
    "zone_unknown",
    "no_fresh_list",
    "country_refused",
    "shared_address",
    "expired",
)
# contacts to save life or property, such as a safety recall; no campaign can choose it
EMERGENCY = "emergency"
# how often it is looked whether staff have decided
REVIEW_AGAIN = timedelta(hours=1)


Rule = Callable[[Facts, Profile, datetime], Decision | None]


def _emergency(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    if facts.purpose != EMERGENCY:
        return None
    return Allowed() if profile.emergency_override else Blocked("emergency", profile.name)


def _number_type(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    if facts.number_kind in profile.number_kinds.get(facts.channel, ()):
        return None
    return Blocked("number_type", facts.number_kind)


def _suppressed(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    return Blocked("suppressed", "all") if "all" in facts.suppressed_scopes else None


def _opted_out(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    stopped = [scope for scope in (facts.purpose, facts.channel) if scope in facts.suppressed_scopes]
    return Blocked("opted_out", stopped[0]) if stopped else None


def _review(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    """Held while staff read what may be a refusal; their decision makes it due at once."""
    is_open = facts.purpose == "marketing" and "review" in facts.suppressed_scopes
    return Held("review", "", at + REVIEW_AGAIN) if is_open else None


def _consent(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    needed = profile.consent[facts.purpose][facts.channel]
    if suffices(standing_consent(facts, profile, at), needed):
        return None
    ended = consent_ended(facts, profile, at)
    if ended and suffices(facts.consent, needed):
        return Blocked("consent", f"ended {ended.astimezone(UTC).date()}")
    return Blocked("consent", needed)


def _frequency(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    """Held until the last cap has room again, and then to the next open minute."""
    if not facts.touches and not facts.line_touches:
        return None
    full = _full_caps(facts, profile, at)
    if facts.campaign:
        tries = [touch.at for touch in facts.touches if touch.campaign == facts.campaign]
        limits = profile.campaign
        if len(tries) >= limits.attempts:
            return Blocked("frequency", f"{limits.attempts}/campaign")
        if tries and (again := tries[-1] + timedelta(hours=limits.gap_hours)) > at:
            full.append((f"1/{limits.gap_hours}h", again))
        if free := free_again(tries, "day", limits.per_day, zones_of(facts, profile), at):
            full.append((f"{limits.per_day}/day", free))
    if not full:
        return None
    value, until = max(full, key=lambda cap: cap[1])
    return Held("frequency", value, _opening(facts, profile, until) or until)


def _quiet_hours(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    zones = zones_of(facts, profile)
    if not zones:
        return Blocked("zone_unknown", facts.region)
    until = next_open(zones, windows_of(facts, profile), at)
    if until is None:
        return Blocked("quiet_hours", ", ".join(zones))
    if until == at:
        return None
    value = shown(zones, windows_of(facts, profile), at)
    return Held("quiet_hours", value, _opening(facts, profile, at) or until)


def _campaign_hours(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    """Hours that never meet the law's wait, day by day, until staff mend them or the campaign ends."""
    if facts.hours is None:
        return None
    until = _opening(facts, profile, at) or at + timedelta(days=1)
    value = _shown("campaign_hours", facts, profile, at)
    return None if until == at else Held("campaign_hours", value, until)


ORDER: tuple[tuple[str, Rule], ...] = (
    ("emergency", _emergency),
    ("number_type", _number_type),
    ("suppressed", _suppressed),
    ("opted_out", _opted_out),
    ("do_not_call", do_not_call),
    ("reassigned", reassigned),
    ("consent", _consent),
    ("review", _review),
    ("frequency", _frequency),
    ("quiet_hours", _quiet_hours),
    ("campaign_hours", _campaign_hours),
)


def decide(facts: Facts, profile: Profile, at: datetime) -> Decision:
    """The answer for *facts* at instant *at* (aware): the first failing rule, or Allowed."""
    for _, rule in ORDER:
        decision = rule(facts, profile, at)
        if decision is not None:
            return decision
    return Allowed()


def explain(facts: Facts, profile: Profile, at: datetime) -> tuple[Check, ...]:
    """Every rule with its answer and the figure it went by, in order. An emergency goes by its own rule alone."""
    checks: list[Check] = []
    for name, rule in ORDER:
        if name == "campaign_hours" and facts.hours is None:
            continue
        if facts.purpose == EMERGENCY and name != EMERGENCY:
            checks.append(Check(name, None))
        elif isinstance(decision := rule(facts, profile, at), Held | Blocked):
            until = decision.until if isinstance(decision, Held) else None
            checks.append(Check(decision.rule, False, decision.value, until))
        else:
            checks.append(Check(name, True, _shown(name, facts, profile, at)))
    return tuple(checks)


def _shown(rule: str, facts: Facts, profile: Profile, at: datetime) -> str:
    match rule:
        case "number_type":
            return facts.number_kind
        case "do_not_call":
            return list_shown(facts, profile)
        case "reassigned":
            return reassigned_shown(facts)
        case "consent":
            return facts.consent
        case "frequency":
            return f"{sum(touch.at > at - timedelta(days=30) for touch in facts.touches)}/30d"
        case "quiet_hours":
            return shown(zones_of(facts, profile), windows_of(facts, profile), at)
        case "campaign_hours":
            own = facts.hours.windows(facts.region) if facts.hours else None
            return shown(zones_of(facts, profile), own, at) if own else ""
        case _:
            return ""


def zones_of(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Where the person may be: hours and days must be right in all of these."""
    return (profile.zone,) if profile.zone and not facts.zone_is_stored else facts.zones


def _full_caps(facts: Facts, profile: Profile, at: datetime) -> list[tuple[str, datetime]]:
    """The caps that have no room at *at*, each with the instant it has."""
    states = profile.states_of(facts.state, facts.address)
    tables = [profile.caps, *(profile.states[code].caps for code in states)]
    zones, touches = zones_of(facts, profile), [touch.at for touch in facts.touches]
    full = []
    for table in tables:
        for period, most in table.get(facts.purpose, {}).items():
            if free := free_again(touches, period, most, zones, at):
                full.append((f"{most}/{period}", free))
    for period, most in profile.line_caps_of(facts.purpose, facts.channel).items():
        if free := free_again(facts.line_touches, period, most, zones, at):
            full.append((f"{most}/{period}", free))
    return full


def _opening(facts: Facts, profile: Profile, at: datetime) -> datetime | None:
    """When the law and the campaign both are open."""
    zones, windows = zones_of(facts, profile), windows_of(facts, profile)
    if facts.hours:
        windows = both(windows, facts.hours.windows(facts.region))
    return next_open(zones, windows, at) if zones else None


def windows_of(facts: Facts, profile: Profile) -> Windows:
    """When the law lets the person be contacted like that, by the clock on their wall."""
    states = profile.states_of(facts.state, facts.address)
    return profile.windows(facts.purpose, facts.channel, facts.region, states)
