"""Old and new processes work on one database during an update: docs/migrations.md, kept by this test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "migrations" / "versions"
FILES = sorted(FOLDER.glob("*.py"))
TAKES_AWAY = {"drop_table", "drop_column", "rename_table"}
SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME|SET\s+NOT\s+NULL)\b", re.IGNORECASE)


def contractions(source: str) -> list[str]:
    """What in a migration the version before it would not survive."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [said for call in calls for said in _said_of(call)]


def _said_of(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in TAKES_AWAY:
        yield f"line {call.lineno}: {name}"
    if name == "alter_column" and ("new_column_name" in keywords or _is_false(keywords.get("nullable"))):
        yield f"line {call.lineno}: alter_column renames, or refuses what was let in"
    if name == "add_column" and _is_demanding(call):
        yield f"line {call.lineno}: a column that must be filled and has no server_default"
    sql = call.args[0] if name == "execute" and call.args else None
    if isinstance(sql, ast.Constant) and SQL.search(str(sql.value)):
        yield f"line {call.lineno}: {sql.value}"


def _is_demanding(call: ast.Call) -> bool:
    """Whether the old version could not insert a row any more."""
    for column in (node for node in ast.walk(call) if isinstance(node, ast.Call) and node is not call):
        keywords = {keyword.arg: keyword.value for keyword in column.keywords}
        if _is_false(keywords.get("nullable")) and "server_default" not in keywords:
            return True
    return False


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_only_adds_unless_it_ends_what_an_earlier_one_began(path: Path) -> None:
    source = path.read_text()
    ends = re.search(r"^contracts = '(\d{4})'", source, re.MULTILINE)

    if found := contractions(source):
        assert ends, f"{path.name}: {found}; see docs/migrations.md"
        assert ends.group(1) < path.name[:4], "in a version of its own, after the one that began it"


@pytest.mark.parametrize(
    ("line", "survives"),
    [
        pytest.param("op.create_table('x', sa.Column('a', sa.Integer(), nullable=False))", True, id="table"),
        pytest.param("b.add_column(sa.Column('a', sa.Integer(), nullable=True))", True, id="may be empty"),
        pytest.param(
            "b.add_column(sa.Column('a', sa.Integer(), nullable=False, server_default='0'))",
            True,
            id="default",
        ),
        pytest.param("b.create_index('ix', ['a'])", True, id="index"),
        pytest.param("b.drop_index('ix')", True, id="an index less"),
        pytest.param("b.alter_column('a', nullable=True)", True, id="lets in more"),
        pytest.param("b.add_column(sa.Column('a', sa.Integer(), nullable=False))", False, id="no default"),
        pytest.param("b.alter_column('a', nullable=False)", False, id="refuses"),
        pytest.param("b.alter_column('a', new_column_name='b')", False, id="renames"),
        pytest.param("op.rename_table('a', 'b')", False, id="renames a table"),
        pytest.param("op.drop_table('a')", False, id="a table less"),
        pytest.param("b.drop_column('a')", False, id="a column less"),
        pytest.param("op.execute('ALTER TABLE a drop  column b')", False, id="in SQL"),
    ],
)
def test_what_the_version_before_survives(line: str, survives: bool) -> None:
    assert (contractions(line) == []) is survives
