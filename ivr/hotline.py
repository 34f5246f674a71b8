"""
One call after another: finds the flow, walks one turn of it, keeps what happened, says what comes next.

Nothing here needs the database for an inbound call; what must be kept goes to the spool before the answer leaves. What
flows can do today is complete once the spool has it, so callers never hear that something is unavailable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core import clock
from core.db import ALL_TENANTS
from core.errors import CarillonError, NotFound, Unavailable
from core.runtime import Runtime
from flows import publish
from flows.language import engine
from flows.language.context import Context
from flows.language.turn import (
    Answer,
    Digits,
    Facts,
    Failed,
    Hangup,
    Heard,
    Instruction,
    Reject,
    State,
    Turn,
)
from ivr import effects, machines, records, returning, snapshot, twiml
from ivr.apology import sorry
from ivr.asks import Desk
from ivr.documents import Documents
from ivr.leg import Leg, path_of
from ivr.lines import Lines, turned_away
from ivr.reader import SnapshotReader
from ivr.recent import Recent, RecentCalls
from ivr.snapshot import Answering
from ivr.talk import Talk
from ivr.token import MAX_AGE_S, Sealed, seal, unseal
from ivr.twiml import Urls
from ivr.voices import VOICES
from outbound.deliveries import answered

GOODBYE = twiml.render((Hangup(),), Urls(), VOICES)
REJECT = twiml.render((Reject("rejected"),), Urls(), VOICES)
MAX_AGE = timedelta(seconds=MAX_AGE_S)
PEOPLE = ("dial", "queue", "transfer")
"""What a turn waits for while a person is waited for or talked to."""
OF_A_CALL = ("/ivr/turn/", "/ivr/recorded/", "/ivr/dialled/")


class Hotline:
    """Everything a web process answers calls with."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        state_dir, database = runtime.config.state_dir, runtime.database
        path = snapshot.path_in(state_dir)
        self._snapshots = SnapshotReader(path, lambda: snapshot.refresh(database, state_dir))
        self._recent = RecentCalls()
        self._documents = Documents(runtime)
        self._desk = Desk(runtime)
        self._lines = Lines(state_dir)

    def answer(self, leg: Leg) -> str:
        """The first document of an inbound call; numbers that are not ours are turned away unanswered."""
        known = self._snapshots.current()
        answering = known.numbers.get(leg.called)
        if answering is None:
            self._snapshots.renew_soon()
            return REJECT
        if leg.caller in known.blocked.get(answering.tenant_id, ()):
            return REJECT
        flow = known.flow(answering.flow)
        if flow is None:
            return sorry((known.tenants[answering.tenant_id].language,), answering.forward_to)
        tenant = known.tenants[answering.tenant_id]
        talk = Talk(leg, flow, answering.tenant_id, tenant, None, clock.real())
        if limit := self._lines.take(answering.tenant_id, leg, tenant.limits, flow.max_minutes):
            return self._turn_away(talk, limit)
        announced = known.announced(answering.tenant_id, clock.now())
        if missed := returning.look_up(self._desk, known.returned_calls, talk):
            back = self._talk(leg, missed.flow, talk.tenant_id, missed.delivery_id, talk.began_at)
            return self._begin(back, missed.variables, missed.language, announced)
        return self._begin(talk, answering.told(tenant.name), None, announced)

    def answer_outbound(self, leg: Leg, attempt: str) -> str:
        """The first document of a call we placed. Needs the database; raises Unavailable without it."""
        try:
            with self._runtime.database.reading(ALL_TENANTS) as session:
                found = answered(session, attempt)
        except Exception as error:  # whatever the driver raises: the delivery waits for its receipt
            raise Unavailable("database_away", "what this call is about cannot be looked up now") from error
        if found is None:
            raise NotFound("no_attempt", "nobody placed this call")
        talk = self._talk(leg, found.flow, found.tenant_id, found.delivery_id, clock.real())
        return self._begin(talk, found.variables, found.language)

    def on_machine(self, leg: Leg, attempt: str) -> str:
        """
        What an answering machine hears of the call we placed: its message or nothing. A person who pressed a key meanwhile
        goes on where they are. Needs the database; raises Unavailable without it.
        """
        taken = machines.taken(self._runtime, attempt)
        recent, about = self._recent.of(leg), taken.about
        talk = self._talk(leg, about.flow, about.tenant_id, about.delivery_id, clock.real())
        facts = talk.facts(about.variables, about.language)
        with recent.lock:
            if recent.turn >= machines.TURN:
                return recent.document
            turn = machines.message(talk.flow, facts) if taken.may_leave_message else None
            turn = turn and self._complete(talk, turn, facts)
            if taken.is_no_person and (turn is None or machines.note_message(self._runtime, attempt)):
                carried = talk.flow.carried(about.variables)
                turn = turn or machines.silence(talk.flow, about.language, carried)
                return self._say(recent, talk, turn, taken.by)
            if recent.turn >= 0:
                return recent.document
        return GOODBYE if taken.has_opted_out else self.answer_outbound(leg, attempt)

    def go_on(self, leg: Leg, token: str, answer: Answer) -> str:
        """The document after *answer*, which the turn sealed in *token* waited for."""
        recent = self._recent.of(leg)
        with recent.lock:
            sealed = self._opened(recent, leg, token)
            if recent.turn > sealed.state.turn:
                return recent.document
            state = sealed.state
            talk = self._talk(leg, state.flow, sealed.tenant_id, sealed.delivery_id, sealed.began_at)
            self._note_person(recent, talk, answer)
            facts = talk.facts({}, None)
            asked = Failed(engine.TOO_LONG) if talk.is_out_of_time(answer) else answer
            after = machines.after_message(self._runtime, talk, state, answer, facts)
            turn = self._complete(talk, after or engine.resume(talk.flow, state, asked, facts), facts)
            heard, about = records.heard(answer, talk.is_secret(state)), None
            if returning.is_one(talk) and turn.ended:
                talk, turn = self._hand_over(talk, turn)
                about = records.About(talk.flow.hash, talk.flow.name, talk.delivery_id)
            return self._say(recent, talk, turn, heard, about)

    def fall_back(self, leg: Leg, error_url: str) -> str:
        """
        What to play after the carrier could not get or use the document at *error_url*.

        If that document was made but did not arrive, it is given again; else the flow apologises and leads to a person.
        """
        path = path_of(error_url)
        try:
            if path.startswith(OF_A_CALL):
                return self.go_on(leg, path.rsplit("/", 1)[-1], Failed(engine.EDGE))
            if path.startswith("/ivr/machine/"):
                return self.on_machine(leg, path.rsplit("/", 1)[-1])
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

    def over(self, leg: Leg) -> None:
        """The carrier says that an inbound call has ended: its line is free."""
        self._lines.free(leg)

    def tenant_called(self, leg: Leg) -> int | None:
        """The tenant whose number was rung."""
        answering = self._answering(leg)
        return answering.tenant_id if answering else None

    def sealed(self, leg: Leg, token: str) -> Sealed:
        """What *token* holds, if it is of this call. Raises Forbidden."""
        return unseal(self._runtime.config.keys, token, leg.call_sid, leg.account_sid, clock.real())

    def held(self, leg: Leg, token: str) -> tuple[Talk, State]:
        """The call that waits where *token* says. Raises Forbidden."""
        sealed = self.sealed(leg, token)
        talk = self._talk(leg, sealed.state.flow, sealed.tenant_id, sealed.delivery_id, sealed.began_at)
        return talk, sealed.state

    def context(self, talk: Talk, state: State) -> Context:
        """What a node sees of the call beside its turns."""
        return Context(talk.flow, state, talk.facts({}, None))

    def said(self, talk: Talk, instructions: Sequence[Instruction], urls: Urls) -> str:
        """A document in the voices of the call's flow, for what is heard beside its turns."""
        return self._documents.beside(talk.flow, talk.tenant_id, instructions, urls)

    def _answering(self, leg: Leg) -> Answering | None:
        return self._snapshots.current().numbers.get(leg.called)

    def _talk(
        self, leg: Leg, flow_hash: str, tenant_id: int, delivery_id: int | None, began_at: datetime
    ) -> Talk:
        """Its flow is from the snapshot; a version that is not there, from the database."""
        known = self._snapshots.current()
        flow = known.flow(flow_hash)
        if flow is None:
            with self._runtime.database.reading(tenant_id) as session:
                flow = publish.loaded(publish.by_hash(session, tenant_id, flow_hash).document)
        return Talk(leg, flow, tenant_id, known.tenants[tenant_id], delivery_id, began_at)

    def _note_person(self, recent: Recent, talk: Talk, answer: Answer) -> None:
        """A key proves that a person is on the line."""
        if (
            not talk.delivery_id
            or recent.is_person
            or not isinstance(answer, Digits | Heard)
            or not answer.text
        ):
            return
        recent.is_person = True
        if returning.is_one(talk):
            returning.took(self._runtime, talk, clock.now())
        elif talk.leg.direction == "out":
            machines.key_pressed(self._runtime, talk.delivery_id)

    def _hand_over(self, talk: Talk, turn: Turn) -> tuple[Talk, Turn]:
        """On in the message they had missed, or in the menu of the hotline, if that is where *turn* leads; still the same turn."""
        if turn.ended == returning.TO_MESSAGE and (found := returning.message(self._desk, talk)):
            onward = self._talk(talk.leg, found.flow, talk.tenant_id, talk.delivery_id, talk.began_at)
            variables = found.variables
        elif turn.ended in (returning.TO_MESSAGE, returning.TO_MENU):
            answering = self._answering(talk.leg)
            if answering is None:
                raise NotFound("no_hotline", "this number is answered no more")
            onward = self._talk(talk.leg, answering.flow, talk.tenant_id, None, talk.began_at)
            variables = answering.told(talk.tenant.name)
        else:
            return talk, turn
        facts = onward.facts(variables, turn.state.lang)
        following = engine.start(onward.flow, facts, turn=turn.state.turn)
        return onward, engine.joined(turn, self._complete(onward, following, facts))

    def _opened(self, recent: Recent, leg: Leg, token: str) -> Sealed:
        held = recent.sealed
        if held and recent.token == token and clock.real() - held.began_at < MAX_AGE:
            return held
        return self.sealed(leg, token)

    def _begin(
        self,
        talk: Talk,
        variables: Mapping[str, str],
        lang: str | None,
        announced: Sequence[Mapping[str, str]] = (),
    ) -> str:
        recent = self._recent.of(talk.leg)
        with recent.lock:
            if recent.turn >= 0:
                return recent.document
            facts = talk.facts(variables, lang)
            turn = self._complete(talk, engine.start(talk.flow, facts), facts)
            return self._say(recent, talk, engine.preceded(talk.flow, turn, announced), "")

    def _turn_away(self, talk: Talk, limit: str) -> str:
        recent = self._recent.of(talk.leg)
        with recent.lock:
            if recent.turn >= 0:
                return recent.document
            return self._say(recent, talk, turned_away(talk.flow, limit), "")

    def _complete(self, talk: Talk, turn: Turn, facts: Facts) -> Turn:
        return self._desk.complete(talk.flow, talk.leg, talk.tenant_id, turn, facts, talk.delivery_id or 0)

    def _say(
        self, recent: Recent, talk: Talk, turn: Turn, heard: str, about: records.About | None = None
    ) -> str:
        """Render first: a turn that cannot be said has no effect. *about*: from here on the call is about that."""
        leg, tenant_id, at = talk.leg, talk.tenant_id, clock.now()
        sealed = Sealed(turn.state, tenant_id, talk.delivery_id, talk.began_at)
        token = seal(
            self._runtime.config.keys,
            turn.state,
            leg.call_sid,
            leg.account_sid,
            talk.began_at,
            tenant_id=tenant_id,
            delivery_id=talk.delivery_id,
        )
        document = self._documents.document(talk.flow, tenant_id, turn.instructions, token)
        if leg.direction == "in" and turn.steps and turn.steps[-1].waits_for in PEOPLE:
            self._lines.hold(leg)
        if turn.steps and turn.steps[-1].waits_for == "transfer":
            self._desk.keep_token(tenant_id, leg, token)
        effects.carry_out(self._runtime, tenant_id, leg, turn, at)
        if turn.state.turn == 0:
            delivery_id = None if returning.is_one(talk) else talk.delivery_id
            records.started(self._runtime.spool, tenant_id, leg, turn, talk.flow.name, delivery_id, at)
        else:
            records.went_on(self._runtime.spool, tenant_id, leg, turn, heard, at, about)
        recent.turn, recent.document, recent.token, recent.sealed = turn.state.turn, document, token, sealed
        return document
