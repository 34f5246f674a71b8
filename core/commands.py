"""What commands are told in files and in options written as name=value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click


def pairs_in(option: str, written: Sequence[str]) -> dict[str, str]:
    """The values of *option*, each written as name=value, by name."""
    for one in written:
        if "=" not in one:
            raise click.UsageError(f"{option} {one}: write name=value")
    return dict(one.split("=", 1) for one in written)


def text_of(path: Path) -> str:
    """The text in *path*; a file that is none ends the command."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path.name} is no UTF-8 text (byte {error.start + 1}); save it as UTF-8"
        raise click.ClickException(message) from None
