"""How outreach ended: what was answered, by call or text, is taken once; else the next channel follows, or a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from aftersales import calls_made, details, outreach, outreach_answers
from aftersales.bringing import ENDED, heard
from aftersales.calls_made import LATEST_WORDS
from aftersales.models import CallRecord, Letter, Outreach
from aftersales.outreach import SLICE, try_next
from aftersales.outreach_answers import ASKED
from aftersales.outreach_kinds import KINDS
from core import clock
from core.db import ScopedSession
from core.models import Tenant
from core.sentences import Sentence
from core.states import move
from outbound.models import Attempt, Delivery, InboundText

ASKED_ABOUT = ("item", "price", "slot", "first", "second", "third")


def arrange(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """Begin what is due; how many were looked at, at most SLICE."""
    found = outreach.due(session, tenant, now)
    for one in found:
        if _is_needed(session, tenant, one) and (why := try_next(session, tenant, one, "no_channel")):
            _fail(session, tenant, one, why)
    return len(found)


def hear(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """See what became of what is on its way; how many were settled or went on to another channel."""
    return _answered(session, tenant) + _ended(session, tenant, now) + _posted(session, tenant)


def _answered(session: ScopedSession, tenant: Tenant) -> int:
    """Answers count the moment they are known, and once: the first."""
    may_answer = Outreach.state.in_(("sent", "told", "failed")) & (Outreach.answer == "")
    mine = select(Outreach).where(Outreach.tenant_id == tenant.id, may_answer)
    call = (
        select(Attempt.id)
        .join(CallRecord, CallRecord.call_id == Attempt.carrier_id)
        .where(Attempt.delivery_id == Outreach.call_id, CallRecord.noted_at.is_(None))
        .exists()
    )
    text = (
        select(InboundText.id)
        .where(InboundText.delivery_id == Outreach.text_id, InboundText.answer != "")
        .exists()
    )
    found = session.scalars(mine.where(or_(call, text)).limit(SLICE).with_for_update(skip_locked=True)).all()
    return sum(_take(session, tenant, one) for one in found)


def _take(session: ScopedSession, tenant: Tenant, one: Outreach) -> bool:
    said = _keyed(session, one) or _texted(session, one)
    if said is None:
        return False
    answer, proof, at = said
    if answer == ASKED:
        if one.state == "sent":
            _fail(session, tenant, one, ASKED)
        return True
    move(session, one, "answered", answer=answer, proof=proof, answered_at=at)
    outreach.stop_lines(session, one)
    outreach_answers.answered(session, tenant, one)
    return True


def _keyed(session: Session, one: Outreach) -> tuple[str, Sentence, datetime] | None:
    """What was keyed in in a call of *one*; that call's record is complete then."""
    question = KINDS[one.kind].question
    calls = select(CallRecord).join(Attempt, Attempt.carrier_id == CallRecord.call_id)
    for record in session.scalars(calls.where(Attempt.delivery_id == one.call_id).order_by(CallRecord.id)):
        if answer := record.answers.get(question, ""):
            record.noted_at = clock.now()
            proof = Sentence(
                "call {id}, {at} UTC, {number}: {answer}",
                id=record.call_id,
                at=f"{record.at:%Y-%m-%d %H:%M}",
                number=record.address,
                answer=details.told({question: answer}),
            )
            return answer, _whole(one, proof), record.at
    return None


def _texted(session: Session, one: Outreach) -> tuple[str, Sentence, datetime] | None:
    if one.text_id is None:
        return None
    mine = select(InboundText).where(InboundText.delivery_id == one.text_id, InboundText.answer != "")
    text = session.scalars(mine.order_by(InboundText.id).limit(1)).first()
    if text is None:
        return None
    said = Sentence(
        'text {id}, {at} UTC, {number}: "{body}"',
        id=text.carrier_id,
        at=f"{text.at:%Y-%m-%d %H:%M}",
        number=text.from_address,
        body=text.body[:100],
    )
    return text.answer, _whole(one, said), text.at


def _whole(one: Outreach, said: Sentence) -> Sentence:
    """*said* with what the answer was about, as it was put."""
    asked = [one.variables[name] for name in ASKED_ABOUT if one.variables.get(name)]
    return Sentence("{said}; asked: {asked}", said=said, asked=asked) if asked else said


def _ended(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    tries = Outreach.call_id, Outreach.text_id, Outreach.fax_id
    later = aliased(Delivery)
    last = Delivery.id.in_(tries) & ~exists().where(later.id.in_(tries), later.id > Delivery.id)
    over = Delivery.state.in_(ENDED) & (Delivery.ended_at <= now - LATEST_WORDS)
    news = (
        select(Outreach, Delivery)
        .join(Delivery, last)
        .where(Outreach.tenant_id == tenant.id, Outreach.state == "sent", Outreach.letter_id.is_(None), over)
        # a text that arrived waits for its reply
        .where(or_(Delivery.channel != "sms", Delivery.state != "reached", Outreach.kind.not_in(ASKING), Outreach.expires_at <= now))
        .order_by(Outreach.id)
        .limit(SLICE)
    )  # fmt: skip
    found = session.execute(news.with_for_update(of=Outreach, skip_locked=True)).all()
    for one, delivery in found:
        _end(session, tenant, one, delivery)
    return len(found)


ASKING = tuple(name for name, kind in KINDS.items() if kind.question)


def _end(session: ScopedSession, tenant: Tenant, one: Outreach, delivery: Delivery) -> None:
    heard(session, delivery)
    if delivery.channel == "voice":
        calls_made.put(session, delivery)
    why = _why_not(session, one, delivery)
    if not why:
        move(session, one, "told", reason="")
        outreach_answers.told(session, tenant, one)
    elif _is_needed(session, tenant, one) and (why == ASKED or (why := try_next(session, tenant, one, why))):
        _fail(session, tenant, one, why)


def _is_needed(session: Session, tenant: Tenant, one: Outreach) -> bool:
    if found := outreach_answers.is_needed(session, tenant, one):
        return found
    move(session, one, "withdrawn", reason="not_needed")
    return False


def _why_not(session: Session, one: Outreach, delivery: Delivery) -> str:
    """Why the customer does not know, or has not answered; "" if he was told and nothing was asked."""
    if delivery.state != "reached":
        return delivery.cause or delivery.reason or "no_time"
    if delivery.channel != "voice":
        return "no_answer" if delivery.channel == "sms" and one.kind in ASKING else ""
    taken = select(Attempt.carrier_id).where(Attempt.delivery_id == delivery.id, Attempt.outcome == "reached")
    record = session.scalar(select(CallRecord).where(CallRecord.call_id.in_(taken)))
    if record is None or record.outcome == "no_content":
        return "hung_up"
    record.noted_at = record.noted_at or clock.now()
    if outreach_answers.asked_for_person(session, one.tenant_id, record):
        return ASKED
    return "no_answer" if one.kind in ASKING else ""


def _posted(session: ScopedSession, tenant: Tenant) -> int:
    """What somebody has posted is told; what is not to be posted was not."""
    news = (
        select(Outreach, Letter.state)
        .join(Letter, Letter.id == Outreach.letter_id)
        .where(Outreach.tenant_id == tenant.id, Outreach.state == "sent", Letter.state != "made")
    )
    found = session.execute(news.order_by(Outreach.id).limit(SLICE)).all()
    for one, state in found:
        if state == "failed":
            _fail(session, tenant, one, "not_posted")
        else:
            move(session, one, "told", reason="")
            outreach_answers.told(session, tenant, one)
    return len(found)


def _fail(session: ScopedSession, tenant: Tenant, one: Outreach, why: str) -> None:
    move(session, one, "failed", reason=why)
    outreach.stop_lines(session, one)
    outreach_answers.failed(session, tenant, one)
