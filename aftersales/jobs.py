"""What the worker does for after-sales."""

from __future__ import annotations

from aftersales import models as models  # the worker needs its tables, too
from core.runtime import Job

JOBS: tuple[Job, ...] = ()
