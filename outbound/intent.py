"""What a claim leaves behind for those who may be contacted: an attempt each, and a touch that frequency caps count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate, compress

from sqlalchemy.orm import Session

from core import clock
from core.bulk import insert_tuples, reserve_ids
from core.models import Tenant
from core.phone import region_of
from core.states import move_all
from customers.models import Touch
from customers.profile import profiles_for
from outbound.due import Due, pace
from outbound.models import Attempt, Delivery, Sender
from outbound.work import Work


def intend(
    session: Session,
    sender: Sender,
    allowed: Sequence[Due],
    costs: Mapping[int, int],
    now: datetime,
    lease_until: datetime,
) -> list[Work]:
    """
    An attempt, claimed until *lease_until* (real), and a touch for each of *allowed*; what to send.

    Whose address another claim has taken since we looked waits quietly for the end of that attempt, and is left out.
    A test to a number of our own leaves no touch: it is about no customer and counts for nobody.
    """
    if not allowed:
        return []
    ids = reserve_ids(session, Attempt, len(allowed))
    tokens = [clock.new_token() for _ in allowed]
    free = _write_attempts(session, sender, ids, tokens, allowed, costs, now, lease_until)
    kept = [attempt_id in free for attempt_id in ids]
    ids, tokens, allowed = (
        list(compress(ids, kept)),
        list(compress(tokens, kept)),
        list(compress(allowed, kept)),
    )
    if not allowed:
        return []
    _write_touches(session, tokens, allowed, now)
    claimed = Delivery.id.in_([delivery.id for delivery, _ in allowed])
    move_all(session, Delivery, claimed, "active", reason="", value="", attempts=Delivery.attempts + 1)
    places = [0, *accumulate(pace(delivery) for delivery, _ in allowed[:-1])]
    profiles = profiles_for(session.get_one(Tenant, sender.tenant_id).policy)
    return [
        Work(
            tenant_id=delivery.tenant_id,
            attempt_id=attempt_id,
            delivery_id=delivery.id,
            source_id=source.id,
            sender_id=sender.id,
            token=token,
            channel=delivery.channel,
            address=delivery.address,
            sender=sender.address,
            language=delivery.language,
            content=source.content,
            variables=delivery.variables,
            lease_until=lease_until,
            place=place,
            ring_s=profiles(region_of(delivery.address)).voice.ring_s,
        )
        for attempt_id, token, (delivery, source), place in zip(ids, tokens, allowed, places, strict=True)
    ]


def _write_attempts(
    session: Session,
    sender: Sender,
    ids: Sequence[int],
    tokens: Sequence[str],
    allowed: Sequence[Due],
    costs: Mapping[int, int],
    now: datetime,
    lease_until: datetime,
) -> set[int]:
    """In the order of addresses, which every claim keeps: none waits for another that waits for it. The ids written."""
    given = (
        "id",
        "tenant_id",
        "delivery_id",
        "source_id",
        "sender_id",
        "channel",
        "address",
        "token",
        "cost",
    )
    fixed = {
        "state": "claimed",
        "outcome": "",
        "code": "",
        "status": "",
        "duration_s": 0,
        "pages": 0,
        "answered_by": "",
        "left_message": False,
        "started_at": now,
        "lease_until": lease_until,
    }
    rows = (
        (
            attempt_id,
            delivery.tenant_id,
            delivery.id,
            source.id,
            sender.id,
            delivery.channel,
            delivery.address,
            token,
            costs.get(delivery.id, 0),
            *fixed.values(),
        )
        for attempt_id, token, (delivery, source) in sorted(
            zip(ids, tokens, allowed, strict=True), key=lambda one: one[2][0].address
        )
    )
    return set(insert_tuples(session, Attempt, (*given, *fixed), rows, only_free=True, returning="id"))


def _write_touches(session: Session, tokens: Sequence[str], allowed: Sequence[Due], now: datetime) -> None:
    given = ("tenant_id", "customer_id", "address", "channel", "purpose", "source", "campaign")
    fixed = {"direction": "out", "state": "intended", "at": now}
    rows = (
        (
            delivery.tenant_id,
            delivery.customer_id,
            delivery.address,
            delivery.channel,
            source.purpose,
            f"attempt:{token}",
            source.campaign,
            *fixed.values(),
        )
        for token, (delivery, source) in zip(tokens, allowed, strict=True)
        if delivery.customer_id is not None
    )
    insert_tuples(session, Touch, (*given, *fixed), rows)
