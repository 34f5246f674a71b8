"""
Do-not-contact entries: one per address and scope.

An opt-out counts at once, for the address, for every customer who holds it, and for all other addresses of
theirs. Those others get entries of their own with reason `linked`, so that the wish outlives the customer's
row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, delete, select, update
from sqlalchemy.orm import Session

from core import audit
from core.bulk import in_chunks, insert_new
from core.db import ScopedSession, is_sqlite
from core.errors import Conflict, Invalid, NotFound
from customers import consent
from customers.models import SCOPES, Customer, CustomerNumber, Suppression

# an address is in a public do-not-call register, entered one by one; whole lists are customers/lists/do_not_call.py
DO_NOT_CALL_LIST = "do_not_call"
# somebody wrote what may be a refusal: marketing to the address waits until a person has read it
REVIEW = "review"
# a STOP that only the carrier knows of: it brings no more texts to that address, whatever they are about (Twilio 21610)
TEXTS = "sms"
# the entry of an address that never opted out itself, but whose holder did elsewhere
LINKED = "linked"
# the wishes a person can take back by texting START and confirming it: those they sent the same way
TAKEN_BACK = ("sms_stop", "carrier_stop")
ENDS = {"all": ("marketing", "service"), "marketing": ("marketing",)}


@dataclass(frozen=True)
class OptIn:
    """Proof of a double opt-in: asked for at one instant, confirmed from the same address at a later one."""

    address: str
    asked_at: datetime
    confirmed_at: datetime
    confirmed_from: str
    source: str


def opt_out(
    session: Session, tenant_id: int, address: str, scope: str, reason: str, source: str, at: datetime
) -> None:
    """
    Stop contact with *address* (E.164) in *scope*. Doing it again changes nothing.

    Locks the customers who hold the address, in id order, so that no claim decides on what it read before.
    """
    if scope not in SCOPES:
        raise Invalid("bad_scope", "enter one of {words}, not {word}", words=SCOPES, word=scope)
    lock_holders(session, [address])
    holders = list(session.scalars(_holders(tenant_id, [address]).order_by(Customer.id)))
    others = _addresses_of(session, tenant_id, holders) - {address}
    if _write(session, tenant_id, [address], scope, reason, source, at):
        audit.record(session, tenant_id, source, "opt_out", f"number:{address}", scope=scope, reason=reason)
    _write(session, tenant_id, sorted(others), scope, LINKED, source, at)
    consent.withdraw(session, tenant_id, holders, ENDS[scope], source, at)


def opt_in(session: Session, tenant_id: int, proof: OptIn) -> bool:
    """
    Lift what *proof.address* itself sent by text and what that linked, and note express consent to marketing by its
    holders, if nothing else stops it; where only texts were stopped just these are lifted. What staff, a key during a call or a register entered stays. Whether it is free now.

    A linked address stays stopped while another of its holders' numbers is.
    """
    if proof.confirmed_from != proof.address or proof.confirmed_at < proof.asked_at:
        raise Invalid(
            "opt_in_unproven", "the confirmation must come from the same number, after it was asked for"
        )
    lock_neighbours(session, [proof.address])
    holders = list(session.scalars(_holders(tenant_id, [proof.address]).order_by(Customer.id)))
    stood = suppressed(session, tenant_id, [proof.address]).get(proof.address, set())
    own_wish = Suppression.scope.in_((*SCOPES, TEXTS)) & Suppression.reason.in_((*TAKEN_BACK, LINKED))
    _lift(session, tenant_id, [proof.address], own_wish)
    linked = _addresses_of(session, tenant_id, holders) - {proof.address}
    _lift(session, tenant_id, _free(session, tenant_id, linked), Suppression.reason == LINKED)
    is_free = not suppressed(session, tenant_id, [proof.address]).get(proof.address, set()) & {*SCOPES, TEXTS}
    if is_free and stood != {TEXTS}:
        consent.give(
            session, tenant_id, holders, "marketing", "express_written", proof.source, proof.confirmed_at
        )
    audit.record(session, tenant_id, proof.source, "opt_in", f"number:{proof.address}", is_free=is_free)
    return is_free


def _lift(session: Session, tenant_id: int, addresses: Sequence[str], which: ColumnElement[bool]) -> None:
    for chunk in in_chunks(addresses):
        session.execute(
            delete(Suppression).where(
                Suppression.tenant_id == tenant_id, Suppression.address.in_(chunk), which
            )
        )


def _free(session: Session, tenant_id: int, addresses: Iterable[str]) -> list[str]:
    """Those of *addresses* none of whose holders has a number that opted out itself."""
    free = []
    for address in sorted(addresses):
        holders = session.scalars(_holders(tenant_id, [address])).all()
        if not scopes_of_customers(session, tenant_id, holders):
            free.append(address)
    return free


def stop_texts(session: Session, tenant_id: int, address: str, source: str, at: datetime) -> None:
    """Send no more texts to *address*: its holder texted STOP, says the carrier. Their other numbers and channels go on."""
    lock_holders(session, [address])
    if _write(session, tenant_id, [address], TEXTS, "carrier_stop", source, at):
        audit.record(
            session, tenant_id, source, "opt_out", f"number:{address}", scope=TEXTS, reason="carrier_stop"
        )


def hold_for_review(session: Session, tenant_id: int, address: str, source: str, at: datetime) -> None:
    """Let marketing to *address* wait until staff have read what its holder wrote (*source*)."""
    lock_holders(session, [address])
    _write(session, tenant_id, [address], REVIEW, "sms_refusal", source, at)


def end_review(session: Session, tenant_id: int, address: str) -> None:
    """Nothing from *address* is left to be read."""
    _lift(session, tenant_id, [address], Suppression.scope == REVIEW)


def register_do_not_call(
    session: Session, tenant_id: int, addresses: Sequence[str], source: str, at: datetime
) -> None:
    """Note that *addresses* stand in a public do-not-call register."""
    _write(session, tenant_id, addresses, DO_NOT_CALL_LIST, "register", source, at)


def strike_off(session: Session, tenant_id: int, entry_id: int, who: str) -> None:
    """
    Take an address out of the loaded do-not-call register, which no longer lists it.

    Raises NotFound, or Conflict for anything a person asked for: only they can lift that, by START from that number.
    """
    entry = session.scalar(
        select(Suppression).where(Suppression.tenant_id == tenant_id, Suppression.id == entry_id)
    )
    if entry is None:
        raise NotFound("no_suppression", "there is no suppression {number}", number=entry_id)
    if entry.scope != DO_NOT_CALL_LIST:
        raise Conflict(
            "needs_opt_in", "only the person can lift this: by START and a confirmation from the number"
        )
    session.execute(delete(Suppression).where(Suppression.tenant_id == tenant_id, Suppression.id == entry_id))
    audit.record(session, tenant_id, who, "strike_off", f"number:{entry.address}")


def suppressed(session: Session, tenant_id: int, addresses: Sequence[str]) -> dict[str, set[str]]:
    """The scopes in which contact with each of *addresses* is stopped; addresses without any are left out."""
    return {
        address: set(scopes) for address, scopes in scopes_of_addresses(session, tenant_id, addresses).items()
    }


def scopes_of_addresses(
    session: Session, tenant_id: int, addresses: Sequence[str]
) -> Mapping[str, frozenset[str]]:
    """Scopes by the address they were entered for."""
    found: dict[str, frozenset[str]] = {}
    for chunk in in_chunks(addresses):
        statement = select(Suppression.address, Suppression.scope).where(
            Suppression.tenant_id == tenant_id, Suppression.address.in_(chunk)
        )
        for address, scope in session.execute(statement):
            found[address] = found.get(address, frozenset()) | {scope}
    return found


def scopes_of_customers(
    session: Session, tenant_id: int, customer_ids: Sequence[int]
) -> Mapping[int, frozenset[str]]:
    """
    Scopes that hold for whole customers: one of their numbers opted out itself, before or after they got
    others.
    """
    holders: dict[str, list[int]] = {}
    for ids in in_chunks(customer_ids):
        mine = (CustomerNumber.tenant_id == tenant_id, CustomerNumber.customer_id.in_(ids))
        for customer, address in session.execute(
            select(CustomerNumber.customer_id, CustomerNumber.address).where(*mine)
        ):
            holders.setdefault(address, []).append(customer)
    found: dict[int, frozenset[str]] = {}
    # not joined to the numbers: PostgreSQL would read every entry there is for each claim
    for addresses in in_chunks(list(holders)):
        own = (Suppression.scope.in_(SCOPES), Suppression.reason != LINKED)
        entries = (Suppression.tenant_id == tenant_id, Suppression.address.in_(addresses), *own)
        for address, scope in session.execute(select(Suppression.address, Suppression.scope).where(*entries)):
            for customer in holders[address]:
                found[customer] = found.get(customer, frozenset()) | {scope}
    return found


def lock_holders(session: Session, addresses: Collection[str]) -> None:
    """
    Lock whoever holds one of *addresses*, of every company *session* sees, in id order: whoever writes several wishes in one
    transaction does so before the first. SQLite has one writer anyway.
    """
    if is_sqlite(session):
        return
    holding = select(CustomerNumber.customer_id).where(CustomerNumber.address.in_(addresses))
    chosen = select(Customer.id).where(Customer.id.in_(holding)).order_by(Customer.id)
    session.execute(chosen.with_for_update(key_share=True)).all()


def lock_neighbours(session: Session, addresses: Collection[str]) -> None:
    """`lock_holders`, with everybody who shares any of their numbers locked in the same go."""
    if is_sqlite(session):
        return
    holding = select(CustomerNumber.customer_id).where(CustomerNumber.address.in_(addresses))
    shared = select(CustomerNumber.address).where(CustomerNumber.customer_id.in_(holding)).distinct()
    lock_holders(session, {*addresses, *session.scalars(shared)})


def _holders(tenant_id: int, addresses: Sequence[str]) -> Select[int]:
    holding = select(CustomerNumber.customer_id).where(
        CustomerNumber.tenant_id == tenant_id, CustomerNumber.address.in_(addresses)
    )
    return select(Customer.id).where(Customer.tenant_id == tenant_id, Customer.id.in_(holding))


def _addresses_of(session: Session, tenant_id: int, customers: Sequence[int]) -> set[str]:
    found: set[str] = set()
    for chunk in in_chunks(customers):
        statement = select(CustomerNumber.address).where(
            CustomerNumber.tenant_id == tenant_id, CustomerNumber.customer_id.in_(chunk)
        )
        found.update(session.scalars(statement))
    return found


def _write(
    session: Session,
    tenant_id: int,
    addresses: Iterable[str],
    scope: str,
    reason: str,
    source: str,
    at: datetime,
) -> int:
    """
    Add entries, and let those that were only linked speak for themselves; the number that changed. What a text can take
    back gives way to what it cannot.
    """
    entry = {"tenant_id": tenant_id, "scope": scope, "reason": reason, "source": source, "at": at}
    rows = [{**entry, "address": address} for address in addresses]
    changed = insert_new(session, Suppression, rows)
    if reason == LINKED:
        return changed
    for chunk in in_chunks(rows):
        linked = update(Suppression).where(
            Suppression.tenant_id == tenant_id,
            Suppression.scope == scope,
            Suppression.address.in_([row["address"] for row in chunk]),
            Suppression.reason.in_((LINKED,) if reason in TAKEN_BACK else (LINKED, *TAKEN_BACK)),
        )
        result = session.execute(linked.values(reason=reason, source=source, at=at))
        changed += cast("CursorResult[Any]", result).rowcount
    return changed


def opt_out_all(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Many opt-outs, each the arguments of `opt_out`. All holders are locked first, in id order, so that two hosts never wait for each other."""
    if rows:
        lock_holders(session, {row["address"] for row in rows})
    # entries of numbers nobody holds have no row to lock: they are written in an order everybody keeps
    for row in sorted(rows, key=lambda row: (row["tenant_id"], row["address"])):
        opt_out(**{**row, "session": session, "at": _instant(row["at"])})


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


SPOOLED: Mapping[str, Callable[[ScopedSession, list[dict[str, Any]]], None]] = {"opt_out": opt_out_all}
