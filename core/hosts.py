"""
The machines that answer for a spool each: opt-outs may wait in it, so nobody is contacted while one is silent or behind.

A machine that ends in order with an empty spool takes its row along. One that is lost for good holds up everybody until
somebody writes it off: whatever its spool still held is then taken for lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.bulk import insert_new
from core.errors import Conflict, NotFound
from core.models import Host, Tenant

# a worker says every five seconds that it is alive
SILENT = timedelta(seconds=30)
# seconds a spool may be behind: opt-outs that came during an outage stand in the database before anybody is claimed
MAX_BEHIND_S = 5.0


def report(session: Session, name: str, now: datetime, spooled: int, behind_s: float) -> None:
    """*name* is alive at *now* (real) and has *spooled* bytes to carry. Who was written off answers for itself again."""
    insert_new(
        session, Host, [{"name": name, "role": "worker", "seen_at": now, "spooled": 0, "behind_s": 0.0}]
    )
    host = session.query(Host).filter_by(name=name, role="worker").one()
    host.seen_at, host.spooled, host.behind_s = now, spooled, min(behind_s, 1e9)
    host.written_off_at = None


def leave(session: Session, name: str) -> None:
    """*name* ends with an empty spool: nobody need wait for it."""
    session.execute(delete(Host).where(Host.name == name, Host.role == "worker"))


def in_the_way(session: Session, here: str) -> list[str]:
    """The other machines whose spools may hold opt-outs: silent or behind, and not written off. *here* is looked at itself."""
    silent = Host.seen_at < clock.real() - SILENT
    chosen = select(Host.name).where(Host.role == "worker", Host.written_off_at.is_(None), Host.name != here)
    return list(session.scalars(chosen.where(silent | (Host.behind_s > MAX_BEHIND_S)).order_by(Host.name)))


def write_off(session: Session, name: str, who: str, why: str) -> None:
    """Wait for *name* no longer. Raises NotFound, or Conflict while it is alive and would only need a moment."""
    host = session.scalar(select(Host).where(Host.name == name, Host.role == "worker"))
    if host is None:
        raise NotFound("no_host", "there is no machine {name!r}; list them with: flask hosts list", name=name)
    if host.seen_at >= clock.real() - SILENT:
        raise Conflict(
            "host_alive", "{name} is alive; what it holds will be in the database in a moment", name=name
        )
    host.written_off_at = clock.real()
    for tenant_id in session.scalars(select(Tenant.id)):
        audit.record(session, tenant_id, who, "write_off", f"host:{name}", why=why, spooled=host.spooled)


def every(session: Session) -> list[Host]:
    """All machines, by name."""
    return list(session.scalars(select(Host).where(Host.role == "worker").order_by(Host.name)))
