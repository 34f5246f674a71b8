"""
Walks a flow. Pure: the same flow, state, answer and facts give the same turn.

    start(flow, facts)                 -> Turn
    resume(flow, state, answer, facts) -> Turn
    told(flow, turn, answer, facts)    -> Turn      while a turn asks for something (a lookup, a case)

Bad content never breaks a call: it causes an `error` effect, the flow's `trouble` text, and the way to a person if the
flow has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.errors import CarillonError, Invalid
from flows.language.context import GAVE_UP, OF_ONE_NODE, TROUBLE, Context, Decision
from flows.language.flow import Flow
from flows.language.text import plain, split_for_say
from flows.language.turn import (
    Answer,
    Effect,
    Facts,
    Failed,
    Gather,
    Hangup,
    HungUp,
    Instruction,
    Play,
    Say,
    State,
    Step,
    Turn,
)

MAX_STEPS = 50
"""Nodes passed in one turn."""
MAX_TURNS = 60
"""Answers taken in one call: nobody holds a line for ever."""
EDGE = "edge"
TOO_LONG = "too_long"
"""Why a question goes unanswered: the edge failed, or the caller has been in the menus for too long."""


def start(flow: Flow, facts: Facts, at: str | None = None, turn: int = 0) -> Turn:
    """
    The first turn in *flow*, at its start or at node *at* (such as `flow.machine`): the first of a call, or its *turn*-th where
    it was another flow's before.
    """
    lang = facts.lang if facts.lang in flow.languages else flow.default_language
    state = State(
        flow.hash, at or flow.start, turn, lang or flow.default_language, {}, flow.carried(facts.variables)
    )
    return _Walk(flow, facts, state).run(None)


def resume(flow: Flow, state: State, answer: Answer, facts: Facts) -> Turn:
    """The turn after *state*, now that *answer* has come."""
    state = replace(state, turn=state.turn + 1)
    if isinstance(answer, HungUp):
        return Turn(state, (), (), (), "hung_up")
    return _Walk(flow, facts, state).run(answer)


def told(flow: Flow, turn: Turn, answer: Answer, facts: Facts) -> Turn:
    """*turn* gone on with, now that there is an *answer* to what it asks for; still the same turn."""
    return joined(
        turn, _Walk(flow, facts, turn.state, passing=dict(turn.passing)).run(answer, len(turn.steps))
    )


def joined(turn: Turn, rest: Turn) -> Turn:
    """*turn* and the *rest* of it as one."""
    return replace(
        rest,
        instructions=turn.instructions + rest.instructions,
        effects=turn.effects + rest.effects,
        steps=turn.steps + rest.steps,
    )


def preceded(flow: Flow, turn: Turn, announced: Sequence[Mapping[str, str]]) -> Turn:
    """*turn*, a call's first, with announcements (language -> text) before it, in each language of the flow."""
    said = tuple(
        Say(piece, lang)
        for texts in announced
        for lang in flow.languages
        for piece in split_for_say(plain(texts.get(lang, "")))
    )
    if not said:
        return turn
    step = Step("announcement", "announcement", says(said), None)
    return replace(turn, instructions=(*said, *turn.instructions), steps=(step, *turn.steps))


def transfer(flow: Flow, state: State, facts: Facts) -> Turn:
    """Out of trouble from outside the flow (the edge failed): apologise, then to a person or to the end."""
    return resume(flow, state, Failed(EDGE), facts)


@dataclass
class _Walk:
    """One turn in the making."""

    flow: Flow
    facts: Facts
    state: State
    secrets: dict[str, str] = field(default_factory=dict)
    passing: dict[str, str] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def run(self, answer: Answer | None, passed: int = 0) -> Turn:
        for step in range(passed, MAX_STEPS):
            ctx = Context(self.flow, self.state, self.facts, self.secrets, self.passing)
            decision = (
                _decide(ctx, answer)
                if step < MAX_STEPS - 1
                else _in_trouble(ctx, "too_many_steps", last=True)
            )
            self._take(decision)
            if decision.goto is None:
                return Turn(
                    self.state,
                    tuple(self.instructions),
                    tuple(self.effects),
                    tuple(self.steps),
                    decision.ended,
                    decision.asks,
                    self.passing if decision.asks else {},
                )
            answer = None
        raise AssertionError("the last step always ends the turn")

    def _take(self, decision: Decision) -> None:
        self.instructions += decision.instructions
        self.effects += decision.effects
        self.secrets |= decision.secrets
        node = self.flow.nodes.get(self.state.node)
        kind = node.kind if node else "unknown"
        self.steps.append(Step(self.state.node, kind, says(decision.instructions), decision.waits_for))
        was = self.state
        counters = {**was.counters, **decision.counters}
        if decision.goto is not None:
            counters = {name: count for name, count in counters.items() if name not in OF_ONE_NODE}
        variables = {**was.variables, **self._lasting(decision)} if decision.variables else was.variables
        self.state = State(
            was.flow, decision.goto or was.node, was.turn, decision.lang or was.lang, counters, variables
        )

    def _lasting(self, decision: Decision) -> dict[str, str]:
        """What of the decision's variables travels with the call; the others pass."""
        passing = {name for name in decision.variables if self.flow.is_passing(name)}
        self.passing |= {name: decision.variables[name] for name in passing}
        return {name: value for name, value in decision.variables.items() if name not in passing}


def _decide(ctx: Context, answer: Answer | None) -> Decision:
    try:
        decision = _asked(ctx, answer)
    except CarillonError as error:
        return _in_trouble(ctx, error.code)
    if decision.waits_for and ctx.state.turn >= MAX_TURNS:
        said = (*ctx.phrase("too_many_errors"), Hangup())
        return Decision(said, decision.effects, ended="too_many_turns")
    return decision


def _asked(ctx: Context, answer: Answer | None) -> Decision:
    if ctx.state.flow != ctx.flow.hash:
        raise Invalid("flow_changed", "the call began on another version")
    node = ctx.flow.nodes.get(ctx.state.node)
    if node is None:
        raise Invalid("node_unknown", "the flow has no such node")
    if answer is None:
        return node.enter(ctx)
    if not isinstance(answer, Failed):
        return node.resume(ctx, answer)
    if answer.reason == TOO_LONG:
        return _out_of_time(ctx)
    if answer.reason != EDGE and (unavailable := node.exits().get("unavailable")):
        return Decision(goto=unavailable)
    raise Invalid(answer.reason, "what the node waited for failed")


def _out_of_time(ctx: Context) -> Decision:
    """To a person, the first time and if the flow has one; else to the end."""
    said, person = ctx.phrase("too_long"), ctx.flow.person
    if person and person != ctx.state.node and not ctx.count(GAVE_UP):
        return Decision(said, goto=person, counters={GAVE_UP: 1})
    return Decision((*said, *ctx.phrase("goodbye"), Hangup()), ended=TOO_LONG)


def _in_trouble(ctx: Context, code: str, last: bool = False) -> Decision:
    effects = (Effect("error", {"code": code, "node": ctx.state.node}),)
    said = ctx.phrase("trouble")
    person = ctx.flow.person
    if person and person != ctx.state.node and not ctx.count(TROUBLE) and not last:
        return Decision(said, effects, goto=person, counters={TROUBLE: 1})
    return Decision((*said, Hangup()), effects, ended="trouble")


def says(instructions: tuple[Instruction, ...]) -> tuple[str, ...]:
    """What the caller hears of *instructions*, for records and simulators; an uploaded prompt is named in brackets."""
    heard: list[str] = []
    for instruction in instructions:
        match instruction:
            case Say(text):
                heard.append(text)
            case Play(audio):
                heard.append(f"[{audio}]")
            case Gather(prompts):
                heard += says(prompts)
            case _:
                pass  # nothing to hear
    return tuple(heard)
