"""One try at a job: whatever goes wrong is told and tried again at the next tick."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from core.runtime import Counts

LOGGER = logging.getLogger(__name__)


def attempt(name: str, work: Callable[[], Counts], is_quiet: bool = False) -> None:
    """Do *work* and say how much was done, in debug messages only if *is_quiet*. Raises nothing."""
    try:
        done = {what: count for what, count in work().items() if count}
        if done:
            LOGGER.log(logging.DEBUG if is_quiet else logging.INFO, "%s: %s", name, done)
    except OperationalError as error:
        LOGGER.warning("%s: the database does not answer (%s); trying again", name, type(error.orig).__name__)
    except Exception:
        LOGGER.exception("%s failed; trying again", name)
