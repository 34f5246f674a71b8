"""Whose a reference or a number is: how what other systems tell us finds its customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from core.errors import Invalid
from customers.models import Customer, CustomerNumber


@dataclass(frozen=True)
class Holders:
    """Customers' ids by their reference, and by each of their numbers (E.164)."""

    by_reference: Mapping[str, int]
    by_address: Mapping[str, frozenset[int]]

    def of(self, reference: str, address: str) -> int:
        """The customer with this *reference*, or if it is empty with this *address*. Raises Invalid saying what to enter."""
        if reference:
            if (found := self.by_reference.get(reference)) is None:
                raise Invalid(
                    "unknown_customer", "no customer has this reference; enter the customer first, or mend it"
                )
            return found
        if not address:
            raise Invalid(
                "customer_missing", "enter the customer's reference, or one of their telephone numbers"
            )
        having = self.by_address.get(address, frozenset())
        if not having:
            raise Invalid(
                "unknown_customer", "no customer has this number; enter the customer first, or mend it"
            )
        if len(having) > 1:
            raise Invalid(
                "several_customers", "several customers have this number; enter the customer's reference"
            )
        return next(iter(having))


def holders(session: Session, tenant_id: int, references: Iterable[str], addresses: Iterable[str]) -> Holders:
    """Who has any of *references* or *addresses*; one query for some thousands of each."""
    by_reference: dict[str, int] = {}
    for chunk in in_chunks(sorted(set(references) - {""})):
        named = select(Customer.reference, Customer.id).where(Customer.tenant_id == tenant_id)
        by_reference |= {
            row[0]: row[1] for row in session.execute(named.where(Customer.reference.in_(chunk))) if row[0]
        }
    having: dict[str, set[int]] = {}
    for chunk in in_chunks(sorted(set(addresses) - {""})):
        numbers = select(CustomerNumber.address, CustomerNumber.customer_id)
        mine = numbers.where(CustomerNumber.tenant_id == tenant_id, CustomerNumber.address.in_(chunk))
        for address, customer_id in session.execute(mine):
            having.setdefault(address, set()).add(customer_id)
    return Holders(by_reference, {address: frozenset(ids) for address, ids in having.items()})


def only_holder(session: Session, tenant_id: int, address: str) -> int | None:
    """The one customer who has this number; numbers of several say nothing."""
    having = holders(session, tenant_id, (), (address,)).by_address.get(address, frozenset())
    return next(iter(having)) if len(having) == 1 else None
