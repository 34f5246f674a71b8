"""Flows from draft to published, and the flows that are shipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from core import audit
from core.db import ScopedSession, clean
from core.errors import NotFound
from core.models import Tenant
from core.states import move
from flows import golden, prompts
from flows.language.finding import Unfit
from flows.language.flow import Flow
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.models import FlowVersion

LIBRARY = Path(__file__).parent / "library"


def save_draft(
    session: ScopedSession, tenant_id: int, text: str, at: datetime, note: str = ""
) -> FlowVersion:
    """Keep *text* as a draft, unless that very flow is kept already. It must load; it need not be fit to publish."""
    flow = load(clean(text))
    return _kept(session, tenant_id, flow, text, at, note)


def publish(
    session: ScopedSession,
    tenant_id: int,
    text: str,
    rules: Rules,
    at: datetime,
    note: str = "",
    accept_changes: bool = False,
    who: str = "command line",
) -> FlowVersion:
    """
    Make *text* the flow of its name from now on; the one before is retired. Published already: nothing changes.

    Raises Unfit (an Invalid) listing what lint found, if any of it is an error; ChangedCalls (a Conflict) if golden calls would
    be heard otherwise, unless that is accepted: then it is right from now on.
    """
    flow = load(clean(text))
    proved = replace(rules, prompts=prompts.known(session, tenant_id))
    if errors := [finding for finding in lint(flow, proved) if finding.level == "error"]:
        raise Unfit(errors)
    tenant = session.get_one(Tenant, tenant_id)
    if changes := golden.changes(session, tenant, flow):
        if not accept_changes:
            raise golden.ChangedCalls(changes)
        golden.accept(session, tenant, flow)
    same_name = select(FlowVersion).where(FlowVersion.tenant_id == tenant_id, FlowVersion.name == flow.name)
    fresh = same_name.with_for_update().execution_options(populate_existing=True)
    before = [version for version in session.scalars(fresh) if version.state == "published"]
    version = _kept(session, tenant_id, flow, text, at, note)
    if version.state != "published":
        for old in before:
            move(session, old, "retired")
        move(session, version, "published", published_at=at)
        audit.record(session, tenant_id, who, "publish_flow", f"flow:{flow.name}", version=flow.hash)
    return version


def published(session: ScopedSession, tenant_id: int, name: str) -> FlowVersion:
    """The version of *name* that new calls get, or NotFound."""
    asked = (FlowVersion.tenant_id == tenant_id, FlowVersion.name == name, FlowVersion.state == "published")
    version = session.scalar(select(FlowVersion).where(*asked))
    if version is None:
        raise NotFound("flow_not_published", "no flow {name!r} is published; publish one first", name=name)
    return version


def versions(session: ScopedSession, tenant_id: int, name: str) -> list[FlowVersion]:
    """Every version of *name*, the newest first."""
    asked = select(FlowVersion).where(FlowVersion.tenant_id == tenant_id, FlowVersion.name == name)
    return list(session.scalars(asked.order_by(FlowVersion.id.desc())))


def by_hash(session: ScopedSession, tenant_id: int, hash: str) -> FlowVersion:
    """The version with this *hash*, in whatever state, or NotFound."""
    version = _find(session, tenant_id, hash)
    if version is None:
        raise NotFound("flow_unknown", "there is no version {hash} of any flow", hash=hash)
    return version


def library(name: str) -> str:
    """The document of the shipped flow *name*, or NotFound."""
    if name not in library_names():
        raise NotFound(
            "flow_unknown",
            "no flow {name!r} is shipped; there are {names}",
            name=name,
            names=library_names(),
        )
    return (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")


def library_names() -> tuple[str, ...]:
    """The shipped flows."""
    return tuple(sorted(path.stem for path in LIBRARY.glob("*.yaml")))


@lru_cache(256)
def loaded(document: str) -> Flow:
    """The flow in a stored *document*; it loaded when it was kept, so it does now."""
    return load(document)


def _find(session: ScopedSession, tenant_id: int, hash: str) -> FlowVersion | None:
    asked = (FlowVersion.tenant_id == tenant_id, FlowVersion.hash == hash)
    return session.scalar(select(FlowVersion).where(*asked))


def _kept(
    session: ScopedSession, tenant_id: int, flow: Flow, text: str, at: datetime, note: str
) -> FlowVersion:
    if version := _find(session, tenant_id, flow.hash):
        return version
    version = FlowVersion(
        tenant_id=tenant_id,
        name=flow.name,
        hash=flow.hash,
        document=text,
        state="draft",
        note=clean(note)[:200],
        created_at=at,
    )
    session.add(version)
    session.flush()
    return version
