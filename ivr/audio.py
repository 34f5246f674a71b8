"""
Recorded prompts: files under STATE_DIR/prompts/<tenant>/<language>/<name>.wav or .mp3, served to the carrier.

Each address is signed, so that nobody reads what is not played to callers yet.
"""

from __future__ import annotations

from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from core.config import Config
from core.errors import NotFound
from flows.language.turn import Play

TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg"}


def path_of(config: Config, tenant_id: int, play: Play) -> str | None:
    """The path at which the carrier fetches a prompt; None if it was never uploaded."""
    name = f"{tenant_id}/{play.lang}/{play.audio}"
    if _file(config, name) is None:
        return None
    return f"/ivr/audio/{_serializer(config).dumps(name)}"


def opened(config: Config, signed_name: str) -> tuple[Path, str]:
    """The file behind an address of ours and its media type. Raises NotFound if we did not sign it or it is gone."""
    try:
        file = _file(config, _serializer(config).loads(signed_name))
    except BadData:
        file = None
    if file is None:
        raise NotFound("no_prompt", "there is no such prompt")
    return file, TYPES[file.suffix]


def _file(config: Config, name: str) -> Path | None:
    for suffix in TYPES:
        path = (config.state_dir / "prompts" / f"{name}{suffix}").absolute()
        if path.is_file():
            return path
    return None


def _serializer(config: Config) -> URLSafeSerializer:
    return URLSafeSerializer(list(reversed(config.keys)), salt="prompt")
