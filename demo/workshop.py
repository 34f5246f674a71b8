"""
What is in the demo company's workshop on the first morning: jobs at every step, some late, files to complete, some complete.

Made through the functions staff and the workshop's system use, from the customers there are; the same every time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import files, settings, work_orders
from aftersales.models import WorkOrder
from aftersales.models.work_orders import STEPS
from aftersales.settings import AfterSales, Automated
from core.models import Tenant
from customers.models import Vehicle

WHO = "chen.yu@lakeside.example"
USUAL_DAYS = {"service": 1, "brakes": 2, "gearbox": 14, "bodywork": 7}
WORK = {
    "service": [("Oil and filter", 48_000), ("保养检查", 12_000)],
    "brakes": [("Brake pads, front", 86_000)],
    "gearbox": [("变速箱大修", 980_000)],
    "bodywork": [("Door, repaint", 260_000)],
}
# how many jobs stand at each step
AT = {
    "reception": 5,
    "intake": 5,
    "workshop": 9,
    "extra_work": 3,
    "taken_back": 3,
    "ready": 5,
    "delivered": 12,
    "cancelled": 2,
}
# the first call is a survey by a line of ours, what comes of it a person's
PLAN = (settings.PLAN[0].model_copy(update={"by": "call_then_person"}), settings.PLAN[1])
AUTOMATED = Automated(days_for_person=2, pick_up=("voice", "sms"))
# jobs handed over so long ago that the first call is due on the first morning
HANDED_OVER, CALLED_AFTER = 12, timedelta(days=4)
FIRST_JOB = 4100
LATE_EVERY, URGENT_EVERY, FILED_EVERY, VISITS = 4, 9, 2, 3


def fill(session: Session, tenant: Tenant, now: datetime) -> int:
    """Open the jobs, unless there are any; how many."""
    if session.scalar(select(WorkOrder.id).limit(1)) is not None:
        return 0
    settings.change(session, tenant, AfterSales(repair_days=USUAL_DAYS, plan=PLAN, automated=AUTOMATED), WHO)
    steps = [step for step, count in AT.items() for _ in range(count)]
    most = len(steps) + VISITS + HANDED_OVER
    vehicles = session.scalars(select(Vehicle).order_by(Vehicle.id).limit(most)).all()
    for index, (step, kind, vehicle) in enumerate(zip(steps, cycle(WORK), vehicles, strict=False)):
        _job(session, tenant, now, index, step, kind, vehicle)
    for vehicle in vehicles[len(steps) : len(steps) + VISITS]:
        files.open_file(
            session, tenant, intake="visit", customer_id=vehicle.customer_id, vehicle_id=vehicle.id, who=WHO,
            at=now - timedelta(hours=20),
        )  # fmt: skip
    handed_over = vehicles[len(steps) + VISITS :]
    for index, (kind, vehicle) in enumerate(zip(cycle(WORK), handed_over, strict=False)):
        _job(session, tenant, now - CALLED_AFTER, len(steps) + index, "delivered", kind, vehicle)
    return len(steps) + len(handed_over)


def _job(
    session: Session, tenant: Tenant, now: datetime, index: int, step: str, kind: str, vehicle: Vehicle
) -> None:
    """One job, received some days ago and taken on at even intervals to where it stands now."""
    received = now - timedelta(days=1 + index % 5, hours=index % 7)
    is_late = index % LATE_EVERY == 0
    order = work_orders.open_order(
        session, tenant, number=f"WS-{FIRST_JOB + index}", customer_id=vehicle.customer_id, vehicle_id=vehicle.id, kind=kind,
        items=[{"text": text, "price_cents": price} for text, price in WORK[kind]], received_at=received,
        promised_at=received + timedelta(hours=20) if is_late else None, origin="workshop:demo", who=WHO,
    )  # fmt: skip
    order.currency, order.odometer_km = "CNY", 8_000 + 1_370 * index
    passed = (
        [step]
        if step == "cancelled"
        else [each for each in STEPS[1 : STEPS.index(step) + 1] if each != "extra_work"]
    )
    if step == "extra_work":
        passed.append(step)
    every = (now - received) / (len(passed) + 1)
    if index % URGENT_EVERY == 0 and step not in work_orders.OVER:
        work_orders.urge(session, tenant, order, WHO, "travels tomorrow")
    for place, each in enumerate(passed, 1):
        work_orders.advance(session, tenant, order, each, "workshop:demo", at=received + place * every)
        if each == "workshop":
            work_orders.hand_over(session, tenant, order, "workshop", WHO)
    file = files.of_order(session, order.id)
    if file and index % FILED_EVERY:
        files.complete(
            session, tenant, file, next_topic="5,000 km: 保养", next_contact_at=now + timedelta(days=60 + index),
            service_items="; ".join(text for text, _ in WORK[kind]), who=WHO,
        )  # fmt: skip
