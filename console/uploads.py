"""
Files staff have sent and not yet decided on: in STATE_DIR/uploads, one folder a company, gone after a day.

With several web hosts STATE_DIR/uploads must be a folder they share, or the proxy must keep a browser on one host.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from werkzeug.datastructures import FileStorage

from core import clock
from core.config import Config
from core.errors import NotFound

KEEP_S = 24 * 3600
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

    def open_rejects(self) -> TextIO:
        """The rejects, to be written anew; spreadsheets know UTF-8 by its mark."""
        return self.rejects.open("w", encoding="utf-8-sig", newline="")


def keep(config: Config, tenant_id: int, sent: FileStorage) -> Upload:
    """Keep a file a person of *tenant_id* sent; sweep out what nobody came back for."""
    folder = _folder(config, tenant_id)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if clock.real().timestamp() - old.stat().st_mtime > KEEP_S:
            old.unlink(missing_ok=True)
    token = clock.new_token()
    upload = Upload(token, folder / f"{token}.csv")
    sent.save(upload.path)
    return upload


def find(config: Config, tenant_id: int, token: str) -> Upload:
    """What a person of *tenant_id* sent and has not imported. Raises NotFound once it is gone."""
    return _existing(config, tenant_id, token, lambda upload: upload.path)


def find_rejects(config: Config, tenant_id: int, token: str) -> Path:
    """The rows of it that stay out. Raises NotFound if there are none, or no more."""
    return _existing(config, tenant_id, token, lambda upload: upload.rejects).rejects


def _existing(config: Config, tenant_id: int, token: str, wanted: Callable[[Upload], Path]) -> Upload:
    upload = Upload(token, _folder(config, tenant_id) / f"{token}.csv")
    if not TOKEN.fullmatch(token) or not wanted(upload).exists():
        raise NotFound("no_upload", "this file is no longer kept; send it again")
    return upload


def _folder(config: Config, tenant_id: int) -> Path:
    return config.state_dir.absolute() / "uploads" / str(tenant_id)
