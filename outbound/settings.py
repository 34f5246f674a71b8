"""
What a tenant's administrators decide about sending, kept in `Tenant.settings`: one field a decision, all optional.

    flask outbound settings show
    flask outbound settings set FILE.yaml
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm import Session

from core import audit, fields
from core.errors import Invalid
from core.fields import Strict
from core.models import Tenant
from core.yaml import parse
from outbound.prices import Money, Prices
from outbound.texting import Texting


class SecondPerson(Strict):
    """What one person may not launch alone: more *recipients*, or a higher *cost* in the currency of the prices."""

    recipients: Annotated[int, Field(ge=0)] | None = None
    cost: Money | None = None


class Launch(Strict):
    """
    What a launch may do. Nobody launches to more than *most_recipients*; *tests_per_day* is for each member of staff.

        launch: {most_recipients: 200000, second_person_above: {recipients: 5000, cost: 400}, tests_per_day: 20}
    """

    most_recipients: Annotated[int, Field(ge=1)] | None = None
    second_person_above: SecondPerson = SecondPerson()
    tests_per_day: Annotated[int, Field(ge=0, le=1000)] = 20


class Settings(Strict):
    """Every field has a default that is safe for whoever has decided nothing."""

    prices: Prices | None = None
    launch: Launch = Launch()
    texting: Texting = Texting()


def of(tenant: Tenant) -> Settings:
    """The settings of *tenant*."""
    return _read(json.dumps(tenant.settings, sort_keys=True))


@lru_cache(256)
def _read(document: str) -> Settings:
    return Settings.model_validate(json.loads(document))


def read(text: str) -> Settings:
    """The settings in the YAML document *text*. Raises Invalid naming each wrong field."""
    wrong: list[str] = []
    found = fields.read(Settings, parse(text), "", wrong, "settings")
    if found is None:
        raise Invalid("bad_settings", "\n".join(wrong))
    return found


def change(session: Session, tenant: Tenant, to: Settings, who: str) -> None:
    """Replace the settings of *tenant* by *to*; audited with what was there before."""
    before, after = tenant.settings, shown(to)
    session.get_one(Tenant, tenant.id).settings = after
    audit.record(session, tenant.id, who, "settings", f"tenant:{tenant.id}", before=before, after=after)


def shown(settings: Settings) -> dict[str, Any]:
    """*settings* as plain data, only what differs from the defaults."""
    return settings.model_dump(mode="json", exclude_defaults=True)
