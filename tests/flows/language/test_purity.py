from __future__ import annotations

import ast
import sys
from pathlib import Path

import flows.language

FILES = sorted(Path(flows.language.__file__).parent.rglob("*.py"))
PURE_TOO = {"core.errors", "core.fields", "core.sentences", "core.yaml"}
FORBIDDEN = {"random", "secrets", "time", "os", "socket", "uuid", "zoneinfo"}


def imported(path: Path) -> set[str]:
    """Every module *path* imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for one in nodes if isinstance(one, ast.Import) for alias in one.names}
    for one in nodes:
        if isinstance(one, ast.ImportFrom):
            names |= (
                {f"core.{alias.name}" for alias in one.names} if one.module == "core" else {one.module or ""}
            )
    return names


def is_pure(name: str) -> bool:
    top = name.split(".")[0]
    ours = name.startswith("flows.language") or name in PURE_TOO
    of_python = top in sys.stdlib_module_names and top not in FORBIDDEN
    return ours or top in ("pydantic", "pydantic_core") or of_python


def test_the_language_is_pure() -> None:
    assert {f"{path.name}: {name}" for path in FILES for name in imported(path) if not is_pure(name)} == set()


def test_nobody_looks_at_the_clock() -> None:
    called = {
        (path.stem, one.attr)
        for path in FILES
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.Attribute)
    }

    assert {("hours", "now")} == {each for each in called if each[1] in ("now", "today", "utcnow")}
