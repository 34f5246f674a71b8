"""Random flows and random callers: whatever is drawn, every call ends, and the same call again is the same call."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.language import engine
from flows.language.engine import MAX_STEPS, MAX_TURNS
from flows.language.flow import Flow
from flows.language.lint import Rules, lint, token_chars
from flows.language.load import load
from flows.language.nodes import NODES as REGISTRY
from flows.language.paths import COUNTING
from flows.language.turn import (
    Answer,
    Dialled,
    Digits,
    Failed,
    Gather,
    Hangup,
    Heard,
    HungUp,
    Queued,
    Recorded,
    Refused,
    Say,
    State,
    Told,
    Turn,
)
from flows.publish import library, library_names
from tests.flows.samples import FACTS

NAMES = [f"n{number}" for number in range(7)]
KNOWN_ENDS = {
    "goodbye", "message_taken", "refused", "transferred", "opted_out", "hung_up",
    "too_many_errors", "too_many_turns", "too_long", "trouble", "to_message", "to_menu", "abandoned",
}  # fmt: skip
SILENT_ENDS = ("transferred", "hung_up", "abandoned", "to_message", "to_menu")
"""Nobody is left who could be told goodbye, or the call goes on elsewhere."""
HARMLESS = {"unreachable", "handover_misplaced", "secret_spoken", "variable_type"}
TEXT = {"en": "Hello {{ who }}.", "zh": "{{ who }}您好。"}
LETTER = {lang: {"subject": said, "paragraphs": [said]} for lang, said in TEXT.items()}
KEYS = {"en": "1 2 0 star", "zh": "1 2 0 星"}


def kinds() -> list[tuple[str, st.SearchStrategy[dict[str, Any]]]]:
    """Kind, and a node of it; its exits are numbered @0, @1, … and led somewhere later."""
    to = st.integers(0, 9).map("@{}".format)

    def of(kind: str, **fields: Any) -> tuple[str, st.SearchStrategy[dict[str, Any]]]:
        drawn = {
            name: one if isinstance(one, st.SearchStrategy) else st.just(one) for name, one in fields.items()
        }
        return kind, st.fixed_dictionaries({"kind": st.just(kind), **drawn})

    option = st.fixed_dictionaries({"text": st.just(KEYS), "next": to})
    said = st.fixed_dictionaries(
        {"text": st.just(KEYS), "says": st.just({"en": ["yes"], "zh": ["是"]}), "next": to}
    )
    ways = {"next": to, "not_found": to, "unavailable": to}
    low = st.fixed_dictionaries({"to": st.just("6"), "next": to})
    spoken = {"1": {"language": "zh", "text": "按1"}, "2": {"language": "en", "text": "press 2"}}
    keyed = {"text": TEXT, "store": "digits", "max_digits": "4", "next": to, "otherwise": to}
    return [
        of("say", text=TEXT, next=to),
        of("play", audio={"en": "a", "zh": "b"}, next=to),
        of(
            "menu",
            options=st.dictionaries(st.sampled_from("12*"), option, min_size=1),
            otherwise=to,
            answer="who",
        ),
        of(
            "speech",
            options=st.dictionaries(st.sampled_from("12"), said, min_size=1),
            otherwise=to,
        ),
        of(
            "rate",
            text=TEXT,
            answer="x",
            store="digits",
            least="0",
            most="10",
            low=low,
            next=to,
            otherwise=to,
        ),
        of("set", values={"who": "{{ caller }}{{ digits }}"}, next=to),
        of("lookup", what="case", by={"number": "{{ digits }}"}, store={"state": "who"}, **ways),
        of("verify", facts={"order": "{{ digits }}"}, next=to, refused=to, locked=to, unavailable=to),
        of("sms", message=TEXT, text=TEXT, next=to, refused=to, unavailable=to),
        of("jump", to=to, times=st.sampled_from(["1", "2", "9"]), otherwise=to),
        of("collect", secret=st.sampled_from(["yes", "no"]), **keyed),
        of(
            "branch",
            variable=st.sampled_from(["who", "digits", "caller"]),
            cases=st.fixed_dictionaries({"0-50": to}),
            otherwise=to,
        ),
        of("hours", calendar="desk", open=to, closed=to),
        of("language", options=spoken, next=to),
        of("record", box="x", text=TEXT, next=to, otherwise=to),
        of("proof", text=TEXT, next=st.just(NAMES[-1])),  # twice recorded is refused by lint
        of("dial", number="{{ desk }}", failed=to),
        of("optout", scope="all", text=TEXT),
        of("case", case="x", details={"who": "{{ who }}"}, text=TEXT, next=to, unavailable=to),
        of("handover", to=st.sampled_from(["message", "menu"])),
        of("queue", team="desk", text=TEXT, next=to, callback=to, overflow=to, unavailable=to),
        of("callback", team="desk", text=TEXT, next=to, refused=to, unavailable=to),
        of("fax", number="{{ desk }}", letter=LETTER, text=TEXT, next=to, refused=to, unavailable=to),
        of("appointment", do="confirm", answer="x", next=to, refused=to, unavailable=to),
        of("hangup"),
    ]


NODES = st.lists(st.one_of([one for _, one in kinds()]), min_size=len(NAMES) - 1, max_size=len(NAMES) - 1)
answers = st.one_of(
    st.sampled_from(
        [Digits(""), Digits("1"), Digits("2"), Digits("0"), Digits("*"), Digits("9"), Digits("123")]
    ),
    st.builds(Digits, st.text(max_size=6)),
    st.builds(Heard, st.sampled_from(["yes", "是", "no yes", ""]), st.sampled_from([None, 0.1, 0.9])),
    st.sampled_from([Recorded("https://r/1", 9), Recorded("", 0), Dialled("completed"), Dialled("busy")]),
    st.sampled_from([Queued("callback"), Queued("overflow"), Queued("hung_up"), Queued("failed")]),
    st.sampled_from([Failed("database"), Failed("x y"), Failed("too_long"), HungUp()]),
)
facts = st.builds(
    lambda who, lang, available, desk: replace(
        FACTS, variables={"who": who, "desk": desk}, lang=lang, available=available
    ),
    st.text(max_size=30),
    st.sampled_from(["en", "zh", "fr", None]),
    st.booleans(),
    st.sampled_from(["+14155550100", "", "x"]),
)


HEAD = {
    "name": "random",
    "direction": "outbound",
    "purpose": "transactional",
    "languages": {"en": {}, "zh": {}},
    "default_language": "en",
    "start": "n0",
    "variables": {"who": {"max_length": "20"}, "digits": {"type": "digits"}, "desk": {"type": "phone"}},
    "hours": {"desk": {"week": {"mon-fri": ["09:00-17:00"]}}},
}


@st.composite
def documents(draw: st.DrawFn, onward: bool = False) -> str:
    """A flow of seven nodes; its ways lead anywhere, or *onward*: towards the hangup at its end, and back to questions."""
    drawn = dict(zip(NAMES, [*draw(NODES), {"kind": "hangup"}], strict=True))
    asking = [name for name, one in drawn.items() if one["kind"] in COUNTING]
    nodes = {
        name: _led(one, [*NAMES[at + 1 :], *asking] if onward else NAMES)
        for at, (name, one) in enumerate(drawn.items())
    }
    document = {**HEAD, "nodes": nodes}
    if draw(st.booleans()):
        document["person"] = draw(st.sampled_from(NAMES))
    if draw(st.booleans()):
        document["anywhere"] = {"9": draw(st.sampled_from(NAMES))}
    return json.dumps(document, ensure_ascii=False)


def flows(onward: bool = False) -> st.SearchStrategy[Flow]:
    """The flow of such a document."""
    return documents(onward).map(load)


def _led(one: dict[str, Any], targets: list[str]) -> Any:
    """*one* with its numbered exits led to *targets*."""
    return json.loads(re.sub(r"@(\d)", lambda found: targets[int(found[1]) % len(targets)], json.dumps(one)))


REPLIES: list[Answer] = [Told({"state": "open", "customer": "9"}), Refused("not_found"), Failed("database")]


def complete(flow: Flow, turn: Turn, known: Any) -> Turn:
    """*turn* with everything it asks for answered, each time otherwise."""
    while turn.asks:
        turn = engine.told(flow, turn, REPLIES[len(turn.steps) % len(REPLIES)], known)
    return turn


def walk(flow: Flow, given: list[Answer], known: Any) -> list[Turn]:
    """Every turn of a call whose caller gives *given* over and over until it ends."""
    turns = [complete(flow, engine.start(flow, known), known)]
    while not turns[-1].ended:
        state = State.from_dict(json.loads(json.dumps(turns[-1].state.to_dict())))
        answer = given[len(turns) % len(given)]
        turns.append(complete(flow, engine.resume(flow, state, answer, known), known))
        assert turns[-1] == complete(flow, engine.resume(flow, turns[-2].state, answer, known), known)
        assert len(turns) <= MAX_TURNS + 1
    return turns


def check(flow: Flow, turns: list[Turn]) -> None:
    """What holds in every call."""
    bound = token_chars(flow, Rules(token_extra_bytes=0))
    for turn in turns:
        assert len(turn.steps) <= MAX_STEPS
        assert all(said == said.strip() and said.isprintable() for step in turn.steps for said in step.says)
        size = len(json.dumps(turn.state.to_dict(), ensure_ascii=False, separators=(",", ":")).encode())
        assert 4 * -(-(57 + 16 * (size // 16 + 1)) // 3) <= bound
        if not turn.ended:
            assert turn.steps[-1].waits_for
            assert sum(isinstance(one, Gather) for one in turn.instructions) <= 1
    assert turns[-1].ended in KNOWN_ENDS
    if turns[-1].ended not in SILENT_ENDS:
        assert isinstance(turns[-1].instructions[-1], Hangup)
        assert any(isinstance(one, Say) for one in turns[-1].instructions)


def test_nodes_of_every_kind_are_drawn() -> None:
    undrawn = REGISTRY.keys() - {kind for kind, _ in kinds()}

    assert undrawn <= {"transfer"}, (
        "who is called and wants a person: tests/flows/language/nodes/test_transfer.py"
    )


@settings(max_examples=120, deadline=None)
@given(flows(), st.lists(answers, min_size=1, max_size=12), facts)
def test_every_call_of_every_flow_ends(flow: Flow, given: list[Answer], known: Any) -> None:
    check(flow, walk(flow, given, known))


@settings(max_examples=120, deadline=None)
@given(flows(onward=True), st.lists(answers, min_size=1, max_size=12), facts)
def test_a_flow_without_errors_causes_none(flow: Flow, given: list[Answer], known: Any) -> None:
    errors = {one.code for one in lint(flow, Rules()) if one.level == "error"} - HARMLESS
    assume(not errors)

    turns = walk(flow, [one for one in given if not isinstance(one, Failed)] or [Digits("")], known)

    assert turns[-1].ended != "trouble"


shipped = cache(lambda name: load(library(name)))


@pytest.mark.parametrize("name", library_names())
@settings(max_examples=80, deadline=None)
@given(st.lists(answers, min_size=1, max_size=25), facts)
def test_every_call_of_a_shipped_flow_ends(name: str, given: list[Answer], known: Any) -> None:
    check(shipped(name), walk(shipped(name), given, known))
