"""What is looked at before a version of a flow is published: what lint finds, what golden calls would hear, what differs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant
from flows import golden, prompts, publish
from flows.golden import Change
from flows.language.finding import Finding
from flows.language.lint import Rules, lint
from flows.models import FlowVersion


@dataclass(frozen=True)
class Named:
    """A flow of a tenant: how many versions there are, and the one that is published."""

    name: str
    versions: int
    drafts: int
    published_at: datetime | None


@dataclass(frozen=True)
class Release:
    """A version as it would be published. *differs* is a unified diff against what is published now."""

    version: FlowVersion
    findings: Sequence[Finding]
    changes: Sequence[Change]
    differs: Sequence[str]

    @property
    def is_fit(self) -> bool:
        """Whether lint lets it be published."""
        return not any(finding.level == "error" for finding in self.findings)


def listed(session: ScopedSession, tenant_id: int) -> list[Named]:
    """The flows of a tenant, by name."""
    is_draft = func.sum(case((FlowVersion.state == "draft", 1), else_=0))
    rows = session.execute(
        select(FlowVersion.name, func.count(), is_draft, func.max(FlowVersion.published_at))
        .where(FlowVersion.tenant_id == tenant_id)
        .group_by(FlowVersion.name)
        .order_by(FlowVersion.name)
    )
    return [Named(*row) for row in rows]


def named(session: ScopedSession, tenant_id: int, name: str) -> list[FlowVersion]:
    """Every version of the flow *name*, the newest first. Raises NotFound if there is none."""
    found = publish.versions(session, tenant_id, name)
    if not found:
        raise NotFound("no_flow", "there is no flow {name!r} here", name=name)
    return found


def looked_at(session: ScopedSession, tenant: Tenant, name: str, hash_: str) -> Release:
    """The version *hash_* of the flow *name*, with everything to know before it is published. Raises NotFound."""
    version = publish.by_hash(session, tenant.id, hash_)
    if version.name != name:
        raise NotFound(
            "flow_unknown", "there is no version {hash} of the flow {name!r}", hash=hash_, name=name
        )
    flow = publish.loaded(version.document)
    before = [one for one in publish.versions(session, tenant.id, name) if one.state == "published"]
    now = before[0].document if before else ""
    return Release(
        version,
        lint(flow, Rules(prompts=prompts.known(session, tenant.id))),
        golden.changes(session, tenant, flow),
        differing(now, version.document, hash_),
    )


def differing(now: str, then: str, called: str) -> list[str]:
    """What differs between two documents, as a unified diff."""
    return list(
        difflib.unified_diff(now.splitlines(), then.splitlines(), "published", called, lineterm="", n=2)
    )
