"""
Lakeside Motors' 20,000 customers, made from a seed: the same seed gives the same people.

12,000 live in China and 8,000 in the United States, in both languages in both countries. Three campaigns want some of
them; in each audience a few lack consent, have opted out or share a number, as in every real list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from demo import names, plan

CUSTOMERS = 20_000
AMERICANS = 8_000
SEED = 20_26
# where the business clock starts (see seed.py); services fall due around it
TODAY = date(2026, 12, 1)
# tag of each campaign's audience, its size, and how many of them share a number with someone else in it
AUDIENCES = {"after-service": (500, 2), "winter-check": (5_000, 16), "open-day": (200, 6)}
ALSO_INVITED = 20


@dataclass(frozen=True)
class Person:
    """One customer as the customer file has them; numbers are E.164 or ""."""

    reference: str
    region: str
    name: str
    company: str
    language: str
    mobile: str
    phone: str
    fax: str
    zone: str
    address: str
    plate: str
    model: str
    next_service: date
    agreed_to_marketing: bool
    agreed_to_service: bool
    has_opted_out: bool
    tags: tuple[str, ...] = ()


def people(seed: int = SEED) -> list[Person]:
    """Every customer, in the order of the customer file."""
    rng = Random(seed)
    regions = ["US"] * AMERICANS + ["CN"] * (CUSTOMERS - AMERICANS)
    rng.shuffle(regions)
    numbers = _Numbers(rng)
    everybody = [_person(rng, index, region, numbers) for index, region in enumerate(regions)]
    return _with_audiences(rng, everybody)


class _Numbers:
    """The numbers not yet given to anybody."""

    def __init__(self, rng: Random) -> None:
        self.american = plan.american(rng, AMERICANS + 700)
        self.mobile = plan.chinese_mobile(rng, CUSTOMERS - AMERICANS)
        self.landline = plan.chinese_landline(rng, 3_000)

    def of(self, region: str, kind: str) -> str:
        """The next one of *kind* in *region*."""
        if region == "US":
            return next(self.american)
        return next(self.mobile if kind == "mobile" else self.landline)


def _person(rng: Random, index: int, region: str, numbers: _Numbers) -> Person:
    home = "en" if region == "US" else "zh"
    language = home if rng.random() < 0.93 else {"en": "zh", "zh": "en"}[home]
    is_firm = index % 17 == 0
    model = rng.choice(names.MODELS)[language == "zh"]
    mobile = numbers.of(region, "mobile")
    return Person(
        reference=f"LM-{index + 1:05}",
        region=region,
        name=_name(rng, language),
        company=_firm(rng, language) if is_firm else "",
        language=language,
        mobile="" if is_firm and rng.random() < 0.15 else mobile,
        phone=numbers.of("CN", "landline") if region == "CN" and rng.random() < 0.08 else "",
        fax=numbers.of(region, "fax") if is_firm else "",
        zone="America/Los_Angeles" if _has_moved_west(rng, mobile) else "",
        address=_address(rng, language),
        plate=_plate(rng, region),
        model=model,
        next_service=TODAY + timedelta(days=rng.randrange(-20, 330)),
        agreed_to_marketing=rng.random() < 0.80,
        agreed_to_service=rng.random() < 0.97,
        has_opted_out=rng.random() < 0.012,
    )


def _name(rng: Random, language: str) -> str:
    if language == "en":
        return f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}"
    return rng.choice(names.FAMILY) + "".join(rng.choices(names.GIVEN, k=rng.choice((1, 2, 2))))


def _firm(rng: Random, language: str) -> str:
    if language == "en":
        return f"{rng.choice(names.FIRMS)} {rng.choice(names.TRADES)} LLC"
    return f"{rng.choice(names.FIRMS_ZH)}{rng.choice(names.TRADES_ZH)}有限公司"


def _has_moved_west(rng: Random, mobile: str) -> bool:
    """Some kept the number of the east, where they no longer live."""
    return mobile[2:5] in plan.AREA_CODES["America/New_York"].split() and rng.random() < 0.3


def _address(rng: Random, language: str) -> str:
    number = rng.randrange(1, 900)
    if language == "en":
        return f"{number} {rng.choice(names.STREETS)} Street"
    return f"{rng.choice(names.STREETS_ZH)}路{number}号"


def _plate(rng: Random, region: str) -> str:
    letters, digits = rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=3), rng.randrange(1000)
    if region == "US":
        return f"{rng.randrange(1, 10)}{''.join(letters)}{digits:03}"
    return f"{rng.choice('苏浙沪粤鄂川京皖')}{''.join(letters[:2])}{digits:03}{rng.randrange(10)}"


def _with_audiences(rng: Random, everybody: list[Person]) -> list[Person]:
    """Tag *everybody* for the campaigns: no one for two, but for the few invited by SMS and fax at once."""
    firms = [index for index, person in enumerate(everybody) if person.fax]
    others = [index for index, person in enumerate(everybody) if not person.fax]
    invited = rng.sample(firms, AUDIENCES["open-day"][0])
    both = [index for index in invited if everybody[index].mobile][:ALSO_INVITED]
    rng.shuffle(others)
    surveyed, others = others[: AUDIENCES["after-service"][0]], others[AUDIENCES["after-service"][0] :]
    reminded = others[: AUDIENCES["winter-check"][0] - len(both)] + both
    for tag, members in (("after-service", surveyed), ("winter-check", reminded), ("open-day", invited)):
        _tag(rng, everybody, tag, members)
    return everybody


def _tag(rng: Random, everybody: list[Person], tag: str, members: Sequence[int]) -> None:
    """Tag *members*: nearly all of them agreed, and some pairs of them have one number between them."""
    for index in members:
        person = everybody[index]
        agreed = rng.random() < 0.975
        everybody[index] = replace(person, tags=(*person.tags, tag), agreed_to_marketing=agreed)
    kind = "fax" if tag == "open-day" else "mobile"
    sharing = [index for index in members if everybody[index].region == "CN"][: AUDIENCES[tag][1]]
    for one, other in _pairs(sharing):
        everybody[other] = replace(everybody[other], **{kind: getattr(everybody[one], kind)})


def _pairs(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(indexes[::2], indexes[1::2], strict=True)
