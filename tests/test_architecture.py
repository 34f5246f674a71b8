"""The rules a reviewer should not have to remember."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

import app
from core.carriers import CARRIERS
from core.db import Base
from core.states import terminal
from flows.language.nodes import NODES
from outbound.channels import CHANNELS

ROOT = Path(__file__).parent.parent
FLOOR = {"core"}
FILE = FLOOR | {"customers", "flows"}
REACH = FILE | {"outbound"}
SERVED = REACH | {"aftersales"}
FACES = SERVED | {"ivr", "broadcast"}
MAY_IMPORT = {
    "core": set(),
    "customers": FLOOR,
    "flows": FLOOR,
    "outbound": FILE,
    "aftersales": REACH,
    "ivr": SERVED,
    "broadcast": SERVED,
    "console": FACES,
    "demo": FACES | {"console"},
    "exchange": set(),
}
# needed by few processes or seldom, and every command would start a second later
HEAVY = {"alembic", "openpyxl", "procrastinate", "psycopg", "spectree", "aiohttp"}
MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))
MEASURING = sorted(path for package in ("benchmarks", "chaos") for path in (ROOT / package).rglob("*.py"))
MAX_LINES = 300


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    """A file as Python reads it; several rules ask for each."""
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


@cache
def imported(path: Path) -> set[str]:
    nodes = nodes_of(path)
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_imports_point_down() -> None:
    ours = MAY_IMPORT.keys() | {"app", "wsgi", "tests"}
    up = {}
    for path in MODULES:
        package = path.relative_to(ROOT).parts[0]
        found = {name.split(".")[0] for name in imported(path)} & ours - MAY_IMPORT[package] - {package}
        up |= {name_of(path): found} if found else {}

    assert up == {}


def loaded(path: Path) -> set[str]:
    """What a file imports when it is imported itself, with the names it takes from there."""
    names = set()
    for node in tree(path).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_no_start_waits_for_what_few_processes_use() -> None:
    seen, waiting = set[str](), {"app"}
    while waiting:
        seen.add(name := waiting.pop())
        base = ROOT / name.replace(".", "/")
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.exists():
                waiting |= loaded(path) - seen

    assert "core.worker" in seen
    assert not {name.split(".")[0] for name in seen} & HEAVY


def test_no_file_outgrows_its_page() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in [*MODULES, *MEASURING]}

    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


@pytest.mark.parametrize(
    ("folder", "registry", "shared"),
    [
        pytest.param("flows/language/nodes", NODES, {"base"}, id="nodes"),
        pytest.param("outbound/channels", CHANNELS, set(), id="channels"),
    ],
)
def test_every_file_is_registered(folder: str, registry: dict[str, object], shared: set[str]) -> None:
    files = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"} - shared

    assert files == registry.keys()


# where a carrier's name may be spoken all the same, and why
OTHER_MEANING = {
    "core/cli.py": {"twilio"},  # the log of the library of that name
    "demo": {"exchange"},  # the demo starts the exchange and writes its settings
}
APART = ("core/carriers/", "core/config.py", "exchange/")


def spoken(path: Path) -> set[str]:
    """The carriers named by the code of a file; what it explains in comments and docstrings is left out."""
    nodes = nodes_of(path)
    with_docs = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        id(node.body[0].value) for node in nodes if isinstance(node, with_docs) and is_text(node.body[:1])
    }
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in docs}
    words |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    texts = [word.lower() for word in words if isinstance(word, str)]
    # "exchange" is an English word as well: only by itself it names the carrier
    return {
        name for name in CARRIERS for text in texts if (text == name if name == "exchange" else name in text)
    }


def is_text(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[0], ast.Expr)


def test_no_carrier_is_named_but_where_it_is_made() -> None:
    named = {}
    for path in MODULES:
        name = name_of(path)
        known = {word for place, words in OTHER_MEANING.items() if name.startswith(place) for word in words}
        if not name.startswith(APART) and (found := spoken(path) - known):
            named[name] = found

    assert named == {}, "tell it as a fact of the carrier in core/carriers"


def test_every_carrier_has_its_file() -> None:
    assert {
        name for name in CARRIERS if (ROOT / "core" / "carriers" / f"{name}.py").exists()
    } == CARRIERS.keys()


STATEFUL = sorted(
    (
        mapper.class_
        for mapper in Base.registry.mappers
        if "state" in mapper.columns and hasattr(mapper.class_, "STATES")
    ),
    key=lambda model: model.__name__,
)


@pytest.mark.parametrize("model", STATEFUL, ids=lambda model: model.__name__)
def test_a_state_table_is_closed_and_ends(model: type[Base]) -> None:
    states = model.STATES  # type: ignore[attr-defined]  # chosen for having it

    assert {target for targets in states.values() for target in targets} <= states.keys()
    assert terminal(states) or model.__name__ in ("Sender", "FlowVersion", "Touch", "Agent"), (
        "only these may come back"
    )


def test_only_states_py_writes_a_state() -> None:
    """`state=` in an update, or an assignment to `.state`, anywhere else would go round the table."""
    guilty = []
    for path in MODULES:
        if name_of(path).startswith(("core/states.py", "exchange/", "flows/language/")):  # no rows there
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
                    guilty.append(f"{name_of(path)}:{node.lineno}")
            is_values = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "values"
            )
            if is_values and any(keyword.arg == "state" for keyword in node.keywords):
                guilty.append(f"{name_of(path)}:{node.lineno}")

    assert not guilty


def test_job_names_are_unique() -> None:
    names = [job.name for job in app.JOBS]

    assert len(names) == len(set(names))


def test_nobody_names_what_must_not_be_named() -> None:
    """The project speaks of itself alone."""
    words = ("design" + ".md", "design" + " §", "/wo" + "rk/")
    found = [
        f"{name_of(path)}: {word}"
        for path in [*MODULES, *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
        for word in words
        if word in path.read_text()
    ]

    assert not found
