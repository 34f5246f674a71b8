"""Teams: what they promise, and what is decided about them."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.errors import Fault, Invalid, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from ivr.queue.models import VARIANTS, Team

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
LIMITS: dict[str, tuple[int, int]] = {
    "target": (1, 100),
    "within_s": (1, 600),
    "short_s": (0, 60),
    "wrap_up_s": (0, 1800),
    "ring_s": (10, 60),
    "callback_from": (0, 24 * 60),
    "callback_until": (0, 24 * 60),
    "callback_hours": (1, 168),
}
"""What may be decided, and within which bounds."""


def decide(session: Session, tenant: Tenant, name: str, changes: dict[str, Any], who: str) -> Team:
    """The team of that name, made if there is none, with *changes*. Raises Invalid saying what to enter."""
    if not NAME.fullmatch(name):
        said = Sentence("name the team in small letters, digits and underscores, such as service")
        raise WrongFields([Fault("name", "bad_team", said)])
    for field, value in changes.items():
        if field == "variant":
            if value not in VARIANTS:
                raise Invalid("bad_variant", "variant: enter one of {words}", words=VARIANTS)
            continue
        least, most = LIMITS[field]
        if not least <= value <= most:
            raise Invalid(
                "out_of_bounds", "{field}: enter a number from {least} to {most}",
                field=field, least=least, most=most,
            )  # fmt: skip
    team = session.scalar(select(Team).where(Team.tenant_id == tenant.id, Team.name == name))
    if team is None:
        team = Team(tenant_id=tenant.id, name=name)
        session.add(team)
        session.flush()
    for field, value in changes.items():
        setattr(team, field, value)
    if team.callback_from >= team.callback_until:
        raise Invalid("bad_hours", "callbacks must begin before they end")
    audit.record(session, tenant.id, who, "team_decided", f"team:{team.id}", **changes)
    return team
