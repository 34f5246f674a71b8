"""
Who is at the other end of the demo's lines: customers, their fax machines, and people who ring the hotline.

The exchange reads it as a file; its parts are explained in exchange/population.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from core.config import Config
from demo import numbers
from demo.company import Person
from demo.plan import CITIES
from demo.workshop import FIRST_JOB
from ivr.verifying import digits_of

# what people press in the survey, one entry a question: takes part, is it you, three answers, recommendation, comment
SURVEYED = (
    (["1", "1", "5", "5", "1", "10", "2"], 5),
    (["1", "1", "4", "5", "1", "09", "2"], 4),
    (["1", "1", "4", "3", "2", "07", "2"], 2),
    (["1", "1", "2", "3", "2", "04", "2"], 0.7),
    (["1", "1", "2", "2", "2", "03", "1"], 0.3),
    (["1", "1", "5", "", "", ""], 0.6),
    (["2"], 2),
    (["1", "2"], 0.4),
    (["9"], 0.4),
    (["", "", ""], 0.6),
)
# what callers press in the hotline: language, main menu, and on
CALLERS = (
    (["1", "1", "1", "20318#", "1", "481#"], 3),
    (["2", "1", "2"], 3),
    (["1", "1", "3"], 2),
    (["2", "2", "1", "480213#", "1"], 2),
    (["1", "2", "2", "77120045#", "2", "77120054#", "1"], 1),
    (["1", "3", "1", "2"], 2),
    (["2", "3", "3"], 0.5),
    (["2", "4", "1", "1"], 1),
    (["1", "4", "2"], 0.5),
    (["2", "0"], 3),
    (["1", "7"], 0.7),
    (["", "1", "8", "0"], 0.7),
)
# what people press who ring back after a call of ours they missed: hear it, know it already, stop it, or the menu
RETURNED = ((["1", "1", "1", "5", "5", "1", "10", "2"], 5), (["2"], 2), (["9"], 0.5), (["0"], 0.5))
RETURN_PERCENT, RETURN_AFTER_S = 6, 300
REPLIES = (
    ("STOP", 0.6, 40),
    ("退订", 0.6, 60),
    ("Thanks, see you then!", 1.0, 90),
    ("好的，谢谢", 1.0, 90),
    ("HELP", 0.2, 50),
)
# customers who ring again and again, owners of cars in the workshop, strangers, and callers who give up; all together about eight a real minute
REGULARS, OWNERS = 20, 12
REGULAR_PER_MIN, OWNER_PER_MIN, STRANGERS_PER_MIN, IMPATIENT_PER_MIN = 0.25, 0.05, 2.0, 1.0


def population(config: Config, everybody: Sequence[Person]) -> dict[str, Any]:
    """The population for the exchange *config* speaks to."""
    return {
        "accounts": [
            {
                "sid": config.exchange_account_sid,
                "token": config.exchange_auth_token,
                "name": "Lakeside Motors",
                "cps": 5,
                "lines": 80,
            }
        ],
        "numbers": _ours(config),
        "subscribers": _subscribers(everybody),
        "callers": _callers(everybody),
    }


def write(path: Path, config: Config, everybody: Sequence[Person]) -> None:
    """Write the population file."""
    path.write_text(
        yaml.safe_dump(population(config, everybody), allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def _ours(config: Config) -> dict[str, dict[str, str]]:
    base = config.public_url.rstrip("/")
    urls = {
        "account": config.exchange_account_sid,
        "voice_url": f"{base}/ivr/answer",
        "voice_fallback_url": f"{base}/ivr/fallback",
        "status_callback": f"{base}/ivr/status",
        "sms_url": f"{base}/inbound/sms",
    }
    owned = (*numbers.HOTLINES, *(sender.address for sender in numbers.SENDERS))
    return {number: dict(urls) for number in dict.fromkeys(owned)}


def _subscribers(everybody: Sequence[Person]) -> dict[str, Any]:
    machines = {person.fax: {"kind": "fax"} for person in everybody if person.fax}
    staff: dict[str, dict[str, Any]] = {
        numbers.DESK: {"kind": "landline", "voice": "human", "keys": [], "answer_after_s": 6, "talk_s": 90},
        numbers.ROADSIDE: {
            "kind": "landline",
            "voice": "human",
            "keys": [],
            "answer_after_s": 4,
            "talk_s": 60,
        },
        **{
            phone: {"kind": "landline", "voice": "human", "keys": ["1"], "answer_after_s": 4, "talk_s": 120}
            for phone in numbers.AGENTS.values()
        },
    }
    return {
        "default": "mobile",
        "prefixes": {f"+86{city.replace(' ', '')}": "landline" for city in CITIES},
        "mobile": {
            "voice": {"human": 72, "machine": 7, "busy": 8, "no_answer": 9, "invalid": 2, "hang_up_early": 2},
            "text": {"delivered": 955, "unreachable": 20, "unknown": 15, "filtered": 4, "failed": 6},
            "scripts": _scripts(SURVEYED),
            "replies": [
                {"body": body, "percent": percent, "after_s": after_s} for body, percent, after_s in REPLIES
            ],
            "rings_back": {
                "percent": RETURN_PERCENT,
                "after_s": RETURN_AFTER_S,
                "scripts": _scripts(RETURNED),
            },
            "message_s": 12,
        },
        "landline": {
            "voice": {"human": 80, "busy": 8, "no_answer": 12},
            "text": {"refused": 1},
            "scripts": _scripts(SURVEYED),
        },
        "fax": {
            "voice": {"fax": 1},
            "text": {"refused": 1},
            "fax": {"good": 80, "busy": 8, "poor_line": 4, "voice": 4, "cut": 2, "no_answer": 2},
        },
        "numbers": {**machines, **staff},
    }


def _callers(everybody: Sequence[Person]) -> list[dict[str, Any]]:
    lines = list(numbers.HOTLINES)
    known = [person.mobile for person in everybody if person.mobile and not person.tags][:REGULARS]
    streams: list[dict[str, Any]] = [
        {
            "rate_per_min": REGULAR_PER_MIN,
            "from_prefix": mobile,
            "to": lines,
            "scripts": _scripts(CALLERS),
            "message_s": 15,
        }
        for mobile in known
    ]
    stranger = {"from_prefix": "+1512555", "to": lines, "scripts": _scripts(CALLERS)}
    return [
        *streams,
        *_owners(everybody, lines),
        {**stranger, "rate_per_min": STRANGERS_PER_MIN, "message_s": 20},
        {**stranger, "rate_per_min": IMPATIENT_PER_MIN, "hang_up_after_s": 14},
    ]


def _owners(everybody: Sequence[Person], lines: list[str]) -> list[dict[str, Any]]:
    """Whose car is in the workshop: they ask how far it is, and can prove that it is theirs."""
    mine = [(FIRST_JOB + at, person) for at, person in enumerate(everybody[:OWNERS]) if person.mobile]
    return [
        {
            "rate_per_min": OWNER_PER_MIN,
            "from_prefix": person.mobile,
            "to": lines,
            "scripts": _scripts([(["2", "1", "1", f"{job}#", "1", f"{digits_of(person.plate)}#"], 1)]),
        }
        for job, person in mine
    ]


def _scripts(shares: Sequence[tuple[list[str], float]]) -> list[dict[str, Any]]:
    return [{"keys": list(keys), "weight": weight} for keys, weight in shares]
