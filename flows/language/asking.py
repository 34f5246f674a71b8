"""What every node that waits for the caller does alike: keys that work anywhere, repeating, counting failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from flows.language.context import ERRORS, GAVE_UP, REPEATS, TRIES, Context, Decision
from flows.language.phrases import PhraseName
from flows.language.prompt import Escalating, Spoken
from flows.language.turn import Answer, Digits, Effect, Hangup, Pause, Play, Say

MAX_REPEATS = 3
"""How often one may have the same question repeated by `*` before it counts as a failure."""

Ask = Callable[[Context], Decision]


def anywhere(ctx: Context, key: str) -> Decision | None:
    """Where *key* leads from every question of the flow, or None if it has no such meaning."""
    if target := ctx.flow.anywhere.get(key):
        return Decision(goto=target)
    if key == "0" and ctx.flow.person:
        return Decision(goto=ctx.flow.person)
    return None


def repeated(ctx: Context, ask: Ask) -> Decision | None:
    """The question once more, or None if it was repeated often enough."""
    if ctx.count(REPEATS) >= MAX_REPEATS:
        return None
    return replace(ask(ctx), counters={REPEATS: ctx.count(REPEATS) + 1})


def failed(
    ctx: Context, phrase: PhraseName, own: Escalating | None, tries: int, otherwise: str, ask: Ask
) -> Decision:
    """
    One more failure: explain and ask again, after *tries* go *otherwise*, after the flow's cap give the call up.

    The explanation stands before the question, so that no key pressed too early skips it.
    """
    failure, errors = ctx.count(TRIES) + 1, ctx.count(ERRORS) + 1
    counters = {TRIES: failure, ERRORS: errors}
    if errors >= ctx.flow.max_errors:
        return replace(give_up(ctx, "too_many_errors"), counters={**counters, GAVE_UP: 1})
    said = explained(ctx, phrase, own, failure)
    if failure >= tries:
        return Decision(said, goto=otherwise, counters=counters)
    asked = ask(ctx)
    return replace(asked, instructions=(*said, *asked.instructions), counters=counters)


def explained(
    ctx: Context, phrase: PhraseName, own: Escalating | None, failure: int
) -> tuple[Say | Play | Pause, ...]:
    """The node's own words for the *failure*-th time, or the flow's standing *phrase*."""
    ladder = (own or {}).get(ctx.state.lang)
    if not ladder:
        return ctx.phrase(phrase, failure)
    return ctx.speak_parts((ladder[min(failure, len(ladder)) - 1],), ctx.state.lang)


def give_up(ctx: Context, reason: str) -> Decision:
    """To a person, the first time and if the flow has one; else say so and end the call."""
    person = ctx.flow.person
    if person and not ctx.count(GAVE_UP) and person != ctx.state.node:
        return Decision(goto=person)
    return Decision((*ctx.phrase("too_many_errors"), Hangup()), ended=reason)


class Offered(Protocol):
    """A choice of a menu: what is said of it, where it leads, and what is kept if it is made."""

    @property
    def text(self) -> Spoken | None: ...
    @property
    def next(self) -> str | None: ...
    @property
    def value(self) -> str | None: ...


def offers(lead: Spoken | None, options: Mapping[str, Offered]) -> dict[str, Spoken]:
    """Field -> what a menu says there, in its order."""
    first = {"text": lead} if lead else {}
    return {**first, **{f"options.{key}.text": one.text for key, one in options.items() if one.text}}


def chosen(
    ctx: Context, options: Mapping[str, Offered], key: str, answer: str | None, ask: Ask
) -> Decision | None:
    """Where *key* leads, its choice kept as the answer of that name; None if it means nothing here."""
    option = options.get(key)
    if option and option.next:
        data = {"name": answer or "", "value": option.value or key}
        return Decision(effects=(Effect("answer", data),) if answer else (), goto=option.next)
    return repeated(ctx, ask) if key == "*" else anywhere(ctx, key)


class Question(Protocol):
    """A question for digits: which entries answer it, and what is said and done of those that do not."""

    @property
    def no_entry(self) -> Escalating | None: ...
    @property
    def bad_entry(self) -> Escalating | None: ...
    @property
    def tries(self) -> int: ...
    @property
    def otherwise(self) -> str: ...
    def accepts(self, entry: str) -> bool: ...
    def enter(self, ctx: Context) -> Decision: ...


def entered(
    ctx: Context, question: Question, answer: Answer, keep: Callable[[Context, str], Decision]
) -> Decision:
    """What follows an entry: it is kept, or `*` cleared it, or it has a meaning anywhere, or it is asked for again."""
    keyed = answer.text if isinstance(answer, Digits) else ""
    entry = keyed.rpartition("*")[2]
    if question.accepts(entry):
        return keep(ctx, entry)
    if keyed.endswith("*") and (decision := repeated(ctx, question.enter)):
        return decision
    if decision := anywhere(ctx, keyed):
        return decision
    phrase: PhraseName = "bad_entry" if keyed else "no_entry"
    own = question.bad_entry if keyed else question.no_entry
    return failed(ctx, phrase, own, question.tries, question.otherwise, question.enter)
