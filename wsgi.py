"""What gunicorn and the `flask` command load."""

from __future__ import annotations

import gc
import sys

from app import create_app
from core.errors import ConfigError

try:
    app = create_app()
except ConfigError as error:
    # exit 4 tells gunicorn's master to stop instead of starting workers for ever
    sys.stderr.write(f"Carillon cannot start. Mend these settings:\n{error.message}\n")
    sys.exit(4)
# what is loaded by now lives as long as the process: the collector need not look at it again and again
gc.freeze()
