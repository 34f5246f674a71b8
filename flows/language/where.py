"""Finds the line a value of a YAML document stands in, for messages. Knows block style; elsewhere it names the nearest parent."""

from __future__ import annotations

import re
from collections.abc import Iterable

KEY = re.compile(r"""^(?P<indent> *)(?P<quote>["']?)(?P<key>[^"':#]+?)(?P=quote)\s*:(?:\s|$)""")


def line_of(document: str, path: Iterable[str | int]) -> int | None:
    """The line (from 1) of the deepest part of *path* that has a line of its own in *document*."""
    lines = document.splitlines()
    found, start, end = None, 0, len(lines)
    for key in path:
        at = _key_line(lines, start, end, str(key))
        if at is None:
            break
        found, start = at + 1, at + 1
        end = _block_end(lines, at, end)
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _key_line(lines: list[str], start: int, end: int, key: str) -> int | None:
    """Where *key* stands among the outermost keys between *start* and *end*."""
    depth = min((_indent(line) for line in lines[start:end] if not _is_blank(line)), default=None)
    for at in range(start, end):
        found = KEY.match(lines[at])
        if found and len(found["indent"]) == depth and found["key"] == key:
            return at
    return None


def _block_end(lines: list[str], at: int, end: int) -> int:
    """The first line after the block that line *at* opens."""
    depth = _indent(lines[at])
    for below in range(at + 1, end):
        if not _is_blank(lines[below]) and _indent(lines[below]) <= depth:
            return below
    return end
