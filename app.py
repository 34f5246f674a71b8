"""The composition root: joins every package's blueprints, commands, jobs and spool handlers. The only file that imports everything."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from core import clock, web
from core import cli as core_cli
from core.carriers import connect
from core.carriers.base import Carrier
from core.config import Config, load
from core.db import Database
from core.runtime import Job, Runtime
from core.spool import Handler, Spool
from core.turned import read_turn

BLUEPRINTS = ()
COMMANDS = (*core_cli.COMMANDS,)
JOBS: tuple[Job, ...] = ()
SPOOLED: dict[str, Handler] = {}


def create_app(config: Config | None = None, carriers: Mapping[str, Carrier] | None = None) -> Flask:
    """One application. Raises ConfigError naming every wrong setting. Tests pass the pieces they want to replace."""
    config = config or load()
    app = Flask(__name__)
    app.secret_key = config.keys[0]
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    database = Database(config.database_url)
    app.extensions["carillon"] = Runtime(
        config=config,
        database=database,
        carriers=carriers if carriers is not None else connect(config),
        spool=Spool(config.state_dir / "spool", "web"),
    )
    app.extensions["jobs"] = JOBS
    app.extensions["spooled"] = SPOOLED
    clock.turn(read_turn(database, config))
    web.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    return app
