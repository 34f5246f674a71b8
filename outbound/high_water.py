"""
How far this machine has sent, kept outside the database: the highest attempt that may have left from here.

One small file a database, named by its identity, in STATE_DIR/sent: 20 digits, written and synced before the first order
of a slice leaves. A database whose highest attempt is lower is an older copy of itself that was restored.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.models import Installation
from outbound.models import Attempt

WIDTH = 20


def path_in(state_dir: Path, identity: str) -> Path:
    """Where the mark of the database *identity* is kept."""
    return state_dir / "sent" / f"{identity}.mark"


def read(path: Path) -> int:
    """The highest attempt that may have left from here; 0 if none has."""
    try:
        return int(path.read_bytes()[:WIDTH] or b"0")
    except FileNotFoundError:
        return 0


def raise_to(path: Path, attempt_id: int) -> None:
    """Keep that *attempt_id* may leave; returns once it is on disk. It is never lowered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if int(os.pread(handle, WIDTH, 0) or b"0") < attempt_id:
            os.pwrite(handle, f"{attempt_id:0{WIDTH}}\n".encode(), 0)
            os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def newest(session: Session) -> int:
    """The highest attempt the database knows, of any tenant."""
    # the table, not the class: a session of one tenant would see only its own
    return session.connection().scalar(select(func.max(Attempt.__table__.c.id))) or 0


def identity(session: Session) -> str:
    """What this database is called, wherever it is restored or copied to."""
    found = session.scalar(select(Installation.identity).order_by(Installation.id.desc()).limit(1))
    return found or renew(session)


def renew(session: Session) -> str:
    """Call this database something new: marks about what it was before do not concern it any more."""
    session.add(one := Installation(identity=clock.new_token(), at=clock.real()))
    session.flush()
    return one.identity
