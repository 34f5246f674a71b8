"""Which flow answers which of our numbers."""

from __future__ import annotations

from sqlalchemy import select

from core.db import ScopedSession
from core.errors import Conflict
from core.models import Tenant
from core.phone import to_e164
from flows import publish
from ivr.models import HotlineNumber


def answer(
    session: ScopedSession, tenant: Tenant, number: str, flow: str, forward_to: str = ""
) -> HotlineNumber:
    """
    Let the published *flow* answer *number* from the next snapshot on; calls that cannot go on are sent to *forward_to*.

    Raises Invalid, NotFound or Conflict saying what to enter.
    """
    address = to_e164(number, tenant.region)
    person = to_e164(forward_to, tenant.region) if forward_to else ""
    if person == address:
        raise Conflict("forwards_to_itself", "a hotline cannot forward to its own number")
    publish.published(session, tenant.id, flow)
    found = session.scalar(select(HotlineNumber).where(HotlineNumber.address == address))
    if found is None:
        found = HotlineNumber(tenant_id=tenant.id, address=address, flow=flow, forward_to=person)
        session.add(found)
    found.flow, found.forward_to = flow, person
    session.flush()
    return found
