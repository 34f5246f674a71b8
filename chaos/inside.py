"""
What runs in the processes under test: the product as it is, with boundaries watched and perhaps one guard switched off.

    python -m chaos.inside             # a worker
    gunicorn chaos.inside:web()        # a web server

CHAOS_GATE names a file for which a worker waits when it is ready to begin, so that one can stand by.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from flask import Flask

from app import create_app
from chaos import mutants, points
from core import worker


def web() -> Flask:
    """The application for gunicorn."""
    mutants.switch_off(os.environ.get("CHAOS_MUTANT", ""))
    points.obey()
    return create_app()


def main() -> None:
    """A worker, as `flask worker` runs it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("twilio").setLevel(logging.WARNING)
    app = web()
    gate = os.environ.get("CHAOS_GATE", "")
    while gate and not Path(gate).exists():
        time.sleep(0.01)
    worker.run(app.extensions["carillon"], app.extensions["jobs"])


if __name__ == "__main__":
    main()
