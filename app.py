"""The composition root: joins every package's blueprints, commands, jobs and spool handlers. The only file that imports everything."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from flask import Flask

import aftersales.api
import aftersales.cli
import aftersales.jobs
import aftersales.workshop.webhooks
import broadcast.api
import broadcast.cli
import broadcast.jobs
import broadcast.launch_api
import broadcast.rehearsal.jobs
import console
import console.cli
import core.api.cli
import core.api.document
import core.carriers.cli
import core.cli
import core.jobs
import core.metrics
import customers.api
import customers.cli
import customers.jobs
import customers.suppression
import demo.cli
import flows.cli
import ivr.api
import ivr.cli
import ivr.jobs
import ivr.queue.agent_webhooks
import ivr.queue.api
import ivr.queue.cli
import ivr.queue.happening
import ivr.queue.jobs
import ivr.queue.standby_webhooks
import ivr.queue.webhooks
import ivr.records
import ivr.webhooks
import outbound.answering
import outbound.api
import outbound.cli
import outbound.inbound
import outbound.jobs
import outbound.metrics
import outbound.receipts
import outbound.returned
import outbound.transfers
import outbound.webhooks
from core import clock, web
from core.carriers import connect
from core.carriers.base import Carrier
from core.config import Config, load
from core.db import Database
from core.draining import Handler
from core.errors import ConfigError
from core.runtime import Job, Lanes, Runtime
from core.spool import Spool
from core.turned import read_turn

BLUEPRINTS = (
    *console.BLUEPRINTS,
    core.api.document.bp,
    *customers.api.BLUEPRINTS,
    outbound.api.bp,
    *aftersales.api.BLUEPRINTS,
    aftersales.workshop.webhooks.bp,
    broadcast.api.bp,
    broadcast.launch_api.bp,
    ivr.api.bp,
    ivr.webhooks.bp,
    ivr.queue.api.bp,
    ivr.queue.webhooks.bp,
    ivr.queue.agent_webhooks.bp,
    ivr.queue.standby_webhooks.bp,
    outbound.webhooks.bp,
)
COMMANDS = (
    *core.cli.COMMANDS,
    *core.api.cli.COMMANDS,
    *core.carriers.cli.COMMANDS,
    *customers.cli.COMMANDS,
    *flows.cli.COMMANDS,
    *ivr.cli.COMMANDS,
    *ivr.queue.cli.COMMANDS,
    *outbound.cli.COMMANDS,
    *aftersales.cli.COMMANDS,
    *broadcast.cli.COMMANDS,
    *console.cli.COMMANDS,
    *demo.cli.COMMANDS,
)
JOBS: tuple[Job | Lanes, ...] = (
    *core.jobs.JOBS,
    *customers.jobs.JOBS,
    *outbound.jobs.JOBS,
    *aftersales.jobs.JOBS,
    *ivr.jobs.JOBS,
    *ivr.queue.jobs.JOBS,
    *broadcast.jobs.JOBS,
    *broadcast.rehearsal.jobs.JOBS,
)
METRICS = (*core.metrics.METRICS, *outbound.metrics.METRICS)
SPOOLED: dict[str, Handler] = {
    **customers.suppression.SPOOLED,
    **outbound.answering.SPOOLED,
    **outbound.receipts.SPOOLED,
    **outbound.inbound.SPOOLED,
    **outbound.returned.SPOOLED,
    **outbound.transfers.SPOOLED,
    **ivr.records.SPOOLED,
    **ivr.queue.happening.SPOOLED,
}


def runtime_of(config: Config, carriers: Mapping[str, Carrier] | None = None) -> Runtime:
    """What an application holds, its clock turned as the database says. Raises ConfigError."""
    database = Database(config.database_url, config.keys)
    clock.turn(read_turn(database, config))
    try:
        spool = Spool(config.state_dir / "spool", "web")
    except OSError as error:
        raise ConfigError(
            "bad_settings", f"STATE_DIR: {config.state_dir} is no folder to write in"
        ) from error
    return Runtime(
        config=config,
        database=database,
        carriers=carriers if carriers is not None else connect(config),
        spool=spool,
        spooled=SPOOLED,
        host=config.host_name or socket.gethostname(),
    )


def create_app(config: Config | None = None, carriers: Mapping[str, Carrier] | None = None) -> Flask:
    """One application. Raises ConfigError naming every wrong setting. Tests pass the pieces they want to replace."""
    config = config or load()
    app = Flask(__name__)
    app.secret_key = config.keys[0]
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.extensions["carillon"] = runtime_of(config, carriers)
    app.extensions["jobs"] = JOBS
    app.extensions["metrics"] = METRICS
    web.init_app(app)
    core.metrics.init_app(app)
    console.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(core.cli.explained(command))
    return app
