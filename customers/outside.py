"""
The rules that go by lists kept outside: public do-not-call lists and the database of reassigned numbers.

Both age. A list too old to go by, or missing where the profile demands one, holds whom it could have stopped until one is
loaded.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from customers.decisions import Blocked, Decision, Facts, Held
from customers.figures import suffices
from customers.profile import Profile

# how often it is looked whether a list has been loaded
LOADED_AGAIN = timedelta(hours=1)


def do_not_call(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    """
    Marketing to a listed number is refused unless consent overrides the list (US-11, UK-2, CA-1).

    Who lacks the consent that marketing needs anyway is left to that rule: no newer list would help. Whom only a list could
    clear waits for it, as `no_fresh_list`.
    """
    rule = profile.do_not_call
    if facts.purpose != "marketing" or facts.channel not in rule.channels:
        return None
    given = standing_consent(facts, profile, at)
    if suffices(given, rule.overridden_by):
        return None
    if facts.is_on_do_not_call_list:
        return Blocked("do_not_call", f"listed {list_region(facts, profile)}")
    if not suffices(given, profile.consent[facts.purpose][facts.channel]):
        return None
    fault = _list_fault(facts, profile, at)
    return Held("no_fresh_list", fault, at + LOADED_AGAIN) if fault else None


def _list_fault(facts: Facts, profile: Profile, at: datetime) -> str:
    """Why the list of the number's region is none to go by: missing US, or stale US 2026-10-01 31."""
    rule, region = profile.do_not_call, list_region(facts, profile)
    as_of = facts.lists.get(region)
    if as_of is None:
        return f"missing {region}" if rule.is_required and region else ""
    if not rule.fresh_days or at <= as_of + timedelta(days=rule.fresh_days):
        return ""
    return f"stale {region} {as_of.astimezone(UTC).date()} {rule.fresh_days}"


def list_shown(facts: Facts, profile: Profile) -> str:
    """Which list was gone by, such as: list US 2026-11-02."""
    as_of = facts.lists.get(list_region(facts, profile))
    return f"list {list_region(facts, profile)} {as_of.astimezone(UTC).date()}" if as_of else ""


def list_region(facts: Facts, profile: Profile) -> str:
    """Whose list holds for the number: a country's list may hold for its territories, too."""
    return profile.do_not_call.region or facts.region


def reassigned(facts: Facts, profile: Profile, at: datetime) -> Decision | None:
    """
    Refused if the number has got another subscriber since the consent (US-13).

    The database answers about the consent there was: one given since makes an old "yes" void, and a "no" is good for
    so many days only, for a number may change hands at any time.
    """
    rule = profile.reassigned
    if rule is None or facts.channel not in rule.channels or facts.purpose not in rule.purposes:
        return None
    answer = _answer_that_counts(facts, rule.fresh_days, at)
    if answer == "yes" or {"no_data": rule.no_data, "": rule.unchecked}.get(answer) == "block":
        return Blocked("reassigned", reassigned_shown(facts) or "unchecked")
    return None


def _answer_that_counts(facts: Facts, fresh_days: int, at: datetime) -> str:
    asked = facts.reassigned_on
    if asked is None:
        return ""
    if facts.reassigned == "yes":
        is_void = facts.consent_at is not None and facts.consent_at.astimezone(UTC).date() > asked
        return "" if is_void else "yes"
    return facts.reassigned if at.astimezone(UTC).date() <= asked + timedelta(days=fresh_days) else ""


def reassigned_shown(facts: Facts) -> str:
    """What was answered and for which day, such as: yes 2026-11-02."""
    return f"{facts.reassigned} {facts.reassigned_on}" if facts.reassigned_on else ""


def standing_consent(facts: Facts, profile: Profile, at: datetime) -> str:
    """The level given, or "none" once it is older than the profile lets consents of that level grow."""
    return "none" if consent_ended(facts, profile, at) else facts.consent


def consent_ended(facts: Facts, profile: Profile, at: datetime) -> datetime | None:
    """When the consent ran out, if it has by *at*."""
    days = profile.consent_days.get(facts.purpose, {}).get(facts.consent)
    if days is None or facts.consent_at is None:
        return None
    end = facts.consent_at + timedelta(days=days)
    return end if end <= at else None


ADVICE = {
    "listed": "in the list of {0}",
    "list": "not in the list of {0} of {1}",
    "missing": "no list of {0} is loaded; load one with: flask customers do-not-call import FILE --region {0}",
    "stale": "the list of {0} is of {1}, older than {2} days; load a new one with: "
    "flask customers do-not-call import FILE --region {0}",
    "yes": "another subscriber since {0}",
    "no": "same subscriber, asked for {0}",
    "no_data": "nothing known, asked for {0}",
    "unchecked": "nobody has asked yet; load answers with: flask customers reassigned import FILE",
    "ended": "ran out on {0}",
}


def advice(value: str) -> str:
    """What a rule found as a sentence that says what to do: "missing US" is one, a figure such as 1/day stays as it is."""
    code, *about = value.split(" ")
    return ADVICE[code].format(*about) if code in ADVICE else value
