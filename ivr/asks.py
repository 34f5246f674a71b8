"""
Answers what a turn asks for before it is complete: lookups, identity, a case's number, texts and faxes on demand.

A caller never waits for the database longer than PATIENCE_S: what is not known by then is unavailable, and the flow goes on. What
was to be written by then is not written later: the caller has been told that it is not done.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.db import ScopedSession
from core.errors import CarillonError
from core.models import Tenant
from core.runtime import Runtime
from flows.language import engine
from flows.language.flow import Flow
from flows.language.lookups import LOOKUPS, PERSON
from flows.language.turn import Answer, Ask, Facts, Failed, Refused, Told, Turn
from ivr import appointing, bringing, looking_up, verifying
from ivr.leg import Asking, Leg
from ivr.queue import callbacks, transfers, waiting

log = logging.getLogger(__name__)
PATIENCE_S = 2.0
LEFT_ALONE_S = 10.0
"""So long nothing is looked up that a call can do without, once the database did not answer in time."""
THREADS = 8
T = TypeVar("T")
Answering = Callable[[ScopedSession, Tenant, Asking], Told | Refused]

READING: Mapping[str, Answering] = {
    f"lookup:{name}": looking_up.LOOKUPS[name] for name in LOOKUPS if name not in looking_up.GUARDED
}
"""Need no more than a snapshot of the database."""
WRITING: Mapping[str, Answering] = {
    **{f"lookup:{name}": looking_up.LOOKUPS[name] for name in looking_up.GUARDED},
    **{f"appointment:{name}": act for name, act in appointing.ACTS.items()},
    "verify": verifying.verify,
    "case": bringing.case,
    "sms": bringing.sms,
    "fax": bringing.fax,
    "queue": waiting.enter,
    "callback": callbacks.ask,
    "transfer": transfers.ask,
}


class Desk:
    """Where one web process has its calls' questions answered."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._pool = ThreadPoolExecutor(THREADS, "desk")
        self._look_ups_from = 0.0

    def complete(
        self, flow: Flow, leg: Leg, tenant_id: int, turn: Turn, facts: Facts, delivery_id: int = 0
    ) -> Turn:
        """*turn* with everything answered that it asks for."""
        until = time.monotonic() + PATIENCE_S
        while turn.asks:
            answer = self._answer(flow, leg, tenant_id, turn, turn.asks, until, delivery_id)
            turn = engine.told(flow, turn, answer, facts)
        return turn

    def look_up(self, tenant_id: int, question: Callable[[ScopedSession], T]) -> T | None:
        """What *question* finds in the tenant's books; None if they do not answer in time, or lately did not."""
        if time.monotonic() < self._look_ups_from:
            return None
        asked = self._pool.submit(self._read, tenant_id, question)
        try:
            return asked.result(PATIENCE_S)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            asked.cancel()
            self._look_ups_from = time.monotonic() + LEFT_ALONE_S
            log.warning("nothing is looked up: %s", type(error).__name__)
            return None

    def _read(self, tenant_id: int, question: Callable[[ScopedSession], T]) -> T:
        with self._runtime.database.reading(tenant_id) as session:
            return question(session)

    def _answer(
        self, flow: Flow, leg: Leg, tenant_id: int, turn: Turn, ask: Ask, until: float, delivery_id: int
    ) -> Answer:
        key = f"call:{leg.call_sid}:{turn.state.turn}:{len(turn.steps)}"
        person = turn.state.variables.get(PERSON, "")
        asking = Asking(
            leg, key, flow.name, turn.state.node, turn.state.lang, int(person or 0), ask.given, delivery_id
        )
        asked = self._pool.submit(self._ask, ask.what, tenant_id, asking, until)
        try:
            return asked.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            asked.cancel()
            log.warning("call %s: %s took too long", leg.call_sid, ask.what)
        except (SQLAlchemyError, OSError) as error:
            log.error("call %s: %s cannot be had: %s", leg.call_sid, ask.what, type(error).__name__)
        if ask.what == "transfer" and leg.direction == "out":
            self._note_missed(asking)
        return Failed("unavailable")

    def _note_missed(self, asking: Asking) -> None:
        """Whoever asked for a person while nobody could be found for them was abandoned, whatever the reason."""
        about = {"call_id": asking.leg.call_sid, "at": clock.now().isoformat()}
        self._runtime.spool.append("transfer_missed", {"delivery_id": asking.delivery_id, **about})

    def keep_token(self, tenant_id: int, leg: Leg, token: str) -> None:
        """Let somebody who was brought to an agent go on in their flow if that one is gone; nobody waits for this."""
        self._pool.submit(self._keep_token, tenant_id, leg, token)

    def _keep_token(self, tenant_id: int, leg: Leg, token: str) -> None:
        try:
            with self._runtime.database.session(tenant_id) as session:
                transfers.keep_token(session, leg.call_sid, token)
        except (SQLAlchemyError, OSError) as error:
            log.error("call %s: its way on is not kept: %s", leg.call_sid, type(error).__name__)

    def _ask(self, what: str, tenant_id: int, asking: Asking, until: float = math.inf) -> Told | Refused:
        database = self._runtime.database
        opened, answer = (
            (database.reading, READING[what]) if what in READING else (database.session, WRITING[what])
        )
        with opened(tenant_id) as session:
            tenant = session.get_one(Tenant, tenant_id)
            try:
                answered = answer(session, tenant, asking)
            except CarillonError as error:
                log.info("call %s: %s refused: %s", asking.leg.call_sid, what, error.code)
                answered = Refused(error.code)
            if time.monotonic() > until:
                session.rollback()
        return answered
