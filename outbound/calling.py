"""What the source of a call carries: the flow as it is published now, what it may say, and how it meets answering machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.db import ScopedSession
from core.models import Tenant
from customers.profile import BY_REGION, profile_for
from flows import publish
from flows.language.flow import Flow


def call_content(
    session: ScopedSession,
    tenant: Tenant,
    flow_name: str,
    variables: Mapping[str, str],
    message_counts: bool = False,
) -> dict[str, Any]:
    """
    The content of a source that plays *flow_name*; `needs` are the variables every recipient has to bring. Raises NotFound if it is
    not published. *message_counts*: whoever has the flow's message on a machine was reached.
    """
    version = publish.published(session, tenant.id, flow_name)
    flow = publish.loaded(version.document)
    text = {"flow": version.hash, "needs": sorted(flow.missing({}))}
    said = {"texts": dict.fromkeys(flow.languages, text), "variables": dict(variables)}
    said |= {"team": flow.team} if flow.team else {}
    return {**said, "machine": _machine_terms(tenant, flow, message_counts)}


def _machine_terms(tenant: Tenant, flow: Flow, counts: bool) -> dict[str, Any]:
    """
    How the source's calls treat machines: the regions where one may be left the flow's message, and whether that counts.

    What the contact policy says is asked again for each machine: this only decides what the carrier listens for.
    """
    regions = {*BY_REGION, *tenant.policy.get("profiles", {}), tenant.region} if flow.machine else set()
    allowed = [r for r in regions if profile_for(tenant.policy, r).voice.machine == "message"]
    return {"message_in": sorted(allowed), "counts": counts}
