"""
What the hotline must know to answer without the database: kept in a file on each web host.

    {"checksum": "…", "body": {"numbers": {"+18005550100": {"tenant": 1, "flow": "9f…", "forward_to": "+1…",
                                                  "variables": {"roadside_number": "+1…"}}},
                               "tenants": {"1": {"name": "…", "zone": "…", "region": "US", "language": "en"}},
                               "flows": {"9f…": "name: hotline …"},
                               "announcements": {"1": [{"texts": {"en": "…"}, "from": "2026-…", "until": "2026-…"}]},
                               "blocked": {"1": ["+1…"]},
                               "limits": {"1": {"at_once": 200}},
                               "returned_calls": {"1": "07…"}}}

A worker rewrites it when something changed and each minute; a web process reads it at start and whenever its file is
newer, and rewrites it itself, beside its requests, where no worker does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.db import ALL_TENANTS, Database
from core.errors import Unavailable
from flows.language.flow import Flow
from flows.publish import loaded
from ivr.building import build
from ivr.settings import Limits

FILE = "snapshot.json"


@dataclass(frozen=True)
class Answering:
    """Who answers a number: a tenant's flow (its hash, "" if none is published), told *variables*; else *forward_to*."""

    tenant_id: int
    flow: str
    forward_to: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def told(self, company: str) -> dict[str, str]:
        """What the flow is told."""
        return {"company": company, "agent_number": self.forward_to, **self.variables}


@dataclass(frozen=True)
class TenantFacts:
    """What the hotline needs of a tenant."""

    name: str
    zone: str
    region: str
    language: str
    limits: Limits = field(default_factory=Limits)

    def local(self, at: datetime) -> datetime:
        """*at* as clocks at the tenant's show it."""
        return at.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True)
class Announced:
    """What callers hear first between two instants, by language."""

    texts: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Snapshot:
    """The file's content. *digest* is its checksum."""

    numbers: Mapping[str, Answering] = field(default_factory=dict)
    tenants: Mapping[int, TenantFacts] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    announcements: Mapping[int, tuple[Announced, ...]] = field(default_factory=dict)
    blocked: Mapping[int, frozenset[str]] = field(default_factory=dict)
    returned_calls: Mapping[int, str] = field(default_factory=dict)
    """Tenant -> hash of the flow for those who ring after a call they missed; only of tenants that call people."""
    digest: str = ""

    def flow(self, flow_hash: str) -> Flow | None:
        """The flow of that hash, or None."""
        document = self.documents.get(flow_hash)
        return None if document is None else loaded(document)

    def announced(self, tenant_id: int, at: datetime) -> tuple[Mapping[str, str], ...]:
        """What the tenant's callers hear first at that instant, by language, in the order in which it was announced."""
        mine = self.announcements.get(tenant_id, ())
        return tuple(one.texts for one in mine if one.starts_at <= at < one.ends_at)


def path_in(state_dir: Path) -> Path:
    """Where a host keeps its snapshot."""
    return state_dir / FILE


def write(path: Path, body: Mapping[str, Any]) -> None:
    """Replace the file at *path* as one step, flushed to disk, so that whoever reads it reads all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = json.dumps({"checksum": _checksum(body), "body": body}, ensure_ascii=False)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(document)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read(path: Path) -> Snapshot:
    """The snapshot at *path*. Raises Unavailable if there is none or it is damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        body, checksum = kept["body"], kept["checksum"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            "no_snapshot", "this host has no snapshot of the hotline yet; start a worker"
        ) from error
    if checksum != _checksum(body):
        raise Unavailable(
            "snapshot_damaged", "the hotline's snapshot is damaged; it is rewritten within a minute"
        )
    numbers = {
        to: Answering(row["tenant"], row["flow"], row["forward_to"], row["variables"])
        for to, row in body["numbers"].items()
    }
    limits = {number: Limits(**row) for number, row in body.get("limits", {}).items()}
    tenants = {
        int(number): TenantFacts(**row, limits=limits.get(number, Limits()))
        for number, row in body["tenants"].items()
    }
    announcements = {
        int(number): tuple(
            Announced(one["texts"], datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["until"]))
            for one in rows
        )
        for number, rows in body.get("announcements", {}).items()
    }
    blocked = {int(number): frozenset(rows) for number, rows in body.get("blocked", {}).items()}
    returned = {int(number): hash_ for number, hash_ in body.get("returned_calls", {}).items()}
    return Snapshot(numbers, tenants, body["flows"], announcements, blocked, returned, checksum)


def refresh(database: Database, state_dir: Path, max_age_s: float = 0) -> bool:
    """Write what the database says now, if it differs from the file or the file is over *max_age_s* old; whether it was written."""
    with database.reading(ALL_TENANTS) as session:
        body = build(session)
    path = path_in(state_dir)
    if _age_s(path) <= max_age_s and _is_same(path, body):
        return False
    write(path, body)
    return True


def _is_same(path: Path, body: Mapping[str, Any]) -> bool:
    try:
        return read(path).digest == _checksum(body)
    except Unavailable:
        return False


def _age_s(path: Path) -> float:
    try:
        return clock.real().timestamp() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
