"""
What runs in the processes under test: the product as it is, with boundaries watched and perhaps one guard switched off.

    python -m chaos.inside             # a worker
    gunicorn chaos.inside:web()        # a web server

CHAOS_GATE names a file for which a worker waits when it is ready to begin, so that one can stand by.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo

from app import create_app
from chaos import mutants, points


def web() -> Flask:
    """The application for gunicorn."""
    mutants.switch_off(os.environ.get("CHAOS_MUTANT", ""))
    points.obey()
    return create_app()


def main() -> None:
    """A worker, as `flask worker` runs it."""
    app = web()
    gate = os.environ.get("CHAOS_GATE", "")
    while gate and not Path(gate).exists():
        time.sleep(0.01)
    app.cli.main(args=["worker"], prog_name="flask", obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    main()
