"""Who has somebody's work in hand while they are away, for whatever page names an owner."""

from __future__ import annotations

from flask import Flask, g

from aftersales import standing_in
from console.access import staff
from core import clock
from core.runtime import runtime


def stand_in(staff_id: int) -> str:
    """The name of whoever acts for a person now; "" if they are at work."""
    if "standing_in" not in g:
        with runtime().database.reading(staff().tenant_id) as session:
            g.standing_in = standing_in.names(session, clock.now())
    name: str = g.standing_in.get(staff_id, "")
    return name


def init_app(app: Flask) -> None:
    """Give templates the filter."""
    app.jinja_env.filters["stand_in"] = stand_in
