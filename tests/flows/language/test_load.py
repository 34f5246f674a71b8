from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from flows.language.finding import Unfit
from flows.language.load import MAX_NODES, load
from flows.language.where import line_of
from tests.flows.samples import HEAD, document, sample

MENU = """
  it:
    kind: menu
    options:
      "1": {text: {en: "For this, press 1."}, next: bye}
    otherwise: bye
"""
DEEP = 10_000


def test_a_flow_knows_what_it_is() -> None:
    flow = sample(MENU, "text_version: 3\nhours: {desk: {week: {mon: [08:00-17:30]}}}")

    assert (flow.name, flow.start, list(flow.languages), flow.text_version) == (
        "sample",
        "it",
        ["en", "zh"],
        3,
    )
    assert (flow.voice("zh").voice, flow.voice("zh").tag) == ("Polly.Zhiyu-Neural", "cmn-CN")
    assert flow.hours["desk"].week == {"mon": ((480, 1050),)}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param(lambda text: "# a remark\n" + text, True, id="a remark changes nothing"),
        pytest.param(
            lambda text: text.replace("\n  bye", "\n\n  bye"), True, id="a blank line changes nothing"
        ),
        pytest.param(lambda text: text.replace("press 1.", "press 1"), False, id="a full stop does"),
        pytest.param(
            lambda text: text.replace("en: {}, zh: {}", "zh: {}, en: {}"), False, id="so does the order"
        ),
    ],
)
def test_the_hash_tells_wordings_apart(change: object, same: bool) -> None:
    text = document(MENU)

    assert callable(change)
    assert (load(text).hash == load(change(text)).hash) is same
    assert len(load(text).hash) == 16


# label: (document, code, part of the message)
BROKEN = {
    "not yaml": ("nodes: [", "yaml_syntax", "line 1"),
    "empty": ("", "yaml_empty", "empty"),
    "only a remark": ("# nothing", "yaml_empty", "empty"),
    "a list": ("- a", "not_a_flow", "write a flow"),
    "a word": ("flow", "not_a_flow", "write a flow"),
    "an alias": ("a: &x 1\nb: *x", "yaml_alias", "line 1"),
    "a tag": ("a: !!python/object:os.system x", "yaml_tag", "line 1"),
    "a key twice": ("name: a\nname: b", "yaml_duplicate_key", "line 2"),
    "a bomb of aliases": ("a: &a [x]\n" + "b: &b [*a, *a]", "yaml_alias", ""),
    "nul": ("name: \0", "yaml_text", ""),
    "a lone surrogate": ("name: \ud800", "yaml_text", ""),
    "a lone surrogate, escaped": ('name: "\\ud800"', "yaml_text", ""),
    "lists ten thousand deep": ("[" * DEEP + "]" * DEEP, "yaml_too_deep", "nested"),
    "mappings ten thousand deep": ("{a: " * DEEP + "}" * DEEP, "yaml_too_deep", "nested"),
    "a megabyte": ("x" * 1_000_001, "yaml_too_long", "characters"),
    "nothing but a name": ("name: x", "field_missing", "add direction"),
    "a name that is a list": ("name: [a]", "field_wrong", "name"),
    "a hash of its own": (document(MENU, "hash: x"), "field_unknown", "remove hash"),
    "an unknown field": (document(MENU, "colour: red"), "field_unknown", "line 8: remove colour"),
    "an unknown direction": (
        document(MENU).replace("inbound", "sideways"),
        "field_wrong",
        "line 3: direction",
    ),
    "no languages": (document(MENU).replace("{en: {}, zh: {}}", "{}"), "field_wrong", "languages"),
    "a default language it lacks": (
        document(MENU).replace("language: en", "language: fr"),
        "language_unknown",
        "fr",
    ),
    "nodes that are a list": (f"{HEAD}start: a\nnodes: [a]", "field_wrong", "nodes"),
    "a node that is a word": (document("  it: hello"), "field_wrong", "node it"),
    "a node without a kind": (document("  it: {next: bye}"), "kind_missing", "add kind, one of say, play"),
    "a node of an unknown kind": (document("  it: {kind: teleport}"), "kind_unknown", "use one of say, play"),
    "a node with a name in capitals": (
        document("  It: {kind: hangup}", start="It"),
        "field_wrong",
        "small letters",
    ),
    "a field a kind lacks": (document("  it: {kind: hangup, next: bye}"), "field_unknown", "remove next"),
    "a field a kind needs": (document("  it: {kind: say, next: bye}"), "field_missing", "add text"),
    "a text that is a list": (document("  it: {kind: say, text: [a], next: bye}"), "field_wrong", "text"),
    "a text without words": (document("  it: {kind: say, text: {en: ''}, next: bye}"), "field_wrong", "text"),
    "a key that is none": (document(MENU.replace('"1"', '"12"')), "field_wrong", "0 to 9, * or #"),
    "a key that leads nowhere": (document(MENU.replace(", next: bye", "")), "field_wrong", "give it a next"),
    "too many tries": (document(MENU + "    tries: 99"), "field_wrong", "line 15: tries: "),
    "a number that is a word": (document(MENU + "    timeout_s: soon"), "field_wrong", "timeout_s"),
    "an exit to nowhere": (
        document(MENU.replace("otherwise: bye", "otherwise: moon")),
        "exit_unknown",
        "moon",
    ),
    "a start that is nowhere": (document(MENU, start="moon"), "exit_unknown", "line 7: start leads to moon"),
    "a person who is nowhere": (document(MENU, "person: moon"), "exit_unknown", "line 8: person"),
    "a key anywhere to nowhere": (document(MENU, 'anywhere: {"9": moon}'), "exit_unknown", "anywhere 9"),
    "a calendar that is nowhere": (
        document("  it: {kind: hours, calendar: desk, open: bye, closed: bye}"),
        "calendar_unknown",
        "define it under hours",
    ),
    "hours that end before they start": (
        document(MENU, "hours: {desk: {week: {mon: [18:00-08:00]}}}"),
        "field_wrong",
        "must end after they start",
    ),
    "a number that cannot be dialled": (
        document('  it: {kind: dial, number: "911", failed: bye}'),
        "field_wrong",
        "number",
    ),
    "a number that cannot be texted": (
        document(
            "  it: {kind: sms, number: abc, message: {en: Hi}, next: bye, refused: bye, unavailable: bye}"
        ),
        "field_wrong",
        "write a number like",
    ),
    "bounds that cross": (
        document(
            "  it: {kind: collect, text: {en: a}, store: x, min_digits: 3, max_digits: 2, next: bye, otherwise: bye}"
        ),
        "field_wrong",
        "min_digits must not be over max_digits",
    ),
    "a secret answer": (
        document(
            "  it: {kind: collect, text: {en: a}, store: x, max_digits: 2, secret: yes, answer: yes, next: bye, otherwise: bye}"
        ),
        "field_wrong",
        "secret",
    ),
    "a case without a way out": (
        document("  it: {kind: case, case: x, next: bye}"),
        "field_missing",
        "add unavailable",
    ),
    "a detail that hides the kind": (
        document("  it: {kind: case, case: x, details: {kind: y}, next: bye, unavailable: bye}"),
        "field_wrong",
        "choose another name",
    ),
    "one language to choose from": (
        document('  it: {kind: language, options: {"1": {language: en, text: a}}, next: bye}'),
        "field_wrong",
        "options",
    ),
    "more nodes than anyone can follow": (
        document("\n".join(f"  n{number}: {{kind: hangup}}" for number in range(MAX_NODES)), start="n0"),
        "too_many_nodes",
        "split it",
    ),
}


@pytest.mark.parametrize("label", BROKEN)
def test_what_cannot_be_walked_is_refused_with_its_remedy(label: str) -> None:
    text, code, says = BROKEN[label]

    with pytest.raises(Unfit) as refused:
        load(text)

    assert refused.value.code == code
    assert says in refused.value.message
    assert all(finding.level == "error" and finding.message for finding in refused.value.findings)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Unfit) as refused:
        load(document("  it: {kind: say}\n  at: {kind: menu, options: {}}"))

    assert [(one.node, one.code) for one in refused.value.findings] == [
        ("it", "field_missing"),
        ("it", "field_missing"),
        ("at", "field_wrong"),
        ("at", "field_missing"),
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.text("ab:{}[]\"'\n -1&*!|>%@", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(Invalid):
        load(text)


fragments = st.recursive(
    st.sampled_from(["", "1", "say", "bye", "en", "\u202e", "{{ x }}", "9" * 400, "-1", "1e309", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "text", "en", "next", "1", "options", "play"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def _flowed(plain: object) -> str:
    """*plain* as YAML in flow style."""
    if isinstance(plain, dict):
        return "{" + ", ".join(f'"{key}": {_flowed(value)}' for key, value in plain.items()) + "}"
    if isinstance(plain, list):
        return "[" + ", ".join(_flowed(one) for one in plain) + "]"
    return f'"{plain}"'


@settings(max_examples=200, deadline=None)
@given(fragments, st.sampled_from(["it", "hours", "texts", "variables", "languages"]))
def test_no_value_of_a_wrong_type_breaks_the_reader(fragment: object, place: str) -> None:
    text = (
        document(f"  it: {_flowed(fragment)}")
        if place == "it"
        else document(MENU, f"{place}: {_flowed(fragment)}")
    )

    with suppress(Unfit):
        assert load(text).nodes


def test_a_line_is_found_by_its_path() -> None:
    text = document(MENU)

    assert (
        text.splitlines()[(line_of(text, ["nodes", "it", "options", "1", "next"]) or 0) - 1]
        .strip()
        .startswith('"1"')
    )
    assert line_of(text, ["nowhere"]) is None
