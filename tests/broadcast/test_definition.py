"""A campaign's document: what is wrong is said for the field it is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import broadcast.definition as described
from broadcast.definition import read
from broadcast.expected import by_word
from core.errors import Invalid

GOOD = {
    "name": "Autumn",
    "purpose": "marketing",
    "channel": "sms",
    "audience": "{segment: {tags: [autumn]}}",
    "message": "{en: {text: Hello}}",
}


def document(**more: str | None) -> str:
    return "".join(f"{name}: {value}\n" for name, value in {**GOOD, **more}.items() if value is not None)


def refused(text: str) -> str:
    with pytest.raises(Invalid) as error:
        read(text)
    return error.value.message


def test_the_example_of_the_docstring_is_read() -> None:
    example = (described.__doc__ or "").split("\n\n")[1]
    found = read("\n".join(line.removeprefix("    ") for line in example.splitlines()))

    assert (found.name, found.waves[0].channel, found.ends_after_h) == ("Autumn service reminder", "sms", 48)
    assert found.waves[0].retries["busy"].model_dump() == {"times": 3, "after_s": 300}
    assert found.waves[0].message["zh"]["text"].startswith("湖滨汽车")


def test_answers_are_compared_as_texts_are() -> None:
    found = read(document(answers="{yes: [1, Yes, 好], no: ['2', no]}"))

    assert by_word(found.waves[0].answers) == {"1": "yes", "YES": "yes", "好": "yes", "2": "no", "NO": "no"}


def test_what_is_left_out_has_a_value() -> None:
    found = read(document())

    assert (found.ends_after_h, found.variables, found.waves[0].retries) == (48, {}, {})


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        ("voice", "{flow: survey}"),
        ("sms", "{en: {text: Hello}, zh: {text: 您好}}"),
        ("fax", "{zh: {subject: 邀请, paragraphs: [您好]}}"),
    ],
)
def test_each_channel_has_its_message(channel: str, message: str) -> None:
    found = read(document(channel=channel, message=message))

    assert found.waves[0].flow == ("survey" if channel == "voice" else "")


WHICH = "enter either `segment` or `file`"
NO_SUCH = "there is no such field; remove it or mend its name"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": None}, "name: this field is missing", id="no name"),
        pytest.param({"name": '""'}, "name: enter something here", id="an empty name"),
        pytest.param({"name": "x" * 121}, "name: enter at most 120 characters", id="a long name"),
        pytest.param({"name": "[a]"}, "name: enter a text", id="a list for a name"),
        pytest.param(
            {"purpose": "spam"},
            "purpose: enter one of marketing, service, transactional",
            id="another purpose",
        ),
        pytest.param({"channel": "pigeon"}, "channel: enter one of voice, sms, fax", id="another channel"),
        pytest.param({"chanel": "sms"}, f"chanel: {NO_SUCH}", id="a field that is none"),
        pytest.param({"audience": "everybody"}, "audience: enter fields here, such as in {text: Hello}", id="a word"),
        pytest.param({"audience": "{}"}, f"audience: {WHICH}", id="no audience"),
        pytest.param({"audience": "{segment: {}, file: a.csv}"}, f"audience: {WHICH}", id="two audiences"),
        pytest.param({"audience": "{segment: {tagz: [a]}}"}, f"audience.segment.tagz: {NO_SUCH}", id="a segment's field"),
        pytest.param(
            {"audience": "{segment: {tags: autumn}}"},
            "audience.segment.tags: enter a list, such as [autumn, spring]",
            id="a tag that is no list",
        ),
        pytest.param(
            {"audience": "{segment: {service_due_before: soon}}"},
            "audience.segment.service_due_before: enter a day like 2026-12-31",
            id="no date",
        ),
        pytest.param({"message": "{}"}, "message: enter something here", id="no message"),
        pytest.param({"message": "Hello"}, "message: enter fields here, such as in {text: Hello}", id="a bare text"),
        pytest.param({"message": "{en: Hello}"}, "message.en: enter fields here, such as in {text: Hello}", id="no field"),
        pytest.param({"message": "{en: {txt: Hello}}"}, f"message.en.text: this field is missing\nmessage.en.txt: {NO_SUCH}", id="a typing error"),
        pytest.param({"message": "{fr: {text: Bonjour}}"}, "message: holds a text for each language: en, zh; not fr", id="French"),
        pytest.param({"message": "{flow: survey}"}, "message: holds a text for each language: en, zh; not flow", id="a flow by SMS"),
        pytest.param({"channel": "voice"}, f"message.flow: this field is missing\nmessage.en: {NO_SUCH}", id="a text by voice"),
        pytest.param(
            {"channel": "fax"},
            f"message.en.subject: this field is missing\nmessage.en.paragraphs: this field is missing\nmessage.en.text: {NO_SUCH}",
            id="a text by fax",
        ),
        pytest.param(
            {"channel": "fax", "message": "{en: {subject: Hello, paragraphs: []}}"},
            "message.en.paragraphs: enter something here",
            id="no paragraph",
        ),
        pytest.param({"ends_after_h": "soon"}, "ends_after_h: enter a whole number", id="no number"),
        pytest.param({"ends_after_h": "0"}, "ends_after_h: enter 1 or more", id="over at once"),
        pytest.param({"ends_after_h": "9999"}, "ends_after_h: enter 1440 or less", id="for ever"),
        pytest.param({"retries": "{busy: {times: 11, after_s: 60}}"}, "retries.busy.times: enter 10 or less", id="too often"),
        pytest.param({"retries": "{busy: {times: 1, after_s: 5}}"}, "retries.busy.after_s: enter 30 or more", id="too soon"),
        pytest.param({"retries": "{busy: {times: 1}}"}, "retries.busy.after_s: this field is missing", id="when"),
        pytest.param(
            {"retries": "{bussy: {times: 1, after_s: 60}}"},
            "retries: nothing is tried again for bussy; enter busy, cut, handset_off, machine, network, no_answer, not_a_fax, poor_line, unknown_cause",
            id="a cause that is none",
        ),
        pytest.param({"machine": "counts"}, "machine: only calls meet answering machines; remove this field", id="a machine that reads"),
        pytest.param({"machine": "maybe"}, "machine: enter one of counts, does_not_count", id="perhaps"),
        pytest.param(
            {"channel": "voice", "message": "{flow: survey}", "answers": "{yes: [1]}"},
            "answers: only texts are answered by words; remove this field",
            id="words in a call",
        ),
        pytest.param({"answers": "{yes: []}"}, "answers.yes: list 1 to 50 words, such as [1, yes]", id="no word"),
        pytest.param({"answers": "{yes: [1], no: [1.]}"}, "answers.no: 1. is an answer of yes already; remove it from one", id="one word twice"),
        pytest.param({"answers": "{no: [Stop]}"}, "answers.no: Stop always means stop; choose another word", id="a STOP word"),
        pytest.param({"answers": "{no: [帮助]}"}, "answers.no: 帮助 always means help; choose another word", id="a HELP word"),
        pytest.param({"answers": "{no: ['!']}"}, "answers.no: '!' has no letter or digit; enter a word", id="a mark"),
        pytest.param({"answers": "{No Way: [2]}"}, "answers.No Way: use small letters, digits and _, 32 at most, a letter first", id="no name"),
        pytest.param({"variables": "{company: [a]}"}, "variables.company: enter a text", id="a list for a value"),
        pytest.param({"variables": "{company: " + "x" * 401 + "}"}, "variables.company: enter at most 400 characters", id="a long value"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_to_enter(change: dict[str, str | None], message: str) -> None:
    assert refused(document(**change)) == message


def test_everything_wrong_is_named_at_once() -> None:
    said = refused(document(purpose="spam", channel="pigeon", name=None))

    assert [line.split(":")[0] for line in said.splitlines()] == ["name", "purpose", "channel"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "the document is empty", id="empty"),
        pytest.param("just words", "a campaign starts with fields such as `name:` and `channel:`", id="words"),
        pytest.param("- name: x", "a campaign starts with fields such as `name:` and `channel:`", id="a list"),
        pytest.param("name: [", "line 1, column 8: this is no YAML; compare it with an example", id="broken"),
        pytest.param("name: a\nname: b", "line 2, column 1: 'name' stands here twice", id="twice"),
        pytest.param('name: "a\\0"', "line 1, column 7: remove the NUL character (U+0000) at position 2", id="NUL"),
        pytest.param("name: &a b\npurpose: *a", "line 1, column 7: write the value out again instead of & or *", id="alias"),
        pytest.param("name: !!python/object:os.system x", "line 1, column 7: remove the tag tag:yaml.org,2002:python/object:os.system", id="tag"),
    ],
)  # fmt: skip
def test_what_is_no_campaign_is_refused(text: str, message: str) -> None:
    assert refused(text) == message


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "retries", "variables", "ends_after_h"]),
        st.recursive(
            st.text(alphabet="abc123", min_size=1, max_size=5),
            lambda inner: (
                st.lists(inner, max_size=2).map(lambda v: "[" + ", ".join(v) + "]")
                | st.dictionaries(st.sampled_from(["en", "text", "segment"]), inner, max_size=2).map(
                    lambda v: "{" + ", ".join(f"{key}: {one}" for key, one in v.items()) + "}"
                )
            ),
            max_leaves=5,
        ),
    )
)
def test_any_document_is_read_or_refused_in_words(fields: dict[str, str]) -> None:
    said = ""
    try:
        read(document(**fields))
    except Invalid as error:
        said = error.message
    assert "pydantic" not in said
    assert "type=" not in said
