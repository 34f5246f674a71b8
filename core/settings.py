"""
What a tenant's people decide, kept as one document in a column of `Tenant`: typed, said field by field what is wrong, audited.

    KEPT = Kept(Settings, "settings", "settings")
    of, read, change, shown = KEPT.of, KEPT.read, KEPT.change, KEPT.shown
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from core import audit, fields
from core.errors import Fault, WrongFields
from core.fields import Strict
from core.models import Tenant
from core.yaml import parse

Shape = TypeVar("Shape", bound=Strict)


@dataclass(frozen=True)
class Kept(Generic[Shape]):
    """Documents of *shape* in the *column* of a tenant; a change is audited as *action*."""

    shape: type[Shape]
    column: str
    action: str

    def of(self, tenant: Tenant) -> Shape:
        """What *tenant* has decided; the rest is as by default."""
        found: Shape = _read(self.shape, json.dumps(getattr(tenant, self.column), sort_keys=True))
        return found

    def read(self, text: str) -> Shape:
        """The decisions in the YAML document *text*. Raises WrongFields naming each wrong field."""
        wrong: list[Fault] = []
        found = fields.read(self.shape, parse(text), "", wrong, "settings")
        if found is None:
            raise WrongFields(wrong, "bad_settings")
        return found

    def change(self, session: Session, tenant: Tenant, to: Shape, who: str) -> None:
        """Replace what *tenant* had decided by *to*; audited with what was there before."""
        before, after = getattr(tenant, self.column), self.shown(to)
        setattr(session.get_one(Tenant, tenant.id), self.column, after)
        about = f"tenant:{tenant.id}"
        audit.record(session, tenant.id, who, self.action, about, before=before, after=after)

    def shown(self, decided: Shape) -> dict[str, Any]:
        """*decided* as plain data, only what differs from the defaults."""
        return decided.model_dump(mode="json", exclude_defaults=True)


@lru_cache(512)
def _read(shape: type[Shape], document: str) -> Shape:
    return shape.model_validate(json.loads(document))
