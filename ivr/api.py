"""/api/v1: where callers go in a flow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from flask import Blueprint
from pydantic import AwareDatetime, Field

from core import clock
from core.api.checks import Asked, Told
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint
from core.errors import Fault, WrongFields
from core.runtime import runtime
from ivr.funnel import funnel

bp = Blueprint("ivr_api", __name__, url_prefix=PREFIX)
A_WEEK = timedelta(days=7)


class FunnelAsked(Asked):
    """Calls that began from *since* on and before *until*, the last seven days if left out; of *version*, else the published one."""

    version: Annotated[str, Field(max_length=16)] = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class PassedTold(Told):
    """
    One node: how often callers came to it, *answers* by key (`entry` for several digits or words), silence, answers that meant
    nothing there, ways to a person, calls that broke off there, and seconds until an answer on average.
    """

    node: str
    kind: str
    entries: int
    answers: dict[str, int]
    no_input: int
    no_match: int
    zero: int
    hang_ups: int
    wait_s: float


class FunnelTold(Told):
    """Where callers go in one version of a flow; *is_all* is false if only the newest calls were counted."""

    flow: str
    version: str
    since: datetime
    until: datetime
    calls: int
    is_all: bool
    nodes: list[PassedTold]


@bp.get("/flows/<name>/funnel")
@endpoint(*EVERYONE, tag="flows", query=FunnelAsked, answer=FunnelTold)
def get_funnel(name: str, query: FunnelAsked) -> FunnelTold:
    """Where callers go in one version of a flow."""
    until = query.until or clock.now()
    since = query.since or until - A_WEEK
    if since >= until:
        raise WrongFields([Fault("since", "ends_before_it_starts", "enter a time before until")])
    with runtime().database.reading(caller().tenant_id) as session:
        return FunnelTold.model_validate(
            funnel(session, caller().tenant_id, name, query.version, since, until)
        )
