"""
Public do-not-call lists. A new copy is loaded beside the one in force and takes its place at once when it is whole:
until then, and if anything goes wrong, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core import audit
from core.bulk import CHUNK, batches, in_chunks, insert_new
from core.db import Database
from core.errors import Conflict, Invalid
from core.models import Tenant
from core.phone import region_of, regions, to_e164
from core.sentences import Sentence
from customers.lists.reading import Line, Loaded, Tell, parsed, reading
from customers.models import DoNotCallEntry, DoNotCallList
from customers.profile import profile_for


@dataclass(frozen=True)
class InForce:
    """A list that binds, and how many numbers it holds."""

    region: str
    as_of: datetime
    source: str
    entries: int


def load(
    database: Database,
    tenant: Tenant,
    stream: BinaryIO,
    region: str,
    *,
    as_of: datetime,
    at: datetime,
    source: str,
    tell: Tell,
    add: bool = False,
) -> Loaded:
    """
    Load *stream*, a number a line, as the list of *region* (ISO 3166) as it was at *as_of*.

    It replaces the one in force, or with *add* joins it. *tell* is told of each line refused; the others count. Raises
    Invalid if there is no such list, *as_of* is still to come or no line holds a number, and Conflict if the list was
    replaced while numbers were added to it: then nothing is in force that was not before.
    """
    _check(tenant, region, as_of, at)
    loaded = Loaded()
    list_id, is_new = _open(database, tenant.id, region, as_of, at, source, add=add)
    try:
        with reading(stream) as lines:
            found = parsed(lines, lambda line: _number(line, tenant, region), loaded, tell)
            _fill(database, tenant.id, list_id, found, loaded)
        if loaded.lines == loaded.rejected:
            raise Invalid("no_numbers", "no line of the file holds a telephone number; nothing was changed")
        _put_in_force(database, tenant.id, list_id, region, as_of, at, source, loaded)
    except BaseException:
        if is_new:
            _purge(database, tenant.id, [list_id])
        raise
    _purge(database, tenant.id, _replaced(database, tenant.id, region))
    return loaded


def in_force(session: Session, tenant_id: int) -> Sequence[InForce]:
    """Every list in force, by region."""
    count = (
        select(func.count())
        .select_from(DoNotCallEntry)
        .where(DoNotCallEntry.list_id == DoNotCallList.id)
        .scalar_subquery()
    )
    statement = select(DoNotCallList.region, DoNotCallList.as_of, DoNotCallList.source, count).where(
        DoNotCallList.tenant_id == tenant_id, DoNotCallList.is_current
    )
    return [InForce(*row) for row in session.execute(statement.order_by(DoNotCallList.region))]


def current(session: Session, tenant_id: int) -> dict[int, tuple[str, datetime]]:
    """Region and age of every list in force, by its number."""
    statement = select(DoNotCallList.id, DoNotCallList.region, DoNotCallList.as_of).where(
        DoNotCallList.tenant_id == tenant_id, DoNotCallList.is_current
    )
    return {row.id: (row.region, row.as_of) for row in session.execute(statement)}


def listed(session: Session, list_ids: Sequence[int], addresses: Sequence[str]) -> set[str]:
    """Those of *addresses* that stand in one of the lists."""
    found: set[str] = set()
    for chunk in in_chunks(addresses if list_ids else ()):
        statement = select(DoNotCallEntry.address).where(
            DoNotCallEntry.list_id.in_(list_ids), DoNotCallEntry.address.in_(chunk)
        )
        found.update(session.scalars(statement))
    return found


def _check(tenant: Tenant, region: str, as_of: datetime, at: datetime) -> None:
    if region not in regions():
        raise Invalid("bad_region", "enter a country such as US or GB, not {region}", region=region)
    if (owner := _list_of(tenant, region)) != region:
        raise Invalid(
            "bad_region",
            "numbers of {region} stand in the list of {owner}; enter {owner}",
            region=region,
            owner=owner,
        )
    if as_of > at:
        raise Invalid("bad_date", "enter the day the list was fetched; this one is still to come")


def _list_of(tenant: Tenant, region: str) -> str:
    return profile_for(tenant.policy, region).do_not_call.region or region


def _number(line: Line, tenant: Tenant, region: str) -> str:
    """The number of a line; the registry of the United States parts the area code from the rest."""
    first, second = (*line.cells, "")[:2]
    is_parted = len(first) == 3 and len(second) == 7 and (first + second).isdecimal()
    address = to_e164(first + second if is_parted else first, region)
    if (owner := _list_of(tenant, region_of(address))) != region:
        raise Invalid(
            "wrong_list",
            "this number belongs to {owner}, not to the list of {region}",
            owner=owner or Sentence("no country"),
            region=region,
        )
    return address


def _open(
    database: Database, tenant_id: int, region: str, as_of: datetime, at: datetime, source: str, *, add: bool
) -> tuple[int, bool]:
    """The list to fill, and whether it is a new one."""
    with database.session(tenant_id) as session:
        there = select(DoNotCallList.id).where(DoNotCallList.is_current, DoNotCallList.region == region)
        if add and (list_id := session.scalar(there)) is not None:
            return list_id, False
        row = DoNotCallList(
            tenant_id=tenant_id, region=region, as_of=as_of, source=source, is_current=False, created_at=at
        )
        session.add(row)
        session.flush()
        return row.id, True


def _fill(database: Database, tenant_id: int, list_id: int, addresses: Iterator[str], loaded: Loaded) -> None:
    """In short transactions, so that no claim has to wait for a long list."""
    for chunk in batches(addresses):
        rows = [
            {"tenant_id": tenant_id, "list_id": list_id, "address": address}
            for address in dict.fromkeys(chunk)
        ]
        with database.session(tenant_id) as session:
            _still_wanted(session, list_id)
            loaded.accepted += insert_new(session, DoNotCallEntry, rows)


def _still_wanted(session: Session, list_id: int) -> DoNotCallList:
    """The list being filled, locked: nobody takes its place before this transaction ends."""
    row = session.get(DoNotCallList, list_id, with_for_update=True, populate_existing=True)
    if row is None or (row.loaded_at is not None and not row.is_current):
        raise Conflict("list_replaced", "the list was replaced meanwhile; load the file again")
    return row


def _put_in_force(
    database: Database,
    tenant_id: int,
    list_id: int,
    region: str,
    as_of: datetime,
    at: datetime,
    source: str,
    loaded: Loaded,
) -> None:
    with database.session(tenant_id) as session:
        session.execute(
            select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True)
        )  # one at a time
        row = _still_wanted(session, list_id)
        row.is_current, row.loaded_at, row.source = True, at, source
        row.as_of = max(row.as_of, as_of)
        others = update(DoNotCallList).where(
            DoNotCallList.tenant_id == tenant_id, DoNotCallList.region == region, DoNotCallList.id != list_id
        )
        session.execute(others.values(is_current=False))
        audit.record(
            session,
            tenant_id,
            source,
            "do_not_call_loaded",
            f"do_not_call:{region}",
            lines=loaded.lines,
            rejected=loaded.rejected,
            as_of=as_of.isoformat(),
        )


def _replaced(database: Database, tenant_id: int, region: str) -> Sequence[int]:
    """Lists that were in force once and whose numbers nobody asks for any more."""
    with database.reading(tenant_id) as session:
        old = select(DoNotCallList.id).where(
            DoNotCallList.region == region,
            DoNotCallList.is_current.is_(False),
            DoNotCallList.loaded_at.is_not(None),
        )
        return session.scalars(old).all()


def _purge(database: Database, tenant_id: int, list_ids: Sequence[int]) -> None:
    for list_id in list_ids:
        some = (
            select(DoNotCallEntry.id)
            .where(DoNotCallEntry.tenant_id == tenant_id, DoNotCallEntry.list_id == list_id)
            .limit(CHUNK)
        )
        gone = delete(DoNotCallEntry).where(DoNotCallEntry.id.in_(some)).returning(DoNotCallEntry.id)
        while True:
            with database.session(tenant_id) as session:
                if not session.scalars(gone).all():
                    session.execute(delete(DoNotCallList).where(DoNotCallList.id == list_id))
                    break
