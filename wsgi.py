"""What gunicorn and the `flask` command load."""

from __future__ import annotations

import gc
import sys

gc.disable()  # until all is loaded: it lives as long as the process, and the collector would look at it again and again

from app import create_app  # noqa: E402  # with the collector at rest
from core.errors import ConfigError  # noqa: E402  # as above

try:
    app = create_app()
except ConfigError as error:
    # exit 4 tells gunicorn's master to stop instead of starting workers for ever
    sys.stderr.write(f"Carillon cannot start. Mend these settings:\n{error.message}\n")
    sys.exit(4)
gc.freeze()
gc.enable()
