"""
What the queue does at the carrier: rings agents, takes callers out of its queue, rings customers back.

Whatever happens wakes the floor of its tenant: who waits is offered to who is free, in one transaction, and only then are
telephones rung. Rows hold the truth; a wake that is lost costs a tick of the worker.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from core import clock
from core.carriers.base import Accepted, Call, Refused
from core.carriers.base import Unavailable as NotSent
from core.db import ALL_TENANTS
from core.errors import Unavailable
from core.models import Tenant
from core.runtime import Runtime
from customers.suppression import suppressed
from ivr.queue import offering, pacing, stand_bys
from ivr.queue.models import Offer, StandBy, Waiter
from ivr.queue.offering import Offered
from ivr.queue.stand_bys import Standing
from outbound.models import Sender

log = logging.getLogger(__name__)
LONGEST_S = 4 * 3600


def _number_of(tenant_id: int) -> Select[str]:
    """A number of ours to ring from."""
    ours = select(Sender.address).where(Sender.tenant_id == tenant_id, Sender.channel == "voice")
    return ours.order_by(Sender.state, Sender.id).limit(1)


class Floor:
    """The queues of one process."""

    def __init__(self, runtime: Runtime, pool: ThreadPoolExecutor) -> None:
        self._runtime, self._pool = runtime, pool

    def wake(self, tenant_id: int) -> None:
        """Something has changed: see to it soon."""
        self._pool.submit(self._seen_to, tenant_id)

    def _seen_to(self, tenant_id: int) -> None:
        try:
            self.summon(tenant_id)
            self.assign(tenant_id)
        except (SQLAlchemyError, OSError) as error:
            log.error("tenant %d: nobody is offered now: %s", tenant_id, type(error).__name__)

    def pace(self, tenant_id: int) -> None:
        """Who stands by has changed: see to how many calls of ours they can take."""
        try:
            with self._runtime.database.session(tenant_id) as session:
                pacing.pace(session, session.get_one(Tenant, tenant_id), clock.now())
        except (SQLAlchemyError, OSError) as error:
            # the next tick of the worker does it
            log.error("tenant %d: the pace stays as it is: %s", tenant_id, type(error).__name__)

    def summon(self, tenant_id: int) -> int:
        """Have the telephones of those rung who want to stand by; how many."""
        with self._runtime.database.session(tenant_id) as session:
            asked = stand_bys.to_ring(session)
        for token in asked:
            self._pool.submit(self._summoned, token)
        return len(asked)

    def _summoned(self, token: str) -> None:
        try:
            self.ring_to_stand_by(token)
        except (SQLAlchemyError, OSError) as error:
            # the time to answer runs out, and the agent asks again
            log.error("an agent is not rung: %s", type(error).__name__)

    def ring_to_stand_by(self, token: str) -> None:
        """Ring the agent who wants to stand by."""
        with self._runtime.database.reading(ALL_TENANTS) as session:
            found = stand_bys.by_token(session, token)
            ours = session.scalar(_number_of(found.agent.tenant_id)) if found else None
        if found is None:
            return
        url = self._runtime.url
        order = Call(
            to=found.agent.phone,
            from_=ours or "",
            answer_url=url(f"/ivr/standby/begin/{token}"),
            status_url=url(f"/ivr/standby/leg/{token}"),
            fallback_url=url("/ivr/fallback"),
            ring_s=found.team.ring_s,
            time_limit_s=LONGEST_S,
        )
        result = self._runtime.carriers["voice"].send(order)
        with self._runtime.database.session(found.agent.tenant_id) as session:
            if isinstance(result, Accepted):
                session.get_one(StandBy, found.stand_by.id).call_id = result.carrier_id
            else:
                log.error("agent %d cannot be rung: %s", found.agent.id, type(result).__name__)
                stand_bys.over(session, found, clock.now())

    def dismiss(self, found: Standing) -> None:
        """An agent who stood by is to be on the line no more."""
        with self._runtime.database.session(found.agent.tenant_id) as session:
            stand_bys.over(session, found, clock.now())
        try:
            if found.stand_by.call_id:
                self._runtime.carriers["voice"].stop("voice", found.stand_by.call_id)
        except Unavailable as error:
            log.error("agent %d stays on the line: %s", found.agent.id, error.message)

    def assign(self, tenant_id: int) -> int:
        """Offer whoever waits to whoever is free and have their telephones rung; how many."""
        try:
            with self._runtime.database.session(tenant_id) as session:
                tenant = session.get_one(Tenant, tenant_id)
                made = offering.make(session, tenant, clock.now())
        except IntegrityError:
            # somebody else offered them at the same moment
            return 0
        for token in made:
            self._pool.submit(self._rung, token)
        return len(made)

    def _rung(self, token: str) -> None:
        try:
            self.ring(token)
        except (SQLAlchemyError, OSError) as error:
            # the offer runs out, and the agent is offered somebody else
            log.error("an agent is not rung: %s", type(error).__name__)

    def ring(self, token: str) -> None:
        """Ring the agent of an offer."""
        with self._runtime.database.reading(ALL_TENANTS) as session:
            found = offering.by_token(session, token)
        if found is None:
            return
        url = self._runtime.url
        order = Call(
            to=found.agent.phone,
            from_=found.waiter.called,
            answer_url=url(f"/ivr/queue/offer/{token}"),
            status_url=url(f"/ivr/queue/offered/{token}"),
            fallback_url=url("/ivr/fallback"),
            ring_s=found.team.ring_s,
            time_limit_s=LONGEST_S,
        )
        result = self._runtime.carriers["voice"].send(order)
        with self._runtime.database.session(found.offer.tenant_id) as session:
            match result:
                case Accepted(carrier_id):
                    offer = session.get_one(Offer, found.offer.id)
                    offer.call_id = carrier_id
                case Refused(code):
                    log.error("agent %d cannot be rung: %s", found.agent.id, code)
                    offering.close(session, found, "missed", clock.now())
                case NotSent():
                    offering.close(session, found, "failed", clock.now())

    def bring(self, found: Offered) -> Literal["comes", "gone", "later"]:
        """Bring who waits to the agent who took the call: out of the carrier's queue, or by ringing them."""
        if found.waiter.kind == "callback":
            return "comes" if self._ring_back(found) else "gone"
        where = f"{found.offer.token}/{found.room}/{found.waiter.token}"
        join = self._runtime.url(f"/ivr/queue/join/{where}")
        voice = self._runtime.carriers["voice"]
        try:
            is_there = voice.dequeue(found.waiter.queue_id, found.waiter.call_id, join)
        except Unavailable as error:
            log.error("waiter %d cannot be taken out of the queue: %s", found.waiter.id, error.message)
            return "later"
        return "comes" if is_there else "gone"

    def _ring_back(self, found: Offered) -> bool:
        with self._runtime.database.reading(found.offer.tenant_id) as session:
            stops = suppressed(session, found.waiter.tenant_id, [found.waiter.address])
        if "all" in stops.get(found.waiter.address, set()):
            return False
        url = self._runtime.url
        token = found.offer.token
        order = Call(
            to=found.waiter.address,
            from_=found.waiter.called,
            answer_url=url(f"/ivr/queue/called/{token}"),
            status_url=url(f"/ivr/queue/rang/{token}"),
            fallback_url=url("/ivr/fallback"),
            time_limit_s=LONGEST_S,
        )
        result = self._runtime.carriers["voice"].send(order)
        if not isinstance(result, Accepted):
            log.error("waiter %d cannot be rung back: %s", found.waiter.id, type(result).__name__)
            return False
        with self._runtime.database.session(found.offer.tenant_id) as session:
            session.get_one(Waiter, found.waiter.id).call_id = result.carrier_id
        return True

    def send_away(self, found: Offered) -> None:
        """Tell the agent who waits in the room that nobody comes."""
        try:
            self._runtime.carriers["voice"].redirect(
                found.offer.call_id, self._runtime.url(f"/ivr/queue/nobody/{found.offer.token}")
            )
        except Unavailable as error:
            log.error("offer %d: the agent waits for nobody: %s", found.offer.id, error.message)

    def send_on(self, found: Offered) -> None:
        """The agent is gone before the talk began: a caller who is in the room already goes on in their flow."""
        if found.waiter.kind == "callback" or not found.waiter.token:
            return
        try:
            self._runtime.carriers["voice"].redirect(
                found.waiter.call_id, self._runtime.url(f"/ivr/dialled/{found.waiter.token}")
            )
        except Unavailable as error:
            log.error("waiter %d is alone: %s", found.waiter.id, error.message)

    def end(self, found: Offered) -> None:
        """Stop ringing an agent."""
        try:
            if found.offer.call_id:
                self._runtime.carriers["voice"].stop("voice", found.offer.call_id)
        except Unavailable as error:
            log.error("offer %d goes on ringing: %s", found.offer.id, error.message)

    def withdraw(self, tenant_id: int, waiter_id: int) -> None:
        """Who was offered waits no longer: the agent's telephone need not ring on."""
        with self._runtime.database.session(tenant_id) as session:
            found = offering.ringing_for(session, waiter_id)
            if found is None or not offering.close(session, found, "lost", clock.now()):
                return
        self._pool.submit(self.end, found)
        self.wake(tenant_id)

    def lost(self, found: Offered, back: bool = False) -> None:
        """Nobody came to the agent who took the call; *back*: who waits still does."""
        with self._runtime.database.session(found.offer.tenant_id) as session:
            fresh = offering.by_token(session, found.offer.token)
            if fresh is not None:
                offering.finish(session, fresh, clock.now(), back)
        self.wake(found.offer.tenant_id)
