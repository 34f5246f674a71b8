"""
Random flows and random callers on the telephone: what is heard is what the engine says, whatever is asked twice is answered alike
and has one effect, and no address grows beyond what it may hold.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Suppression
from flows.language.flow import Flow
from flows.language.load import load
from ivr import snapshot
from ivr.models import Call, CallStep, Voicemail
from ivr.token import MAX_CHARS
from tests.flows.language.test_walks import documents
from tests.ivr.phone import HOTLINE, Caller, parsed, words

KEYS = st.lists(
    st.sampled_from(["", "1", "2", "0", "9", "*", "12", "1234", "#", "A"]), min_size=1, max_size=8
)
NUMBERS = itertools.count(1)
CLIP = re.compile(r"\[[ab]\]")
"""A prompt that was never uploaded: the engine names it, callers hear nothing."""
COUNTED = {"verify", "sms", "fax"}
"""Kinds that count how often they were asked, so that the second asking of another process may be one too many."""


def publish(app: Flask, flow: Flow, document: str) -> None:
    """Have *flow* answer the hotline."""
    runtime = app.extensions["carillon"]
    path = snapshot.path_in(runtime.config.state_dir)
    body = {
        "numbers": {
            HOTLINE: {"tenant": 1, "flow": flow.hash, "forward_to": "", "variables": {"desk": "+14155550100"}}
        },
        "tenants": {"1": {"name": "Acme", "zone": "America/New_York", "region": "US", "language": "en"}},
        "flows": {flow.hash: document},
    }
    snapshot.write(path, body)


def asked(document: str) -> tuple[str, dict[str, str]] | None:
    """What the carrier does next: the path it asks, and what it brings."""
    for verb in parsed(document).iter():
        if verb.tag == "Gather":
            return verb.get("action") or "", {}
        if verb.tag == "Record":
            return verb.get("action") or "", {"RecordingDuration": "9"}
        if verb.tag == "Dial":
            return verb.get("action") or "", {"DialCallStatus": "busy"}
    return None


def talk(caller: Caller, again: Caller, keys: list[str]) -> list[str]:
    """Every document of a call whose caller gives *keys* over and over; each is asked for twice, the second time by *again*."""
    documents = [caller.ring()]
    assert again.ring() == documents[0]
    for key in itertools.islice(itertools.cycle(keys), 70):
        if (onward := asked(documents[-1])) is None:
            break
        path, brought = onward[0].removeprefix("https://carillon.example"), onward[1]
        assert len(path.rsplit("/", 1)[-1]) <= MAX_CHARS
        form = (
            {**brought, "RecordingUrl": f"https://c/Recordings/RE{caller.sid[2:]}"}
            if brought
            else {"Digits": key}
        )
        documents.append(caller.post(path, **form).text)
        assert again.post(path, **form).text == documents[-1]
    return documents


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_heard_is_what_the_engine_says_and_an_answer_twice_is_one(
    app: Flask,
    another_process: Callable[[str], Flask],
    drain: Callable[[], int],
    rows: Callable[[type[Any]], list[Any]],
    data: st.DataObject,
) -> None:
    document = data.draw(documents())
    flow = load(document)
    publish(app, flow, document)
    number = next(NUMBERS)
    sid, from_ = f"CA{number:032x}", f"+1415{number:07}"
    other = app
    if not COUNTED & {node.kind for node in flow.nodes.values()}:
        other = app.extensions.setdefault("other", None) or another_process("other")
        app.extensions["other"] = other
    caller, again = (Caller(one.test_client(), sid, from_) for one in (app, other))

    heard = talk(caller, again, data.draw(KEYS))

    drain()
    steps = [step for step in rows(CallStep) if step.carrier_id == sid]
    said = {turn: "".join(step.said for step in steps if step.turn == turn) for turn in range(len(heard))}
    assert [_letters(words(document)) for document in heard] == [
        _letters(said[turn]) for turn in range(len(heard))
    ]
    assert asked(heard[-1]) is None, "the call ends"
    assert all(count == 1 for count in Counter((step.turn, step.position) for step in steps).values())
    assert len([one for one in rows(Call) if one.carrier_id == sid]) == 1
    assert len([one for one in rows(Suppression) if one.address == from_]) <= 1
    left = {step.turn for step in steps if step.kind == "message_left"}
    assert len([one for one in rows(Voicemail) if one.call_id == sid]) == min(len(left), 1)


def _letters(said: str) -> str:
    return "".join(CLIP.sub("", said).split())
