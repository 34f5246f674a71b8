"""Plays a flow with a caller whose answers are known beforehand: for the terminal, and for golden calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import Invalid
from core.sentences import Sentence
from flows.language import engine
from flows.language.flow import Flow
from flows.language.lookups import ASKED, EXAMPLES
from flows.language.nodes.fax import PARAGRAPH
from flows.language.turn import (
    Answer,
    Ask,
    Dialled,
    Digits,
    Effect,
    Facts,
    Failed,
    Heard,
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
class Sent:
    """A text or a fax the caller would get: *by* sms or fax."""

    by: str
    to: str
    text: str


@dataclass(frozen=True)
class PlayedTurn:
    """
    What was heard at one turn, what it sent and caused, and what the caller did then; *answered* is None once nobody is
    asked.
    """

    node: str
    lang: str
    says: tuple[str, ...]
    waits_for: str | None
    answered: str | None
    sends: tuple[Sent, ...] = ()
    causes: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Played:
    """A call from greeting to end."""

    turns: tuple[PlayedTurn, ...]
    ended: str

    def to_dict(self) -> dict[str, Any]:
        """As `flows play --json` prints it."""
        turns = [
            {
                "node": turn.node,
                "lang": turn.lang,
                "says": list(turn.says),
                "waits_for": turn.waits_for,
                **({"sends": [asdict(sent) for sent in turn.sends]} if turn.sends else {}),
            }
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
    played = so_far(flow, answers, facts, refusals)
    if played.ended:
        return played
    last = replace(played.turns[-1], answered="(hangs up)")
    return Played((*played.turns[:-1], last), "hung_up")


def so_far(
    flow: Flow, answers: Sequence[str], facts: Facts, refusals: Mapping[str, str] | None = None
) -> Played:
    """The same call while the caller is still there: *ended* is "" if it goes on."""
    turn, sends = _told(flow, engine.start(flow, facts), facts, refusals or {})
    done: list[PlayedTurn] = []
    for given in answers:
        if turn.ended:
            break
        done.append(_played(turn, sends, given or "(silence)"))
        resumed = engine.resume(flow, turn.state, _answer(turn, given.strip()), facts)
        turn, sends = _told(flow, resumed, facts, refusals or {})
    return Played((*done, _played(turn, sends, None)), turn.ended or "")


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


def _told(flow: Flow, turn: Turn, facts: Facts, refusals: Mapping[str, str]) -> tuple[Turn, tuple[Sent, ...]]:
    """*turn* with everything told that it asks for, and what was sent on the way."""
    sends: list[Sent] = []
    while turn.asks:
        reason = refusals.get(turn.asks.what)
        if reason is None:
            sends += _sent(turn.asks)
        known = Told(EXAMPLES.get(turn.asks.what, {}))
        answer = known if reason is None else Failed(reason) if reason == UNAVAILABLE else Refused(reason)
        turn = engine.told(flow, turn, answer, facts)
    return turn, tuple(sends)


def _sent(ask: Ask) -> list[Sent]:
    given = ask.given
    match ask.what:
        case "sms":
            return [Sent("sms", given["number"], given["text"])]
        case "fax":
            return [Sent("fax", given["number"], PARAGRAPH.join((given["subject"], given["paragraphs"])))]
        case _:
            return []


def _played(turn: Turn, sends: tuple[Sent, ...], answered: str | None) -> PlayedTurn:
    says = tuple(said for step in turn.steps for said in step.says)
    waits_for = turn.steps[-1].waits_for if turn.steps else None
    return PlayedTurn(turn.state.node, turn.state.lang, says, waits_for, answered, sends, turn.effects)


def _answer(turn: Turn, given: str) -> Answer:
    match turn.steps[-1].waits_for:
        case "recording":
            return Recorded(RECORDING, int(given)) if given.isdecimal() else Recorded("", 0)
        case "dial" | "transfer":
            return Dialled(given or "no-answer")
        case "queue":
            return Dialled(given) if given in ("answered", "completed") else Queued(given or "overflow")
        case "speech" if not KEYS.fullmatch(given):
            return Heard(given)
        case _:
            return Digits(given)
