"""
Telephone numbers for the demo's customers, from the real numbering plans of both countries.

American ones are NPA-555-0100 to NPA-555-0199, which the plan keeps for fiction: valid in form, in the zone of their
area code, and nobody's. China's plan keeps none, so Chinese ones are drawn by chance from its mobile and city
ranges and may exist. Therefore the demo only ever runs on the embedded exchange (see seed.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

# area codes by zone; the shares leave the east, where it is already evening, only a few
AREA_CODES = {
    "America/Los_Angeles": (
        "206 209 213 253 310 323 341 360 408 415 424 425 442 458 503 509 510 530 541 559 562 564 619 626 628 650 657 "
        "661 669 702 707 714 725 747 760 805 818 820 831 840 858 909 916 925 949 951 971"
    ),
    "America/Denver": "303 307 385 406 435 480 505 520 575 602 623 719 720 801 915 928 970 983",
    "America/Chicago": (
        "205 210 214 217 218 224 225 251 254 256 262 281 308 309 312 314 316 318 319 320 325 331 334 337 346 361 402 "
        "405 409 414 417 430 432 469 479 501 504 507 512 515 531 563 573 580 601 608 612 615 618 620 630 636 641 651 "
        "660 662 682 708 712 713 715 731 737 763 769 773 779 785 806 815 816 817 830 832 847 870 901 903 913 918 920"
    ),
    "America/New_York": "202 212 215 216 305 313 404 412 516 617 646 704 718 786 813 919",
}
SHARES = {
    "America/Los_Angeles": 0.50,
    "America/Denver": 0.19,
    "America/Chicago": 0.28,
    "America/New_York": 0.03,
}
MOBILE_PREFIXES = (
    "130",
    "131",
    "132",
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "153",
    "155",
    "156",
    "157",
    "158",
    "159",
    "180",
    "181",
    "182",
    "183",
    "185",
    "186",
    "187",
    "188",
    "189",
)
# area code and first digit of an eight-digit local number
CITIES = (
    "10 6",
    "20 8",
    "21 5",
    "22 2",
    "23 6",
    "24 2",
    "25 8",
    "27 8",
    "28 8",
    "29 8",
    "512 6",
    "532 8",
    "571 8",
    "574 8",
    "755 8",
)


def american(rng: Random, count: int) -> Iterator[str]:
    """*count* different American numbers, spread over the zones by SHARES."""
    found: list[str] = []
    for zone, share in SHARES.items():
        pool = [f"+1{area}55501{end:02}" for area in AREA_CODES[zone].split() for end in range(100)]
        found += rng.sample(pool, round(count * share))
    rng.shuffle(found)
    return iter(found)


def chinese_mobile(rng: Random, count: int) -> Iterator[str]:
    """*count* different Chinese mobile numbers."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"+86{rng.choice(MOBILE_PREFIXES)}{rng.randrange(10**8):08}"] = None
    return iter(found)


def chinese_landline(rng: Random, count: int) -> Iterator[str]:
    """*count* different Chinese city numbers, for telephones at a desk and fax machines."""
    found: dict[str, None] = {}
    while len(found) < count:
        area, first = rng.choice(CITIES).split()
        found[f"+86{area}{first}{rng.randrange(10**7):07}"] = None
    return iter(found)
