"""
Work found on the way: the customer is asked by lines of ours, and agrees or refuses once, with proof (R-56).

Whoever has not answered by the deadline is called by a person, whose word counts the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import outreach, settings, work_orders
from aftersales.models import ExtraWork, FollowUp, Outreach, WorkOrder
from aftersales.order_facts import facts
from aftersales.outreach import Wish
from aftersales.said import said_price, said_time
from core import audit, clock
from core.db import MAX_ID, clean
from core.errors import Conflict, Fault, Invalid, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from core.states import move, move_all

KIND = "extra_work"
MAX_ITEM, MAX_PRICE_CENTS, MAX_PROOF = 100, 10**11, 400
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True)
class Found:
    """What was found, what it costs (hundredths of *currency*, the job's if "") and until when the customer can say."""

    item: str
    price_cents: int
    answer_by: datetime
    currency: str = ""


def ask(session: Session, tenant: Tenant, order: WorkOrder, found: Found, who: str) -> ExtraWork:
    """
    Have the customer of *order* asked about work that was *found*: the same work found again is asked about once.

    The job waits at extra_work meanwhile. Raises WrongFields, or Conflict for a job that is over.
    """
    item, currency = clean(found.item).strip(), found.currency or order.currency
    _check(found, item, currency)
    if order.state in work_orders.OVER:
        raise Conflict("over", "work order {number} is over; open a new one", number=order.number)
    mine = select(ExtraWork).where(ExtraWork.work_order_id == order.id, ExtraWork.item == item)
    same = mine.where(ExtraWork.price_cents == found.price_cents, ExtraWork.state != "withdrawn")
    if again := session.scalar(same):
        return again
    now = clock.now()
    extra = ExtraWork(
        tenant_id=tenant.id, work_order_id=order.id, item=item, price_cents=found.price_cents, currency=currency, state="found",
        answer_by=found.answer_by, created_by=who, created_at=now,
    )  # fmt: skip
    session.add(extra)
    session.flush()
    if KIND in WorkOrder.STATES[order.state]:
        work_orders.advance(session, tenant, order, KIND, who)
    work_orders.note(session, order, "extra_asked", who, value=item[:60])
    move(session, extra, "asked", asked_at=now)
    audit.record(session, tenant.id, who, "extra_work_asked", f"work_order:{order.id}", item=item)
    outreach.begin(session, tenant.id, _wish(session, tenant, order, extra))
    return extra


def answer(
    session: Session, extra: ExtraWork, is_agreed: bool, proof: str, who: str, at: datetime | None = None
) -> None:
    """The customer agrees or refuses, once: *proof* says where that is kept. Raises Invalid without proof, Conflict the second time."""
    words = clean(proof) if isinstance(proof, Sentence) else clean(proof).strip()
    if not words:
        raise Invalid("missing", "write down who said so, when and how")
    if len(words) > MAX_PROOF and not isinstance(words, Sentence):
        raise Invalid("too_long", "shorten this to {most} characters", most=MAX_PROOF)
    if extra.state not in ("asked", "unanswered"):
        raise Conflict("answered", "this was answered already; an answer counts once")
    to = "agreed" if is_agreed else "refused"
    move(session, extra, to, proof=words, answered_at=at or clock.now())
    order = work_orders.get(session, extra.work_order_id)
    if is_agreed:
        order.items = [*order.items, {"text": extra.item, "price_cents": extra.price_cents}]
        order.currency = order.currency or extra.currency
    work_orders.note(
        session,
        order,
        f"extra_{to}",
        who,
        value=extra.item[:60],
        text="" if isinstance(words, Sentence) else words,
    )
    audit.record(session, extra.tenant_id, who, f"extra_work_{to}", f"work_order:{order.id}", item=extra.item)
    _settle(session, extra, "answered")


def unanswered(session: Session, extra: ExtraWork) -> None:
    """No line got an answer: a person has to call. Nothing if there is one."""
    move_all(session, ExtraWork, (ExtraWork.id == extra.id) & (ExtraWork.state == "asked"), "unanswered")
    session.refresh(extra)


def withdraw(session: Session, extra: ExtraWork, who: str) -> None:
    """It need not be asked any more. Raises Conflict once it was answered."""
    move(session, extra, "withdrawn")
    audit.record(session, extra.tenant_id, who, "extra_work_withdrawn", f"work_order:{extra.work_order_id}", item=extra.item)  # fmt: skip
    _settle(session, extra, "withdrawn")


def get(session: Session, extra_id: int) -> ExtraWork:
    """Work found on the way, of the session's tenant, locked. Raises NotFound."""
    one = select(ExtraWork).where(ExtraWork.id == min(extra_id, MAX_ID)).with_for_update()
    found = session.scalar(one)
    if found is None:
        raise NotFound("no_extra_work", "there is no such extra work")
    return found


def _settle(session: Session, extra: ExtraWork, why: str) -> None:
    """Nobody asks any more, by any line or in person."""
    outreach.withdraw(session, extra.tenant_id, KIND, extra.id, why)
    asked = select(Outreach.id).where(Outreach.kind == KIND, Outreach.subject_id == extra.id)
    keys = [f"outreach:{one}" for one in session.scalars(asked)]
    calls = (FollowUp.tenant_id == extra.tenant_id) & FollowUp.key.in_(keys)
    move_all(session, FollowUp, calls, "cancelled", reason=why)
    session.flush()


def _wish(session: Session, tenant: Tenant, order: WorkOrder, extra: ExtraWork) -> Wish:
    language = outreach.language_of(session, tenant, order.customer_id)
    by = extra.answer_by or clock.now()
    variables = {
        **facts(session, order),
        "item": extra.item,
        "price": said_price(extra.price_cents, extra.currency, language),
        "until": said_time(by, settings.days_of(tenant).clock, language),
    }
    return Wish(
        KIND, f"{KIND}:{extra.id}", order.customer_id, extra.id, settings.of(tenant).automated.extra_work, variables,
        by, work_order_id=order.id,
    )  # fmt: skip


def _check(found: Found, item: str, currency: str) -> None:
    faults = []
    if not 1 <= len(item) <= MAX_ITEM:
        faults.append(
            Fault(
                "item",
                "bad_item",
                Sentence("say what is to be done, in at most {most} characters", most=MAX_ITEM),
            )
        )
    if not 0 <= found.price_cents <= MAX_PRICE_CENTS:
        faults.append(Fault("price_cents", "bad_price", "enter the price in hundredths, not below 0"))
    if not CURRENCY.fullmatch(currency):
        faults.append(Fault("currency", "bad_currency", "enter a currency, such as CNY"))
    if found.answer_by <= clock.now():
        faults.append(Fault("answer_by", "bad_time", "enter a day and a time after now"))
    if faults:
        raise WrongFields(faults)
