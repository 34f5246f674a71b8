"""Brings a database to the newest schema with Alembic's migrations. Only what does so loads Alembic: no other start waits for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.engine import Connection

from core.db import Database
from core.errors import ConfigError

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

FOLDER = Path(__file__).parent.parent / "migrations"


def _config() -> AlembicConfig:
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate to *revision*. On SQLite foreign keys rest meanwhile, for a rebuilt table would delete its children."""
    if database.is_sqlite:
        Path(database.engine.url.database or ".").parent.mkdir(parents=True, exist_ok=True)
    with database.engine.connect().execution_options(begin="") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        _run(connection, revision)
        if database.is_sqlite:
            _check_foreign_keys(connection)
        connection.commit()
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _run(connection: Connection, revision: str) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _check_foreign_keys(connection: Connection) -> None:
    if broken := connection.execute(text("PRAGMA foreign_key_check")).fetchall():
        connection.rollback()
        raise ConfigError(
            "broken_references", f"the migration would break {len(broken)} references; nothing was changed"
        )


def is_behind(database: Database) -> bool:
    """Whether the database lacks a migration."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current != ScriptDirectory.from_config(_config()).get_current_head()
