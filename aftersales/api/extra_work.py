"""Work found on the way, and what the customer says to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import AwareDatetime, Field

from aftersales import extra_work, outreach, work_orders
from aftersales.api.work_orders import EDITORS
from aftersales.models import ExtraWork
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.models import READERS
from core.runtime import runtime

bp = Blueprint("extra_work_api", __name__, url_prefix=PREFIX)


class NewExtraWork(Sent):
    """What was found, its price in hundredths, and until when the customer can answer."""

    item: Annotated[Text, Field(min_length=1, max_length=100)]
    price_cents: Annotated[int, Field(ge=0, le=10**11)]
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    answer_by: AwareDatetime


class Answer(Sent):
    """What the customer said in person: *proof* is when, how and in which words."""

    answer: Literal["agreed", "refused"]
    proof: Annotated[Text, Field(min_length=1, max_length=400)]


class ExtraWorkTold(Told):
    """Work found on the way. *proof* says where the answer is kept."""

    id: int
    work_order_id: int
    item: str
    price_cents: int
    currency: str
    state: str
    asked_at: datetime | None
    answer_by: datetime | None
    answered_at: datetime | None
    proof: str


class OutreachTold(Told):
    """What a line of ours told or asked: its state, and why it came to nothing."""

    id: int
    kind: str
    state: str
    reason: str
    answer: str
    answered_at: datetime | None


class OfOrder(Told):
    """What was found in a job, and what lines of ours told and asked its customer."""

    extra_work: list[ExtraWorkTold]
    outreach: list[OutreachTold]


def _told(extra: ExtraWork) -> ExtraWorkTold:
    return ExtraWorkTold.model_validate(extra)


@bp.get("/work-orders/<int:order_id>/extra-work")
@endpoint(*READERS, tag="work orders", answer=OfOrder)
def list_extra_work(order_id: int) -> OfOrder:
    """What was found in a job, and what its customer was told and asked."""
    with runtime().database.reading(caller().tenant_id) as session:
        order = work_orders.get(session, order_id)
        return OfOrder(
            extra_work=[_told(one) for one in work_orders.extra_of(session, order.id)],
            outreach=[OutreachTold.model_validate(one) for one in outreach.of_order(session, order.id)],
        )


@bp.post("/work-orders/<int:order_id>/extra-work")
@endpoint(*EDITORS, tag="work orders", body=NewExtraWork, answer=ExtraWorkTold, status=201)
def ask_extra_work(order_id: int, body: NewExtraWork) -> ExtraWorkTold:
    """Have the customer asked by call, then by text; the same work found again is asked about once."""
    session = writing()
    order = work_orders.get(session, order_id, for_update=True)
    found = extra_work.Found(body.item, body.price_cents, body.answer_by, body.currency)
    return _told(extra_work.ask(session, caller().tenant, order, found, caller().who))


@bp.post("/extra-work/<int:extra_id>/answer")
@endpoint(*EDITORS, tag="work orders", body=Answer, answer=ExtraWorkTold)
def answer_extra_work(extra_id: int, body: Answer) -> ExtraWorkTold:
    """The customer said so in person. An answer counts once: the second is 409."""
    session = writing()
    extra = extra_work.get(session, extra_id)
    extra_work.answer(session, extra, body.answer == "agreed", body.proof, caller().who)
    return _told(extra)
