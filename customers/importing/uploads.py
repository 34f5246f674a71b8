"""
Files staff and programs have sent to be imported: in STATE_DIR/uploads, one folder a company, under a name nobody can guess.

A file goes with the end of its import, what was wrong with it after KEEP_S. A worker takes up the imports whose files lie on its
host; with several hosts STATE_DIR/uploads is a folder they share, or each web host has a worker beside it.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO

from core import clock
from core.config import Config
from core.errors import NotFound

KEEP_S = 3 * 24 * 3600
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Upload:
    """One file by its unguessable *token*; beside it lies what was wrong with its rows."""

    token: str
    path: Path

    @property
    def rejects(self) -> Path:
        """The rows that stay out, as a file to mend."""
        return self.path.with_suffix(".rejected.csv")

    def drop(self) -> None:
        """Forget a file that is of no use."""
        self.path.unlink(missing_ok=True)
        self.rejects.unlink(missing_ok=True)

    def open_rejects(self, begun_bytes: int = 0) -> TextIO:
        """The rejects, written anew (spreadsheets know UTF-8 by its mark), or after the first *begun_bytes*."""
        if not begun_bytes:
            return self.rejects.open("w", encoding="utf-8-sig", newline="")
        file = self.rejects.open("r+", encoding="utf-8", newline="")
        file.truncate(begun_bytes)
        file.seek(0, 2)
        return file


def keep(config: Config, tenant_id: int, sent: IO[bytes]) -> Upload:
    """Keep a file somebody of *tenant_id* sent."""
    folder = _folder(config, tenant_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    upload = at(config, tenant_id, clock.new_token())
    with upload.path.open("xb") as file:
        shutil.copyfileobj(sent, file, 1 << 20)
    return upload


def at(config: Config, tenant_id: int, token: str) -> Upload:
    """Where the file with *token* lies, if it is still there."""
    if not TOKEN.fullmatch(token):
        raise NotFound("no_upload", "this file is no longer kept; send it again")
    return Upload(token, _folder(config, tenant_id) / f"{token}.csv")


def sweep(config: Config) -> int:
    """Delete what is older than KEEP_S; how many files."""
    folder, now, swept = config.state_dir.absolute() / "uploads", clock.real().timestamp(), 0
    for file in folder.glob("*/*"):
        if now - file.stat().st_mtime > KEEP_S:
            file.unlink(missing_ok=True)
            swept += 1
    return swept


def _folder(config: Config, tenant_id: int) -> Path:
    return config.state_dir.absolute() / "uploads" / str(tenant_id)
