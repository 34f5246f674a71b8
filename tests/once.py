"""
What the many applications and databases of a run have in common is made once: templates, addresses and SQL are compiled for
the first and found by the others. An installation has one of each and gains nothing by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

import app as composition
from core import db
from core.carriers.base import Carrier
from core.config import Config
from ivr.hotline import Hotline
from ivr.queue.floor import Floor

STATEMENTS = 3_000
COMPILED = ("_parts", "_trace", "_converters", "arguments")
BUILDERS = ("_build", "_build_unknown")


def share() -> None:
    """Let all that is made from now on share what was compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    Flask.url_rule_class = _Address
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        # what was compiled is kept by its dialect, of which every engine has its own
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]
    options = {"compiled_cache": LRUCache[Any, Any](STATEMENTS)}
    db.create_engine = partial(create_engine, execution_options=options)  # type: ignore[attr-defined]


_APPLICATIONS: dict[tuple[Any, ...], Flask] = {}


def application(config: Config, carriers: Mapping[str, Carrier] | None = None) -> Flask:
    """
    The application of this process, serving *config* from now on: what it holds is new, its pages and addresses are the same.

    For tests that have one at a time and add nothing to it.
    """
    kind = (config.keys, config.is_production, config.trusted_proxies)
    if kind not in _APPLICATIONS:
        _APPLICATIONS[kind] = composition.create_app(config, carriers)
        return _APPLICATIONS[kind]
    app, runtime = _APPLICATIONS[kind], composition.runtime_of(config, carriers)
    app.extensions["carillon"] = runtime
    app.extensions["hotline"] = Hotline(runtime)
    app.extensions["floor"] = Floor(runtime, ThreadPoolExecutor(1))
    return app


class _Templates(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


class _Address(Rule):
    """What an address is found by and put together with depends on how it is written and on nothing else."""

    _made: ClassVar[dict[tuple[Any, ...], dict[str, Any]]] = {}

    def compile(self) -> None:
        written = (
            self.rule,
            repr(self.defaults),
            self.host,
            self.subdomain,
            self.strict_slashes,
            self.merge_slashes,
        )
        if made := self._made.get(written):
            vars(self).update(made)
            self._build, self._build_unknown = (made[name].__get__(self) for name in BUILDERS)
            return
        super().compile()
        made = {name: getattr(self, name) for name in COMPILED}
        self._made[written] = made | {name: getattr(self, name).__func__ for name in BUILDERS}
