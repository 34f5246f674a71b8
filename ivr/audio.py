"""
Recorded prompts: files under STATE_DIR/prompts/<tenant>/<language>/<name>.wav or .mp3, served to the carrier; in a .txt is what is
read aloud instead.

Each host keeps its own of what stands in the database, and goes on with them without it. Each address is signed, so that nobody
reads what is not played to callers yet.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.config import Config
from core.db import ALL_TENANTS
from core.errors import NotFound
from core.runtime import Runtime
from flows.language.turn import Play, Say
from flows.models import Prompt

TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg"}
SUFFIXES = {media_type: suffix for suffix, media_type in TYPES.items()}
TEXT = ".txt"
DIGEST = ".sha256"


def path_of(config: Config, tenant_id: int, play: Play) -> str | None:
    """The path at which the carrier fetches a prompt; None if it was never uploaded."""
    name = f"{tenant_id}/{play.lang}/{play.audio}"
    if _file(config, name, tuple(TYPES)) is None:
        return None
    return f"/ivr/audio/{_serializer(config).dumps(name)}"


def read_aloud(config: Config, tenant_id: int, play: Play) -> Say | None:
    """What is said in place of a prompt that is only written."""
    file = _file(config, f"{tenant_id}/{play.lang}/{play.audio}", (TEXT,))
    return Say(file.read_text(encoding="utf-8"), play.lang) if file else None


def opened(config: Config, signed_name: str) -> tuple[Path, str]:
    """The file behind an address of ours and its media type. Raises NotFound if we did not sign it or it is gone."""
    try:
        file = _file(config, _serializer(config).loads(signed_name), tuple(TYPES))
    except BadData:
        file = None
    if file is None:
        raise NotFound("no_prompt", "there is no such prompt")
    return file, TYPES[file.suffix]


def keep_files(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Have this host's files be what stands in the database; how many were written and removed."""
    folder = (runtime.config.state_dir / "prompts").absolute()
    with runtime.database.reading(ALL_TENANTS) as session:
        wanted = {
            folder / str(one.tenant_id) / one.language / one.name: one
            for one in session.scalars(select(Prompt))
        }
        stale = [one.id for path, one in wanted.items() if _digest(path) != one.digest]
        for one in session.scalars(select(Prompt).where(Prompt.id.in_(stale)).options(undefer(Prompt.audio))):
            _write(folder / str(one.tenant_id) / one.language / one.name, one)
    kept = {str(path) for path in wanted}
    gone = [file for file in folder.glob(f"*/*/*{DIGEST}") if str(file).removesuffix(DIGEST) not in kept]
    for file in gone:
        _remove(Path(str(file).removesuffix(DIGEST)))
    return {"written": len(stale), "removed": len(gone)}


def _digest(path: Path) -> str:
    try:
        return Path(f"{path}{DIGEST}").read_text(encoding="ascii")
    except OSError:
        return ""


def _write(path: Path, prompt: Prompt) -> None:
    """The file first, then what says that it is whole."""
    _remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = SUFFIXES.get(prompt.media_type, TEXT)
    for content, ending in ((prompt.audio or prompt.text.encode(), suffix), (prompt.digest.encode(), DIGEST)):
        fresh = Path(f"{path}.{os.getpid()}.new")
        fresh.write_bytes(content)
        fresh.replace(f"{path}{ending}")


def _remove(path: Path) -> None:
    for ending in (DIGEST, *TYPES, TEXT):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _file(config: Config, name: str, suffixes: tuple[str, ...]) -> Path | None:
    for suffix in suffixes:
        path = (config.state_dir / "prompts" / f"{name}{suffix}").absolute()
        if path.is_file():
            return path
    return None


def _serializer(config: Config) -> URLSafeSerializer:
    return URLSafeSerializer(list(reversed(config.keys)), salt="prompt")
