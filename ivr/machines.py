"""
What happens when an answering machine takes a call we placed.

The human flow has begun already, with a neutral greeting, and the carrier's detector listens beside it. Its verdict sends the
call to `/ivr/machine/<attempt>`, unless a key was pressed first; what is played there is decided there, once more, so that
a key pressed while the call was on its way still wins.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.carriers.words import ANSWERED_BY, MACHINES, NO_PERSON
from core.db import ALL_TENANTS, ScopedSession
from core.errors import NotFound, Unavailable
from core.models import Tenant
from core.phone import region_of
from core.runtime import Runtime
from customers.profile import profile_for
from customers.suppression import suppressed
from flows.language import engine
from flows.language.flow import Flow
from flows.language.turn import (
    Answer,
    Digits,
    Facts,
    Gather,
    Hangup,
    Instruction,
    Pause,
    Play,
    Say,
    State,
    Step,
    Turn,
)
from ivr.leg import Leg
from ivr.talk import Talk
from outbound import answering, transfers
from outbound.deliveries import Answered, answered
from outbound.models import Attempt, Source

log = logging.getLogger(__name__)
MESSAGE = "message"
LISTENS_S = 1
TURN = 30
"""What a machine hears counts as this turn: no person gets so far without pressing a key."""


@dataclass(frozen=True)
class Taken:
    """A call we placed and who took it. *has_opted_out*: meanwhile, whoever it was."""

    about: Answered
    by: str
    may_leave_message: bool
    has_opted_out: bool

    @property
    def is_no_person(self) -> bool:
        """Whether a machine or a fax took it, as far as anybody knows."""
        return self.by in NO_PERSON


def verdict(runtime: Runtime, leg: Leg, attempt: str, word: str) -> None:
    """
    The detector says who took the call. A machine is sent away; a word that is late, repeated or about another call does
    nothing. Without the database the word is kept for later, and nobody is sent away.
    """
    if word not in ANSWERED_BY:
        log.warning("call %s: answered by %.20r, which is no word we know", leg.call_sid, word)
        return
    try:
        with runtime.database.hurried(ALL_TENANTS) as session:
            is_first = answering.told(session, attempt, leg.call_sid, word)
    except (
        SQLAlchemyError,
        OSError,
    ) as error:  # what ended how is told later; the call goes on as one with a person
        log.warning("call %s: %s is noted later: %s", leg.call_sid, word, type(error).__name__)
        runtime.spool.append("answered_by", {"attempt": attempt, "call": leg.call_sid, "word": word})
        return
    if not is_first or word not in NO_PERSON:
        return
    try:
        runtime.carriers["voice"].redirect(leg.call_sid, runtime.url(f"/ivr/machine/{attempt}"))
    except Unavailable as error:  # the machine records the greeting until the flow gives up
        log.error("call %s: a machine could not be sent away: %s", leg.call_sid, error.message)


def key_pressed(runtime: Runtime, delivery_id: int) -> None:
    """A person is on the line, whatever the detector says; kept for later without the database."""
    try:
        with runtime.database.hurried(ALL_TENANTS) as session:
            answering.key_pressed(session, delivery_id)
    except (SQLAlchemyError, OSError) as error:
        log.warning("delivery %d: a key is noted later: %s", delivery_id, type(error).__name__)
        runtime.spool.append("key_pressed", {"delivery_id": delivery_id})


def taken(runtime: Runtime, attempt: str) -> Taken:
    """Who took the call of *attempt*, and whether a message may be left. Raises NotFound, or Unavailable without the database."""
    try:
        with runtime.database.reading(ALL_TENANTS) as session:
            return _taken(session, attempt)
    except (SQLAlchemyError, OSError) as error:
        raise Unavailable("database_away", "what this call is about cannot be looked up now") from error


def _taken(session: ScopedSession, attempt: str) -> Taken:
    about = answered(session, attempt)
    if about is None:
        raise NotFound("no_attempt", "nobody placed this call")
    row = session.execute(
        select(Attempt.answered_by, Attempt.address, Source.purpose)
        .join(Source, Source.id == Attempt.source_id)
        .where(Attempt.token == attempt)
    ).one()
    policy = session.get_one(Tenant, about.tenant_id).policy
    rules = profile_for(policy, region_of(row.address)).voice
    stops = suppressed(session, about.tenant_id, [row.address]).get(row.address, set())
    return Taken(
        about=about,
        by=row.answered_by,
        may_leave_message=rules.machine == "message" and row.answered_by in MACHINES,
        has_opted_out=bool({"all", row.purpose} & stops),
    )


def note_message(runtime: Runtime, attempt: str) -> bool:
    """The machine is about to hear the message; False if a key was pressed meanwhile. Kept for later without the database."""
    try:
        with runtime.database.hurried(ALL_TENANTS) as session:
            return answering.leave_message(session, attempt)
    except (SQLAlchemyError, OSError) as error:
        log.warning("attempt %s: the message is noted later: %s", attempt, type(error).__name__)
        runtime.spool.append("message_left", {"attempt": attempt})
        return True


def message(flow: Flow, facts: Facts) -> Turn | None:
    """What *flow* says to a machine; None if it says nothing."""
    if flow.machine is None:
        return None
    turn = engine.start(flow, facts, flow.machine)
    heard = replace(turn.state, turn=TURN, counters={**turn.state.counters, MESSAGE: 1})
    return replace(turn, state=heard, instructions=_listening(turn.instructions))


def _listening(said: tuple[Instruction, ...]) -> tuple[Instruction, ...]:
    """The message with an ear for a key: a detector errs, and whoever presses one is a person."""
    *prompts, last = said
    if not isinstance(last, Hangup):
        return said
    words = tuple(one for one in prompts if isinstance(one, Say | Play | Pause))
    return (Gather(words, 1, "", LISTENS_S), last) if len(words) == len(prompts) else said


def after_message(runtime: Runtime, talk: Talk, state: State, answer: Answer, facts: Facts) -> Turn | None:
    """
    What follows the message: nothing for a machine; a person, who pressed a key, is where the call should have begun, and counts as
    abandoned where calls bring people to agents. None if *state* is after no message.
    """
    if not state.counters.get(MESSAGE) or not isinstance(answer, Digits):
        return None
    if not answer.text:
        return silence(talk.flow, state.lang, state.variables, state.turn + 1)
    try:
        with runtime.database.hurried(ALL_TENANTS) as session:
            transfers.misjudged(session, talk.delivery_id or 0, talk.leg.call_sid, clock.now())
    except (SQLAlchemyError, OSError) as error:
        log.warning(
            "call %s: a person taken for a machine is noted later: %s",
            talk.leg.call_sid,
            type(error).__name__,
        )
        about = {"call_id": talk.leg.call_sid, "at": clock.now().isoformat()}
        runtime.spool.append("transfer_missed", {"delivery_id": talk.delivery_id or 0, **about})
    known = replace(facts, variables=state.variables, lang=state.lang)
    return engine.start(talk.flow, known, turn=state.turn + 1)


def silence(flow: Flow, lang: str, variables: Mapping[str, str], turn: int = TURN) -> Turn:
    """Hang up on the machine without a word."""
    state = State(flow.hash, flow.start, turn, lang, {}, variables)
    return Turn(state, (Hangup(),), (), (Step(flow.start, "machine", (), None),), "machine")
