"""Telephone numbers: E.164 inside, never trusted from outside. The only file that imports phonenumbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo, timezone

from core.errors import Invalid

TYPES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
# the Florida panhandle is in two zones, the metadata knows one
MORE_ZONES = {"+1850": ("America/Chicago",), "+1448": ("America/Chicago",)}
SPOILED = re.compile(r"\d[.,]?\d*[eE]\+?\d+|\d+[.,]0+")
E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
EXTENSION = re.compile(r"(?i)\b(ext|x)\.?\s*\d+$")
SHORT_DIGITS = 6
WITHOUT_PUNCTUATION = str.maketrans("", "", " ()-.")
NORTH_AMERICA = (re.compile(r"(?:\+?1)?([2-9]\d{9})", re.ASCII), 1)
CHINESE_MOBILE = (re.compile(r"(?:\+86)?(1[3-9]\d{9})", re.ASCII), 86)
PLANS = {"US": (NORTH_AMERICA,), "CA": (NORTH_AMERICA,), "CN": (CHINESE_MOBILE,)}
# whom the library asks first about a country code; neither has a number that is landline and mobile by two patterns
FIRST_REGION = {1: "US", 86: "CN"}
PLAN_OF = {"+1": "US", "+8": "CN"}
# refused from every country: a list may come from abroad
EMERGENCY = {"911", "112", "110", "119", "120", "122", "999"}


def to_e164(raw: str, region: str) -> str:
    """
    *raw* as E.164, read as someone in *region* (ISO 3166, such as US) would dial it.

    Takes full-width digits, 00 and leading apostrophes. Raises Invalid saying what to enter.
    """
    return read(raw, region)[0]


def read(raw: str, region: str) -> tuple[str, str]:
    """`to_e164` and `kind_of` in one go, for long lists."""
    return _read_plain(raw, region) or _read_any(raw, region)


def _read_plain(raw: str, region: str) -> tuple[str, str] | None:
    """`read` for the two plans most lists are written in, in a tenth of the time; None for whatever is not plain."""
    if raw.isascii() and (plan := FAST.get(region)):
        found = plan.written.fullmatch(raw.translate(WITHOUT_PUNCTUATION))
        if found and (kind := plan.kind_of(found[1])):
            return plan.prefix + found[1], kind
    return None


def _read_any(raw: str, region: str) -> tuple[str, str]:
    parsed = _plain(raw, region)
    if parsed is None:
        parsed = _parse(raw if E164.fullmatch(raw) else _tidy(raw), region)
    if parsed.extension:
        raise Invalid("number_extension", "enter the number without an extension")
    kind, _ = _kind_and_region(parsed)
    if kind == PhoneNumberType.UNKNOWN:
        raise _not_a_number(raw, region)
    e164 = f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)}"
    return e164, TYPES.get(kind, "unknown")


def _plain(raw: str, region: str) -> phonenumbers.PhoneNumber | None:
    """The two plans most lists are written in, taken apart ten times as fast as `parse` does; None for all else."""
    if not raw.isascii():
        return None
    digits = raw.translate(WITHOUT_PUNCTUATION)
    for plan, code in PLANS.get(region, ()):
        if found := plan.fullmatch(digits):
            return phonenumbers.PhoneNumber(country_code=code, national_number=int(found[1]))
    return None


def _tidy(raw: str) -> str:
    """What people and spreadsheets wrap around a number taken off; Invalid if they have spoiled it."""
    text = raw
    if not raw.isascii():
        shown = (char for char in unicodedata.normalize("NFKC", raw) if unicodedata.category(char) != "Cf")
        text = "".join(shown)
    text = text.strip().lstrip("'")
    if not text:
        raise Invalid("number_missing", "enter a telephone number")
    if SPOILED.fullmatch(text):
        raise Invalid(
            "number_spoiled",
            "a spreadsheet has rounded this number; format the column as text and enter it again",
        )
    if any(map(str.isalpha, EXTENSION.sub("", text))):
        raise Invalid("number_letters", "enter digits only; this holds letters")
    return _international(text)


def _international(text: str) -> str:
    """00 means + wherever it is the international prefix people write, 0086 in a Chinese list as well as in a US one."""
    digits = re.sub(r"[\s().\-/]", "", text)
    return "+" + digits[2:] if digits.startswith("00") and len(digits) > 9 else text


def _parse(text: str, region: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise _not_a_number(text, region) from error


def _not_a_number(raw: str, region: str) -> Invalid:
    digits = "".join(char for char in unicodedata.normalize("NFKC", raw) if char.isdigit())
    if digits in EMERGENCY or shortnumberinfo.is_emergency_number(digits, region):
        return Invalid("number_emergency", "this is an emergency number; enter the customer's own")
    if 0 < len(digits) <= SHORT_DIGITS:
        return Invalid("number_short", "this is too short; enter the whole number, like +14155550123")
    return Invalid(
        "number_invalid",
        "this is no telephone number that exists in {region} or abroad; enter it like +14155550123",
        region=region,
    )


def regions() -> frozenset[str]:
    """Every ISO 3166 region with a numbering plan."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


@dataclass(frozen=True, slots=True)
class _About:
    kind: str
    region: str
    zones: tuple[str, ...]


def kind_of(e164: str) -> str:
    """What sort of number it is: mobile, landline, either (US: not to be told apart), toll_free, premium_rate … or unknown."""
    return _about(e164).kind


def region_of(e164: str) -> str:
    """ISO 3166 region of the number, or "" if it belongs to none (+800, satellites)."""
    return _about(e164).region


def zones_of(e164: str) -> tuple[str, ...]:
    """Every IANA zone the number may be in; empty if unknown."""
    return _about(e164).zones


@lru_cache(65536)
def _about(e164: str) -> _About:
    """All that the metadata say, in one go: they are asked about everybody in every claim."""
    number = _known(e164)
    if number is None:
        return _About("unknown", "", _zones(e164, ()))
    kind, region = _kind_and_region(number)
    look_up = (
        timezone.time_zones_for_geographical_number
        if phonenumbers.is_number_type_geographical(kind, number.country_code or 0)
        else timezone.time_zones_for_number
    )
    zones = look_up(number) if kind != PhoneNumberType.UNKNOWN else ()
    return _About(TYPES.get(kind, "unknown"), region if region != "001" else "", _zones(e164, zones))


def _kind_and_region(number: phonenumbers.PhoneNumber) -> tuple[int, str]:
    """The library's `number_type` and region; at once where the first region it would try has the number."""
    region = FIRST_REGION.get(number.country_code or 0)
    if region and (kind := _kind_in(region, phonenumbers.national_significant_number(number))) is not None:
        return kind, region
    return phonenumbers.number_type(number), phonenumbers.region_code_for_number(number) or ""


def _kind_in(region: str, national: str) -> int | None:
    general, kinds = _patterns(region)
    if general.fullmatch(national):
        for kind, lengths, pattern in kinds:
            if len(national) in lengths and pattern.fullmatch(national):
                return kind
    return None


@lru_cache
def _patterns(region: str) -> tuple[re.Pattern[str], list[tuple[int, tuple[int, ...], re.Pattern[str]]]]:
    """What all numbers of *region* look like, and those of each kind in the order in which the library asks."""
    plan: Any = phonenumbers.PhoneMetadata.metadata_for_region(region)
    fixed = (
        PhoneNumberType.FIXED_LINE_OR_MOBILE
        if plan.same_mobile_and_fixed_line_pattern
        else PhoneNumberType.FIXED_LINE
    )
    asked = [
        (PhoneNumberType.PREMIUM_RATE, plan.premium_rate),
        (PhoneNumberType.TOLL_FREE, plan.toll_free),
        (PhoneNumberType.SHARED_COST, plan.shared_cost),
        (PhoneNumberType.VOIP, plan.voip),
        (PhoneNumberType.PERSONAL_NUMBER, plan.personal_number),
        (PhoneNumberType.PAGER, plan.pager),
        (PhoneNumberType.UAN, plan.uan),
        (PhoneNumberType.VOICEMAIL, plan.voicemail),
        (fixed, plan.fixed_line),
        (PhoneNumberType.MOBILE, plan.mobile),
    ]
    return re.compile(plan.general_desc.national_number_pattern), [
        (kind, tuple(part.possible_length), re.compile(part.national_number_pattern))
        for kind, part in asked
        if part and part.national_number_pattern
    ]


class _Plan:
    """How one plan's numbers are written, and one pattern that asks about every kind in the library's order."""

    def __init__(self, region: str, written: re.Pattern[str], code: int, digits: int) -> None:
        self.written = written
        self.prefix = f"+{code}"
        self._region, self._digits = region, digits

    @cached_property
    def _kinds(self) -> tuple[re.Pattern[str], tuple[str, ...]]:
        general, kinds = _patterns(self._region)
        asked = [(kind, pattern) for kind, lengths, pattern in kinds if self._digits in lengths]
        either = "|".join(f"({_uncaptured(pattern.pattern)})" for _, pattern in asked)
        whole = f"(?={_uncaptured(general.pattern)}$)(?:{either})"
        return re.compile(whole, re.ASCII), tuple(TYPES.get(kind, "unknown") for kind, _ in asked)

    def kind_of(self, national: str) -> str | None:
        """The kind of a number of this plan's length, or None if the first region asked has no such number."""
        pattern, kinds = self._kinds
        found = pattern.fullmatch(national)
        return kinds[found.lastindex - 1] if found and found.lastindex else None


def _uncaptured(pattern: str) -> str:
    """*pattern* in brackets of its own; the library's patterns capture nothing."""
    return f"(?:{pattern})"


FAST = {
    "US": _Plan("US", *NORTH_AMERICA, 10),
    "CA": _Plan("US", *NORTH_AMERICA, 10),
    "CN": _Plan("CN", *CHINESE_MOBILE, 11),
}


def _zones(e164: str, found: Sequence[str]) -> tuple[str, ...]:
    more = MORE_ZONES.get(e164[:5], ())
    return tuple(zone for zone in (*found, *more) if zone != "Etc/Unknown")


def masked(e164: str) -> str:
    """The number with all but its country code and last four digits hidden: +1 •••• 0123."""
    number = _known(e164) if len(e164) >= 8 else None
    return f"+{number.country_code} •••• {e164[-4:]}" if number else "••••"


def pretty(e164: str) -> str:
    """The number as people abroad write it: +1 415-555-0123. What is no number stays as it is."""
    number = _known(e164)
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL) if number else e164
    )


def _known(e164: str) -> phonenumbers.PhoneNumber | None:
    if e164[:1] == "+" and (plain := _plain(e164, PLAN_OF.get(e164[:2], ""))):
        return plain
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
