"""What the worker does for the customer file: works on imports, and sweeps out files nobody came back for."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import OperationalError

from core import clock
from core.db import ALL_TENANTS, ScopedSession, instant
from core.errors import CarillonError
from core.models import Tenant
from core.runtime import Job, Runtime
from core.sentences import kept, packed
from customers import imports, retention
from customers.importing import Done, Report, import_customers, uploads
from customers.importing.problems import REASONS
from customers.models import CustomerImport

LOGGER = logging.getLogger(__name__)
# without a word for so long a worker is taken for dead; it gives one with every batch
LEASE = timedelta(seconds=30)
AT_ONCE = 20
WORKED_ON = ("checking", "importing")


class Stopped(Exception):
    """The import is not ours to go on with: cancelled, taken over, or this process must end."""


def import_all(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Work on every import that waits and whose file lies here, the oldest first."""
    counts = {"imported": 0}
    while not runtime.stopping.is_set() and (found := _claim(runtime)):
        counts["imported"] += work(runtime, found)
    return counts


def work_on(runtime: Runtime, tenant_id: int, import_id: int) -> None:
    """Work on one import now rather than at the next tick, if nobody does already."""
    with runtime.database.reading(tenant_id) as session:
        found = imports.get(session, import_id)
    while claimed := _claim_one(runtime, found):
        work(runtime, claimed)


def work(runtime: Runtime, found: CustomerImport) -> int:
    """Go on with an import this process holds, to its end; how many customers are in."""
    try:
        report = _run(runtime, found)
    except (Stopped, OperationalError) as cut:
        LOGGER.info("import %d: stopped (%s)", found.id, type(cut).__name__)
        if runtime.stopping.is_set():
            _let_go(runtime, found)
        return 0
    except CarillonError as error:
        _fail(runtime, found, error.code, error.message)
        return 0
    except Exception:
        LOGGER.exception("import %d failed", found.id)
        _fail(runtime, found, "unexpected", REASONS["unexpected"])
        return 0
    to = "checked" if found.state == "checking" else "finished"
    with runtime.database.session(found.tenant_id) as session:
        is_ours = imports.end(session, found, found.worker, to, found.code, found.message)
    if is_ours and to == "finished":
        uploads.at(runtime.config, found.tenant_id, found.token).path.unlink(missing_ok=True)
    return report.accepted if to == "finished" else 0


def _claim(runtime: Runtime) -> CustomerImport | None:
    with runtime.database.reading(ALL_TENANTS) as session:
        waiting = select(CustomerImport).where(CustomerImport.state.in_(WORKED_ON), _is_free(session))
        rows = session.scalars(waiting.order_by(CustomerImport.id).limit(AT_ONCE)).all()
    for found in rows:
        if not uploads.at(runtime.config, found.tenant_id, found.token).path.exists():
            if clock.now() - found.created_at > timedelta(seconds=uploads.KEEP_S) and (
                lost := _claim_one(runtime, found)
            ):
                _fail(runtime, lost, "no_upload", REASONS["no_upload"])
        elif claimed := _claim_one(runtime, found):
            return claimed
    return None


def _claim_one(runtime: Runtime, found: CustomerImport) -> CustomerImport | None:
    worker = clock.new_token()
    with runtime.database.session(found.tenant_id) as session:
        mine = (CustomerImport.id == found.id) & CustomerImport.state.in_(WORKED_ON) & _is_free(session)
        claim = update(CustomerImport).where(mine)
        claimed = claim.values(worker=worker, lease_until=instant(session) + LEASE)
        result = session.execute(claimed, execution_options={"synchronize_session": False})
        if not cast("CursorResult[Any]", result).rowcount:
            return None
        return session.scalars(select(CustomerImport).where(CustomerImport.id == found.id)).one()


def _is_free(session: ScopedSession) -> Any:
    return or_(CustomerImport.lease_until.is_(None), CustomerImport.lease_until < instant(session))


def _let_go(runtime: Runtime, found: CustomerImport) -> None:
    """Let others go on at once, unless they already do."""
    mine = (CustomerImport.id == found.id) & (CustomerImport.worker == found.worker)
    with runtime.database.session(found.tenant_id) as session:
        session.execute(
            update(CustomerImport).where(mine).values(lease_until=None),
            execution_options={"synchronize_session": False},
        )


def _fail(runtime: Runtime, found: CustomerImport, code: str, message: str) -> None:
    """End an import that cannot go on; a check under the user's own matching is done again without it."""
    with runtime.database.session(found.tenant_id) as session:
        if found.state == "checking" and found.mapping:
            again = {**imports.FRESH, "mapping": {}, "code": code, "message": message}
            mine = (CustomerImport.id == found.id) & (CustomerImport.worker == found.worker)
            session.execute(
                update(CustomerImport).where(mine).values(**again),
                execution_options={"synchronize_session": False},
            )
            return
        imports.end(session, found, found.worker, "failed", code, message)
    uploads.at(runtime.config, found.tenant_id, found.token).drop()


def _run(runtime: Runtime, found: CustomerImport) -> Report:
    is_dry = found.state == "checking"
    done = Done() if is_dry else _done(found)
    upload = uploads.at(runtime.config, found.tenant_id, found.token)
    with runtime.database.reading(found.tenant_id) as session:
        tenant = session.get_one(Tenant, found.tenant_id)

    def checkpoint(session: ScopedSession | None, report: Report, percent: int, rejects_bytes: int) -> None:
        if runtime.stopping.is_set():
            raise Stopped
        values = _so_far(report, percent, rejects_bytes)
        if session is not None:
            _save(session, found, values)
            return
        with runtime.database.session(found.tenant_id) as own:
            _save(own, found, values)

    with ExitStack() as stack:
        return import_customers(
            runtime.database,
            tenant,
            stack.enter_context(upload.path.open("rb")),
            at=found.created_at,
            mapping=found.mapping,
            region=found.region,
            sheet=found.sheet,
            dry_run=is_dry,
            rejects=lambda: stack.enter_context(upload.open_rejects(done.rejects_bytes)),
            source=f"import by {found.created_by}"[:120],
            done=done,
            most_kept=imports.SHOWN,
            checkpoint=checkpoint,
            told=packed,
        )


def _done(found: CustomerImport) -> Done:
    return Done(
        found.rows,
        found.accepted,
        found.duplicates,
        found.rejected,
        imports.rejections(found),
        found.rejects_bytes,
    )


def _so_far(report: Report, percent: int, rejects_bytes: int) -> dict[str, Any]:
    return {
        "encoding": report.encoding,
        "left_out": list(report.left_out),
        "percent": min(percent, 99),
        "rows": report.rows,
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "rejected": report.rejections,
        "rejects_bytes": rejects_bytes,
        "shown": [{**asdict(each), "reason": kept(each.reason)} for each in report.rejected],
    }


def _save(session: ScopedSession, found: CustomerImport, values: Mapping[str, Any]) -> None:
    """Note how far the import is. Raises Stopped, and with it undoes the batch, if it is not ours any more."""
    mine = (CustomerImport.id == found.id) & (CustomerImport.worker == found.worker)
    saved = update(CustomerImport).where(mine, CustomerImport.state == found.state)
    result = session.execute(
        saved.values(**values, lease_until=instant(session) + LEASE),
        execution_options={"synchronize_session": False},
    )
    if not cast("CursorResult[Any]", result).rowcount:
        raise Stopped


def sweep(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Delete files of imports that are long over."""
    return {"swept": uploads.sweep(runtime.config)}


def keep_no_longer(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Delete touches that are older than records are kept."""
    counts: Counter[str] = Counter()
    with runtime.database.reading(ALL_TENANTS) as session:
        tenants = session.scalars(select(Tenant).order_by(Tenant.id)).all()
    for tenant in tenants:
        while not runtime.stopping.is_set():
            with runtime.database.session(tenant.id) as session:
                counts["touches"] += (found := retention.forget_touches(session, tenant, clock.now()))
            if found < retention.SLICE:
                break
    return counts


JOBS = (
    Job("forget_touches", retention.EVERY_S, keep_no_longer),
    Job("import", 1.0, import_all, on_every_host=True),
    Job("sweep_uploads", 600.0, sweep, on_every_host=True),
)
