"""What nobody need tell or ask a customer any more, once his job is ready, or over."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import outreach
from aftersales.models import ExtraWork, FollowUp, WorkOrder
from core.states import move, move_all

# the follow-up that tells a customer that his date will not be kept
PROMISE = "promise"
EXTRA_WORK, PICK_UP, QUOTE = "extra_work", "pick_up", "quote"
UNSETTLED = ("found", "asked", "unanswered")
MOVED_ON = "moved_on"


def on_ready(session: Session, order: WorkOrder) -> None:
    """It will not be late."""
    _give_up(session, order, PROMISE)


def on_over(session: Session, order: WorkOrder) -> None:
    """Nothing more can be done to it, and it is not waiting to be fetched."""
    for kind in (PICK_UP, QUOTE):
        outreach.withdraw(session, order.tenant_id, kind, order.id, MOVED_ON)
    mine = select(ExtraWork).where(ExtraWork.work_order_id == order.id, ExtraWork.state.in_(UNSETTLED))
    for extra in session.scalars(mine).all():
        move(session, extra, "withdrawn")
        outreach.withdraw(session, order.tenant_id, EXTRA_WORK, extra.id, MOVED_ON)
    for step in (EXTRA_WORK, PICK_UP, QUOTE):
        _give_up(session, order, step)


def _give_up(session: Session, order: WorkOrder, step: str) -> None:
    mine = (FollowUp.work_order_id == order.id) & (FollowUp.step == step)
    move_all(session, FollowUp, mine, "cancelled", reason=MOVED_ON)
