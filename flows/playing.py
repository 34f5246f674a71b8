"""Plays a flow with a caller whose answers are known beforehand: for the terminal, and for golden calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.sentences import Sentence
from flows.language import engine
from flows.language.flow import Flow
from flows.language.lookups import ASKED, EXAMPLES
from flows.language.turn import (
    Answer,
    Dialled,
    Digits,
    Facts,
    Failed,
    Heard,
    HungUp,
    Queued,
    Recorded,
    Refused,
    Told,
    Turn,
)

KEYS = re.compile(r"[0-9*#]*", re.ASCII)
UNAVAILABLE = "unavailable"
RECORDING = "recording"


@dataclass(frozen=True)
class PlayedTurn:
    """What was heard at one turn, and what the caller did then; *answered* is None once nobody is asked."""

    node: str
    lang: str
    says: tuple[str, ...]
    waits_for: str | None
    answered: str | None


@dataclass(frozen=True)
class Played:
    """A call from greeting to end."""

    turns: tuple[PlayedTurn, ...]
    ended: str

    def to_dict(self) -> dict[str, Any]:
        """As `flows play --json` prints it."""
        turns = [
            {"node": turn.node, "lang": turn.lang, "says": list(turn.says), "waits_for": turn.waits_for}
            for turn in self.turns
        ]
        return {"turns": turns, "ended": self.ended}


def play(
    flow: Flow, answers: Sequence[str], facts: Facts, refusals: Mapping[str, str] | None = None
) -> Played:
    """
    The call in which the caller gives *answers* one by one and hangs up when there are no more.

    What the flow asks for is told as in flows/language/lookups.py, but for *refusals*: what it asks -> why not.
    """
    turn = _told(flow, engine.start(flow, facts), facts, refusals or {})
    done: list[PlayedTurn] = []
    for given in answers:
        if turn.ended:
            break
        done.append(_played(turn, given or "(silence)"))
        resumed = engine.resume(flow, turn.state, _answer(turn, given.strip()), facts)
        turn = _told(flow, resumed, facts, refusals or {})
    if turn.ended:
        return Played((*done, _played(turn, None)), turn.ended)
    hung_up = engine.resume(flow, turn.state, HungUp(), facts)
    return Played((*done, _played(turn, "(hangs up)")), hung_up.ended or "hung_up")


def check(flow: Flow, facts: Facts, refusals: Mapping[str, str]) -> None:
    """Raises Invalid for a language or a variable that *flow* does not have, and for *refusals* of what no flow asks for."""
    if facts.lang and facts.lang not in flow.languages:
        raise Invalid(
            "language_unknown",
            "this flow speaks {languages}, not {language}",
            languages=flow.languages,
            language=facts.lang,
        )
    if unknown := sorted(set(facts.variables) - set(flow.variables)):
        raise Invalid(
            "unknown_variable",
            "this flow has no variable {unknown}; it has: {known}",
            unknown=unknown,
            known=tuple(flow.variables) or Sentence("nothing"),
        )
    if unknown := sorted(set(refusals) - set(ASKED)):
        raise Invalid(
            "unknown_question",
            "no flow asks for {unknown}; refuse one of {words}",
            unknown=unknown,
            words=ASKED,
        )


def _told(flow: Flow, turn: Turn, facts: Facts, refusals: Mapping[str, str]) -> Turn:
    while turn.asks:
        reason = refusals.get(turn.asks.what)
        known = Told(EXAMPLES.get(turn.asks.what, {}))
        answer = known if reason is None else Failed(reason) if reason == UNAVAILABLE else Refused(reason)
        turn = engine.told(flow, turn, answer, facts)
    return turn


def _played(turn: Turn, answered: str | None) -> PlayedTurn:
    says = tuple(said for step in turn.steps for said in step.says)
    waits_for = turn.steps[-1].waits_for if turn.steps else None
    return PlayedTurn(turn.state.node, turn.state.lang, says, waits_for, answered)


def _answer(turn: Turn, given: str) -> Answer:
    match turn.steps[-1].waits_for:
        case "recording":
            return Recorded(RECORDING, int(given)) if given.isdecimal() else Recorded("", 0)
        case "dial":
            return Dialled(given or "no-answer")
        case "queue":
            return Dialled(given) if given in ("answered", "completed") else Queued(given or "overflow")
        case "speech" if not KEYS.fullmatch(given):
            return Heard(given)
        case _:
            return Digits(given)
