"""
Imports the worker does: asked for by staff or a program, done a batch a transaction, taken up again after any crash.

What a batch adds to the customer file and how far the import has come are committed together, by whoever holds the import then: so
no row goes in twice or is lost, and one that was cancelled, or taken over by another worker, stops at its next batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.config import Config
from core.db import MAX_ID, ScopedSession
from core.errors import Conflict, Invalid, NotFound
from core.phone import regions
from core.sentences import restored
from core.states import move, move_all, terminal
from customers.importing import FIELDS, Rejection, uploads
from customers.importing.rejects import said_in
from customers.models import CustomerImport

ENDS = terminal(CustomerImport.STATES)
# how many rejections screens show; the file of rejects has them all
SHOWN = 100
FRESH = {
    "percent": 0,
    "rows": 0,
    "accepted": 0,
    "duplicates": 0,
    "rejected": 0,
    "rejects_bytes": 0,
    "shown": [],
    "worker": "",
    "lease_until": None,
}
Change = Callable[[ScopedSession, CustomerImport], None]


@dataclass(frozen=True)
class Wanted:
    """A file to import: where it came from and how to read it. *mapping* is heading → field, *sheet* that of a workbook."""

    token: str
    name: str
    region: str
    mapping: Mapping[str, str]
    sheet: str = ""


def submit(
    session: ScopedSession, tenant_id: int, wanted: Wanted, who: str, *, check_first: bool
) -> CustomerImport:
    """Have a file imported, or looked through first. Raises Invalid for a region or field that does not exist."""
    if wanted.region not in regions():
        raise Invalid(
            "bad_region",
            "{region} is no country; enter its two letters, such as US or CN",
            region=wanted.region[:20],
        )
    check_mapping(wanted.mapping)
    made = CustomerImport(
        tenant_id=tenant_id,
        name=wanted.name[:120],
        token=wanted.token,
        region=wanted.region,
        sheet=wanted.sheet[:60],
        mapping=dict(wanted.mapping),
        state="checking" if check_first else "importing",
        created_by=who,
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raises Invalid unless every heading is mapped to a field, or to - for none."""
    if wrong := sorted(set(mapping.values()) - {*FIELDS, "-"}):
        raise Invalid("bad_map", "{wrong}: enter one of {words}, or - for none", wrong=wrong, words=FIELDS)


def get(session: Session, import_id: int) -> CustomerImport:
    """One import of the session's company. Raises NotFound."""
    found = None
    if 0 < import_id <= MAX_ID:
        found = session.scalar(select(CustomerImport).where(CustomerImport.id == import_id))
    if found is None:
        raise NotFound("no_import", "there is no import {number}", number=import_id)
    return found


def latest(session: Session, limit: int) -> Sequence[CustomerImport]:
    """The newest imports of the session's company."""
    return session.scalars(select(CustomerImport).order_by(CustomerImport.id.desc()).limit(limit)).all()


def rejections(found: CustomerImport) -> list[Rejection]:
    """The first rows that stay out."""
    return [Rejection(**{**each, "reason": restored(each["reason"])}) for each in found.shown]


def rejects(config: Config, found: CustomerImport, language: str) -> Iterator[str]:
    """The rows that stay out as a file to mend, line by line, what is wrong in *language*. Raises NotFound."""
    file = uploads.at(config, found.tenant_id, found.token).rejects
    if not file.exists():
        raise NotFound("no_rejects", "no row was rejected, or the file is no longer kept")
    return said_in(file, found.rejects_bytes, language)


def check_again(session: ScopedSession, found: CustomerImport, mapping: Mapping[str, str]) -> None:
    """Look through the file once more, its columns matched by *mapping*. Raises Conflict unless it has been looked through."""
    check_mapping(mapping)
    move(session, found, "checking", mapping=dict(mapping), code="", message="", **FRESH)


def take(session: ScopedSession, found: CustomerImport) -> None:
    """Take the good rows in. Raises Conflict unless the file has been looked through."""
    if found.state != "checked":
        raise Conflict(
            "bad_transition", "import {number} is {state}, not checked", number=found.id, state=found.state
        )
    move(session, found, "importing", code="", message="", **FRESH)


def cancel(session: ScopedSession, found: CustomerImport, who: str) -> None:
    """Stop where it is; customers who are in stay. Raises Conflict if it is over."""
    move(session, found, "cancelled", ended_at=clock.now())
    audit.record(session, found.tenant_id, who, "cancel", f"import:{found.id}", accepted=found.accepted)


def end(
    session: ScopedSession, found: CustomerImport, worker: str, to: str, code: str = "", message: str = ""
) -> bool:
    """What *worker* says of the end of its work; False if it is not its any more."""
    mine = (CustomerImport.id == found.id) & (CustomerImport.worker == worker)
    ended = move_all(
        session,
        CustomerImport,
        mine & (CustomerImport.state == found.state),
        to,
        code=code,
        message=message,
        ended_at=None if to == "checked" else clock.now(),
        worker="",
        lease_until=None,
        **({"percent": 100} if to in ("checked", "finished") else {}),
    )
    if ended and to == "finished":
        now = get(session, found.id)
        session.refresh(now)
        counts = {"file": now.name, "accepted": now.accepted, "rejected": now.rejected}
        audit.record(session, now.tenant_id, now.created_by, "import", "customers", **counts)
    return bool(ended)
