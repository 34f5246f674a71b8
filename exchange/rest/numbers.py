"""Which To and From a request may have, with the magic numbers of Twilio's test credentials (+1 500 555 xxxx)."""

from __future__ import annotations

import re

from exchange.rest.errors import Refusal
from exchange.rest.serving import Ask

E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
MAGIC = "+1500555"
ALWAYS_OURS = "+15005550006"
CALL_TO = {"0001": 21217, "0002": 21214, "0003": 21215, "0004": 21216}
CALL_FROM = {"0001": 21212}
TEXT_TO = {"0001": 21211, "0002": 21612, "0003": 21408, "0004": 21610, "0009": 21614}
TEXT_FROM = {"0001": 21212, "0007": 21606, "0008": 21611}


def recipient(ask: Ask, magic: dict[str, int], missing: int) -> str:
    """The To of a request, refused if it is missing, no number or magic."""
    to = _plain(ask.form.text("To"))
    if not to:
        raise Refusal(missing)
    _refuse_magic(to, magic)
    if not E164.fullmatch(to):
        raise Refusal(21211, to)
    return to


def sender(ask: Ask, magic: dict[str, int], missing: int, not_ours: int) -> str:
    """The From of a request, refused unless it is a number of this account."""
    from_ = _plain(ask.form.text("From"))
    if not from_:
        raise Refusal(missing)
    _refuse_magic(from_, magic)
    if not E164.fullmatch(from_):
        raise Refusal(21212, from_)
    owned = ask.switch.population.numbers.get(from_)
    if from_ != ALWAYS_OURS and (owned is None or owned.account != ask.account.sid):
        raise Refusal(not_ours, from_)
    return from_


def _plain(number: str) -> str:
    return re.sub(r"[\s().-]", "", number)


def _refuse_magic(number: str, magic: dict[str, int]) -> None:
    if number.startswith(MAGIC) and number[len(MAGIC) :] in magic:
        raise Refusal(magic[number[len(MAGIC) :]], number)
