"""Which flow answers which of our numbers."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from core.db import ScopedSession
from core.errors import Conflict, Invalid
from core.models import Tenant
from core.phone import to_e164
from flows import publish
from ivr.models import HotlineNumber


def answer(
    session: ScopedSession,
    tenant: Tenant,
    number: str,
    flow: str,
    forward_to: str = "",
    variables: Mapping[str, str] | None = None,
) -> HotlineNumber:
    """
    Let the published *flow* answer *number* from the next snapshot on; calls that cannot go on are sent to *forward_to*.

    *variables* are what the flow says or dials besides the company's name, such as roadside_number; None leaves them as
    they are.

    Raises Invalid, NotFound or Conflict saying what to enter.
    """
    address = to_e164(number, tenant.region)
    person = to_e164(forward_to, tenant.region) if forward_to else ""
    if person == address:
        raise Conflict("forwards_to_itself", "a hotline cannot forward to its own number")
    version = publish.published(session, tenant.id, flow)
    known = publish.loaded(version.document).variables
    if unknown := sorted(set(variables or ()) - known.keys()):
        raise Invalid(
            "unknown_variable",
            "the flow {flow!r} says nothing called {unknown}; it has: {known}",
            flow=flow,
            unknown=unknown,
            known=known,
        )
    found = session.scalar(select(HotlineNumber).where(HotlineNumber.address == address))
    if found is None:
        found = HotlineNumber(tenant_id=tenant.id, address=address, flow=flow, forward_to=person)
        session.add(found)
    found.flow, found.forward_to = flow, person
    if variables is not None:
        found.variables = dict(variables)
    session.flush()
    return found
