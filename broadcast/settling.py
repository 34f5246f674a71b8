"""
Carries how deliveries ended over to the recipients, and sends those not reached on: to their next number, to the next wave.

`read` finds out what there is to do and who goes where; `write` does it in one transaction under the campaign's lock. What
moved on in between is left out and is news once more, so both may be interrupted anywhere and repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from broadcast.models import PREPARED, Campaign, Recipient
from broadcast.news import News, ending, unheard
from broadcast.routing import Candidate, Route, route
from broadcast.waves import Open, add, opened
from core import clock
from core.bulk import in_chunks
from core.db import ScopedSession
from core.errors import Conflict
from core.states import move_each
from outbound import deliveries, locking
from outbound.success import stop_rest

MAX_AT_ONCE = 5_000


@dataclass(frozen=True)
class Plan:
    """News of a campaign while it was *under_way*, or not any more, and by what those who go on are tried next."""

    is_under_way: bool
    news: Sequence[News]
    routes: Mapping[int, Route]


def read(session: ScopedSession, campaign: Campaign) -> Plan:
    """What is to be settled of *campaign*, some thousand ends at a time. It only reads."""
    news = unheard(session, campaign, MAX_AT_ONCE)
    is_under_way = campaign.state in PREPARED
    if not news or not is_under_way:
        return Plan(is_under_way, news, {})
    waves = opened(session, campaign)
    goers = [goer for one in news if (goer := _goer(one, waves))]
    routes, _ = route(session, campaign, waves, goers)
    return Plan(is_under_way, news, {int(one.wanted.customer_id or 0): one for one in routes})


def _goer(one: News, waves: Sequence[Open]) -> Candidate | None:
    """Where somebody goes on who was not reached. What is unknown may have reached them: that goes no further."""
    if one.state not in ("failed", "blocked", "expired") or one.customer_id is None:
        return None
    since = one.ended_at or clock.now()
    step = waves[one.position - 1].step
    if one.state == "failed" and one.cause in step.next_number:
        return Candidate(one.customer_id, one.position, since, until=one.expires_at)
    return Candidate(one.customer_id, one.position + 1, since)


def write(session: ScopedSession, campaign: Campaign, plan: Plan) -> int:
    """
    Write down what `read` found of *campaign*, which is locked; how many recipients that concerned.

    Raises Conflict if the campaign was stopped meanwhile, or a number was taken: nothing of it may stay then.
    """
    if plan.is_under_way != (campaign.state in PREPARED):
        raise Conflict("changed", "campaign {id} is {state} meanwhile", id=campaign.id, state=campaign.state)
    locking.customers(session, [one.customer_id for one in plan.news if one.customer_id is not None])
    heard: dict[str, list[int]] = {}
    for one in plan.news:
        heard.setdefault(one.state, []).append(one.delivery_id)
    told = deliveries.tell(session, heard)
    fresh = [one for one in plan.news if one.delivery_id in told]
    moves = _Moves(_recipients(session, campaign, fresh), plan.routes)
    for one in sorted(fresh, key=lambda one: one.state != "reached"):
        moves.add(one)
    for to, rows in moves.rows.items():
        if move_each(session, Recipient, rows, to) != len(rows):
            raise Conflict("changed", "recipients of campaign {id} have moved meanwhile", id=campaign.id)
    for wave in opened(session, campaign) if moves.onward else ():
        wanted = [one.wanted for one in moves.onward if one.position == wave.position]
        add(session, wave, wanted, moves.newcomers[wave.position])
    stop_rest(session, [one.delivery_id for one in fresh if one.state == "reached"], clock.now())
    return sum(map(len, moves.rows.values()))


@dataclass
class _Standing:
    """A recipient as it stands while news is gone through."""

    id: int
    at: str
    cause: str


def _recipients(
    session: ScopedSession, campaign: Campaign, news: Iterable[News]
) -> dict[int | None, _Standing]:
    found: dict[int | None, _Standing] = {}
    for ids in in_chunks(sorted({one.customer_id for one in news if one.customer_id is not None})):
        rows = session.execute(
            select(Recipient.customer_id, Recipient.id, Recipient.state, Recipient.cause).where(
                Recipient.campaign_id == campaign.id, Recipient.customer_id.in_(ids)
            )
        )
        found.update({row.customer_id: _Standing(row.id, row.state, row.cause) for row in rows})
    return found


class _Moves:
    """Sums news up into what recipients become and what they are brought next."""

    def __init__(self, recipients: Mapping[int | None, _Standing], routes: Mapping[int, Route]) -> None:
        self.recipients, self.routes = recipients, routes
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.onward: list[Route] = []
        self.newcomers: Counter[int] = Counter()

    def add(self, one: News) -> None:
        standing = self.recipients.get(one.customer_id)
        if standing is None:
            return
        ends_at = one.ended_at or clock.now()
        cause = one.cause or standing.cause
        if one.state == "reached":
            if standing.at != "reached":
                self._move(standing, "reached", position=one.position, reason="", ended_at=ends_at)
        elif one.state == "unknown":
            if standing.at == "open":
                self._move(standing, "unknown", reason=one.rule, ended_at=ends_at)
        elif standing.at in ("open", "unknown"):
            if onward := self.routes.get(one.customer_id or 0):
                self.onward.append(onward)
                self.newcomers[onward.position] += onward.position != one.position
                self._move(
                    standing, "open", position=onward.position, reason=one.rule, cause=cause, ended_at=None
                )
                return
            to, reason = ending(one.state, one.rule, cause)
            self._move(standing, to, reason=reason, cause=cause, ended_at=ends_at)

    def _move(self, standing: _Standing, to: str, **values: Any) -> None:
        self.rows.setdefault(to, []).append({"id": standing.id, **values})
        standing.at = to
