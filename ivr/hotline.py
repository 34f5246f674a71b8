"""
One call after another: finds the flow, walks one turn of it, keeps what happened, says what comes next.

Nothing here needs the database for an inbound call; what must be kept goes to the spool before the answer leaves. What
flows can do today is complete once the spool has it, so callers never hear that something is unavailable.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from core import clock
from core.db import ALL_TENANTS
from core.errors import CarillonError, NotFound, Unavailable
from core.runtime import Runtime
from flows import publish
from flows.language import engine
from flows.language.flow import Flow
from flows.language.phrases import PHRASES
from flows.language.turn import (
    Answer,
    Dial,
    Facts,
    Failed,
    Hangup,
    Instruction,
    Play,
    Reject,
    Say,
    State,
    Turn,
)
from ivr import audio, effects, records, snapshot, twiml
from ivr.leg import Leg, number_or_none
from ivr.reader import SnapshotReader
from ivr.recent import RecentCalls
from ivr.snapshot import Answering
from ivr.token import Sealed, seal, unseal
from ivr.twiml import Urls
from ivr.voices import VOICES, voices_of
from outbound.deliveries import answered

FORWARD_RING_S = 30
FORWARD_LIMIT_S = 3600
REJECT = twiml.render((Reject("rejected"),), Urls(), VOICES)
OF_A_CALL = ("/ivr/turn/", "/ivr/recorded/", "/ivr/dialled/")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Talk:
    """A call in the flow that answers it."""

    leg: Leg
    flow: Flow
    tenant_id: int
    delivery_id: int | None
    began_at: datetime


class Hotline:
    """Everything a web process answers calls with."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        state_dir, database = runtime.config.state_dir, runtime.database
        path = snapshot.path_in(state_dir)
        self._snapshots = SnapshotReader(path, lambda: snapshot.refresh(database, state_dir))
        self._recent = RecentCalls()

    def answer(self, leg: Leg) -> str:
        """The first document of an inbound call; numbers that are not ours are turned away unanswered."""
        known = self._snapshots.current()
        answering = known.numbers.get(leg.called)
        if answering is None:
            self._snapshots.renew_soon()
            return REJECT
        flow = known.flow(answering.flow)
        if flow is None:
            return sorry((known.tenants[answering.tenant_id].language,), answering.forward_to)
        talk = Talk(leg, flow, answering.tenant_id, None, clock.real())
        tenant = known.tenants[answering.tenant_id]
        variables = {"company": tenant.name, "agent_number": answering.forward_to, **answering.variables}
        return self._begin(talk, variables, None)

    def answer_outbound(self, leg: Leg, attempt: str) -> str:
        """The first document of a call we placed. Needs the database; raises Unavailable without it."""
        try:
            with self._runtime.database.reading(ALL_TENANTS) as session:
                found = answered(session, attempt)
        except Exception as error:  # whatever the driver raises: the delivery waits for its receipt
            raise Unavailable("database_away", "what this call is about cannot be looked up now") from error
        if found is None:
            raise NotFound("no_attempt", "nobody placed this call")
        flow = self._flow(found.flow, found.tenant_id)
        talk = Talk(leg, flow, found.tenant_id, found.delivery_id, clock.real())
        return self._begin(talk, found.variables, found.language)

    def go_on(self, leg: Leg, token: str, answer: Answer) -> str:
        """The document after *answer*, which the turn sealed in *token* waited for."""
        return self._resume(leg, self.sealed(leg, token), answer)

    def fall_back(self, leg: Leg, error_url: str) -> str:
        """
        What to play after the carrier could not get or use the document at *error_url*.

        If that document was made but did not arrive, it is given again; else the flow apologises and leads to a person.
        """
        path = urlsplit(error_url).path
        try:
            if path.startswith(OF_A_CALL):
                return self.go_on(leg, path.rsplit("/", 1)[-1], Failed(engine.EDGE))
            if path.startswith("/ivr/answer/"):
                return self.answer_outbound(leg, path.rsplit("/", 1)[-1])
            if path == "/ivr/answer":
                return self.answer(leg)
        except CarillonError:
            answering = self._answering(leg)
            if answering and answering.forward_to:
                return sorry(tuple(VOICES), answering.forward_to)
            raise
        return sorry(tuple(VOICES))

    def tenant_called(self, leg: Leg) -> int | None:
        """The tenant whose number was rung."""
        answering = self._answering(leg)
        return answering.tenant_id if answering else None

    def sealed(self, leg: Leg, token: str) -> Sealed:
        """What *token* holds, if it is of this call. Raises Forbidden."""
        return unseal(self._runtime.config.keys, token, leg.call_sid, leg.account_sid, clock.real())

    def _answering(self, leg: Leg) -> Answering | None:
        return self._snapshots.current().numbers.get(leg.called)

    def _flow(self, flow_hash: str, tenant_id: int) -> Flow:
        """From the snapshot; a version it does not hold, from the database."""
        if flow := self._snapshots.current().flow(flow_hash):
            return flow
        with self._runtime.database.reading(tenant_id) as session:
            return publish.loaded(publish.by_hash(session, tenant_id, flow_hash).document)

    def _begin(self, talk: Talk, variables: Mapping[str, str], lang: str | None) -> str:
        recent = self._recent.of(talk.leg.call_sid)
        with recent.lock:
            if recent.turn >= 0:
                return recent.document
            turn = engine.start(talk.flow, self._facts(talk, variables, lang))
            document = self._document(talk, turn)
            at = clock.now()
            effects.carry_out(self._runtime, talk.tenant_id, talk.leg, turn, at)
            spool, name = self._runtime.spool, talk.flow.name
            records.started(spool, talk.tenant_id, talk.leg, turn, name, talk.delivery_id, at)
            recent.turn, recent.document = turn.state.turn, document
            return document

    def _resume(self, leg: Leg, sealed: Sealed, answer: Answer) -> str:
        flow = self._flow(sealed.state.flow, sealed.tenant_id)
        talk = Talk(leg, flow, sealed.tenant_id, sealed.delivery_id, sealed.began_at)
        recent = self._recent.of(leg.call_sid)
        with recent.lock:
            if recent.turn > sealed.state.turn:
                return recent.document
            turn = engine.resume(flow, sealed.state, answer, self._facts(talk, {}, None))
            document = self._document(talk, turn)
            heard = records.heard(answer, _is_secret(flow, sealed.state))
            at = clock.now()
            effects.carry_out(self._runtime, talk.tenant_id, leg, turn, at)
            records.went_on(self._runtime.spool, talk.tenant_id, leg, turn, heard, at)
            recent.turn, recent.document = turn.state.turn, document
            return document

    def _facts(self, talk: Talk, variables: Mapping[str, str], lang: str | None) -> Facts:
        tenant = self._snapshots.current().tenants[talk.tenant_id]
        caller, called = number_or_none(talk.leg.caller), number_or_none(talk.leg.called)
        return Facts(tenant.local(clock.now()), caller, called, variables, lang)

    def _document(self, talk: Talk, turn: Turn) -> str:
        config, leg = self._runtime.config, talk.leg
        token = seal(
            config.keys,
            turn.state,
            leg.call_sid,
            leg.account_sid,
            talk.began_at,
            tenant_id=talk.tenant_id,
            delivery_id=talk.delivery_id,
        )
        url = self._runtime.url
        urls = Urls(
            turn=url(f"/ivr/turn/{token}"),
            recorded=url(f"/ivr/recorded/{token}"),
            dialled=url(f"/ivr/dialled/{token}"),
            recording=url(f"/ivr/recording?call={token}"),
            audio=lambda play: self._audio(talk.tenant_id, play),
        )
        return twiml.render(turn.instructions, urls, voices_of(talk.flow))

    def _audio(self, tenant_id: int, play: Play) -> str | None:
        path = audio.path_of(self._runtime.config, tenant_id, play)
        if path is None:
            log.error("prompt %s is not uploaded in %s; callers hear nothing there", play.audio, play.lang)
        return path and self._runtime.url(path)


def sorry(languages: Sequence[str], forward_to: str = "") -> str:
    """An apology in each of *languages*, then a person at *forward_to* or the end."""
    said: list[Instruction] = [
        Say(PHRASES["trouble"].get(lang, PHRASES["trouble"]["en"])[0], lang) for lang in languages
    ]
    if forward_to:
        said.append(Dial(forward_to, FORWARD_RING_S, FORWARD_LIMIT_S))
    return twiml.render((*said, Hangup()), Urls(), VOICES)


def _is_secret(flow: Flow, state: State) -> bool:
    return bool(getattr(flow.nodes.get(state.node), "secret", False))
