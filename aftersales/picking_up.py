"""The customer hears that the job is ready (R-57), by lines of ours where the company wants that."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from aftersales import outreach, settings
from aftersales.models import WorkOrder
from aftersales.order_facts import facts
from aftersales.outreach import Wish
from core import clock
from core.models import Tenant

KIND = "pick_up"
# who could not be told by then is called by a person
WITHIN = timedelta(days=1)


def on_ready(session: Session, tenant: Tenant, order: WorkOrder) -> None:
    """Have the customer told, once a job, if the company wants that."""
    if channels := settings.of(tenant).automated.pick_up:
        by = clock.now() + WITHIN
        wish = Wish(
            KIND, f"{KIND}:{order.id}", order.customer_id, order.id, channels, facts(session, order), by,
            work_order_id=order.id,
        )  # fmt: skip
        outreach.begin(session, tenant.id, wish)
