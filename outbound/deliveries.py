"""How others have something delivered: open a source, add deliveries, pause, stop, and read how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.bulk import in_chunks, insert_tuples
from core.states import move
from outbound.models import PRIORITIES, TRIAL, Attempt, Delivery, Source
from outbound.work import text_in

# what a fresh delivery has in common with others, what has not happened to it yet, and what is its own
COMMON = ("tenant_id", "source_id", "channel", "state", "created_at")
NOT_YET = {"reason": "", "value": "", "cause": "", "attempts": 0, "told": ""}
OWN = ("customer_id", "address", "language", "variables", "units", "due_at", "expires_at")


@dataclass(frozen=True)
class Wanted:
    """
    One thing to be brought to one address; *units* as its channel's `check` counts them.

    *due_at* and *expires_at* only if this person's differ from everybody's.
    """

    customer_id: int | None
    address: str
    language: str
    variables: Mapping[str, str]
    units: int = 1
    due_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Answered:
    """What an answered outbound call is about: the flow to play and what it may say."""

    tenant_id: int
    delivery_id: int
    customer_id: int | None
    flow: str
    language: str
    variables: Mapping[str, str]


def open_source(
    session: Session,
    tenant_id: int,
    name: str,
    *,
    channel: str,
    purpose: str,
    content: Mapping[str, Any],
    campaign: str = "",
    retries: Mapping[str, Any] | None = None,
    hours: Mapping[str, Any] | None = None,
) -> Source:
    """
    A new source called *name*, such as wave:12; nothing of it leaves before deliveries are added, nor, where its calls bring people
    to agents who stand by, before there are any.
    """
    team = "" if name.startswith(TRIAL) else content.get("team", "")
    source = Source(
        tenant_id=tenant_id,
        name=name,
        channel=channel,
        purpose=purpose,
        priority=PRIORITIES[purpose],
        state="open",
        campaign=campaign,
        content=dict(content),
        retries=dict(retries or {}),
        hours=dict(hours or {}),
        team=team,
        ceiling=0 if team else None,
        created_at=clock.now(),
    )
    session.add(source)
    session.flush()
    return source


def add(
    session: Session, source: Source, wanted: Sequence[Wanted], due_at: datetime, expires_at: datetime
) -> set[int | None]:
    """
    Have *wanted* delivered from *due_at* on, not after *expires_at*; the customers for whom that is new.

    An address that has a delivery of this source already gets no second one.
    """
    common = (source.tenant_id, source.id, source.channel, "pending", clock.now(), *NOT_YET.values())
    rows = [
        (
            *common,
            one.customer_id,
            one.address,
            one.language,
            dict(one.variables),
            one.units,
            one.due_at or due_at,
            one.expires_at or expires_at,
        )
        for one in wanted
    ]
    names, unless = (*COMMON, *NOT_YET, *OWN), ("source_id", "address")
    return set(insert_tuples(session, Delivery, names, rows, unless=unless, returning="customer_id"))


def pause(session: Session, source: Source, reason: str) -> None:
    """Let nothing more of *source* leave for now; what is claimed but not yet on its way is released."""
    move(session, source, "paused", reason=reason)


def resume(session: Session, source: Source) -> None:
    """Go on."""
    move(session, source, "open", reason="")


def stop(session: Session, source: Source, reason: str) -> int:
    """
    Let nothing more of *source* leave, ever; how many deliveries are given up. What is under way ends as it ends.

    It holds at once, however many they are: the rows themselves follow in the worker (outbound/following.py).
    """
    move(session, source, "stopped", reason=reason)
    waiting = (Delivery.source_id == source.id) & Delivery.state.in_(("pending", "held"))
    return session.scalar(select(func.count()).select_from(Delivery).where(waiting)) or 0


def bring_forward(session: Session, delivery_ids: Sequence[int], due_at: datetime) -> None:
    """Have some go before the others."""
    for chunk in in_chunks(delivery_ids):
        session.execute(update(Delivery).where(Delivery.id.in_(chunk)).values(due_at=due_at))


def ask_again(session: Session, source: Source, rules: Sequence[str]) -> None:
    """
    Have whoever waits because of *rules* decided anew. The rows follow in the worker: there may be many.
    """
    asked = [rule for rule in source.asks_again.split(",") if rule]
    source.asks_again = ",".join(dict.fromkeys([*asked, *rules]))


def close(session: Session, source: Source) -> None:
    """Everything of *source* has ended."""
    move(session, source, "done")


def tell(session: Session, heard: Mapping[str, Sequence[int]], listener: str = "told") -> set[int]:
    """
    Note that whoever asked for these deliveries has heard how they ended, ids by state; the ids for which that is news.

    *listener* is the column of Delivery that remembers it: told, or registered.

    What has moved on since it was read is left out: it is news once more.
    """
    news: set[int] = set()
    for state, ids in heard.items():
        for chunk in in_chunks(ids):
            mine = (Delivery.id.in_(chunk), Delivery.state == state, getattr(Delivery, listener) != state)
            told = update(Delivery).where(*mine).values({listener: state}).returning(Delivery.id)
            news.update(session.scalars(told, execution_options={"synchronize_session": False}))
    return news


def answered(session: Session, token: str) -> Answered | None:
    """The delivery whose call under attempt *token* was just answered."""
    found = session.execute(
        select(Delivery, Source)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .join(Source, Source.id == Delivery.source_id)
        .where(Attempt.token == token, Attempt.channel == "voice")
    ).one_or_none()
    if found is None:
        return None
    return about(*found)


def about(delivery: Delivery, source: Source) -> Answered:
    """What a call for *delivery* plays and may say."""
    return Answered(
        tenant_id=delivery.tenant_id,
        delivery_id=delivery.id,
        customer_id=delivery.customer_id,
        flow=str(text_in(source.content, delivery.language)["flow"]),
        language=delivery.language,
        variables={**source.content.get("variables", {}), **delivery.variables},
    )
