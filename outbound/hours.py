"""The hours a source may send in, narrower than the contact policy's: kept with it as its document says them."""

from __future__ import annotations

import json
from functools import lru_cache

from customers.profile import Hours
from outbound.models import Source


def hours_of(source: Source) -> Hours | None:
    """The hours of *source*; None if it has none of its own."""
    return _hours(json.dumps(source.hours)) if source.hours else None


@lru_cache(256)
def _hours(document: str) -> Hours:
    return Hours.model_validate(json.loads(document))
