"""Which number of a customer a channel goes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from core.phone import kind_of
from customers.models import CustomerNumber

# for each channel the kinds of number that do, the best one first
KINDS = {"voice": ("mobile", "landline"), "sms": ("mobile", "landline"), "fax": ("fax",)}
TEXTABLE = ("mobile", "either")


class Number(Protocol):
    """What is asked of a number: a CustomerNumber, or a row with the same columns."""

    @property
    def address(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def position(self) -> int: ...


def address_for(numbers: Iterable[Number], channel: str) -> str | None:
    """
    The E.164 number *channel* goes to, or None: the lowest position of the best kind.

    SMS goes to a number entered as mobile, or to one entered otherwise that may be a mobile.
    """
    best = min(
        (number for number in numbers if _does(number, channel)),
        key=lambda number: (KINDS[channel].index(number.kind), number.position, number.address),
        default=None,
    )
    return best.address if best else None


def _does(number: Number, channel: str) -> bool:
    if number.kind not in KINDS[channel]:
        return False
    return channel != "sms" or number.kind == "mobile" or kind_of(number.address) in TEXTABLE


Without = Mapping[int, AbstractSet[str]]


def addresses_for(
    session: Session,
    tenant_id: int,
    customer_ids: Sequence[int],
    channel: str,
    without: Without | None = None,
) -> Mapping[int, str]:
    """
    `address_for` of many customers; those *channel* cannot reach are left out.

    *without* are numbers of some of them that will not do: the next one is taken.
    """
    unfit = without or {}
    found: dict[int, list[Number]] = {}
    for ids in in_chunks(customer_ids):
        columns = (
            CustomerNumber.customer_id,
            CustomerNumber.address,
            CustomerNumber.kind,
            CustomerNumber.position,
        )
        statement = select(*columns).where(
            CustomerNumber.tenant_id == tenant_id,
            CustomerNumber.customer_id.in_(ids),
            CustomerNumber.kind.in_(KINDS[channel]),
        )
        for row in session.execute(statement):
            if row.address not in unfit.get(row.customer_id, ()):
                found.setdefault(row.customer_id, []).append(row)
    chosen = ((customer, address_for(numbers, channel)) for customer, numbers in found.items())
    return {customer: address for customer, address in chosen if address}
