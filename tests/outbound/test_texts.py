"""Templates fill in values, name what is wrong, and never run anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from outbound.texts import MAX_RESULT, MAX_SOURCE, Template, check, clean, missing, placeholders, render

RENDERED = [
    pytest.param("Dear {{ name }},", {"name": "Ann"}, "Dear Ann,", id="a placeholder"),
    pytest.param(
        "尊敬的{{ 姓名 }}：", {"姓名": "王小明"}, "尊敬的王小明：", id="a Chinese name for a placeholder"
    ),
    pytest.param(
        'Dear {{ name|default("customer") }}', {}, "Dear customer", id="a default when there is none"
    ),
    pytest.param(
        'Dear {{ name|default("customer") }}', {"name": " \t"}, "Dear customer", id="a default when blank"
    ),
    pytest.param(
        'Dear {{ name|default("customer") }}', {"name": "Bo"}, "Dear Bo", id="no default when there is one"
    ),
    pytest.param("on {{ day|date }}", {"day": "2026-05-20"}, "on May 20, 2026", id="a date"),
    pytest.param(
        "on {{ day|date }}", {"day": "2026-05-20T17:05"}, "on May 20, 2026", id="a date with a time"
    ),
    pytest.param("{{ hotline|phone }}", {"hotline": "+14155550123"}, "+1 415-555-0123", id="a number"),
    pytest.param("{{ hotline|phone }}", {"hotline": "800-820-0000"}, "800-820-0000", id="a number not E.164"),
    pytest.param('{{ d|date|default("soon") }}', {}, "soon", id="a default is not filtered"),
    pytest.param("{% if a %}yes{% endif %}", {"a": "1"}, "yes", id="if"),
    pytest.param("{% if a %}yes{% endif %}", {}, "", id="if without the value"),
    pytest.param("{% if not a %}no{% else %}yes{% endif %}", {}, "no", id="if not"),
    pytest.param('{% if a == "x" %}X{% elif a == "y" %}Y{% else %}Z{% endif %}', {"a": "y"}, "Y", id="elif"),
    pytest.param('{% if a == "x" %}X{% elif a == "y" %}Y{% else %}Z{% endif %}', {"a": "z"}, "Z", id="else"),
    pytest.param('{% if a != "x" %}other{% endif %}', {"a": "y"}, "other", id="unequal"),
    pytest.param('{% if not a == "x" %}other{% endif %}', {"a": "x"}, "", id="not equal"),
    pytest.param("{% if a %}{{ a }}{% endif %}!", {}, "!", id="what is not reached is not missed"),
    pytest.param("100 % {sure} 5 < 6 & more", {}, "100 % {sure} 5 < 6 & more", id="plain text as it is"),
    pytest.param("{# for us #}hello\n", {}, "hello\n", id="a comment is dropped, the last newline kept"),
    pytest.param("{% raw %}{{ x }}{% endraw %}", {}, "{{ x }}", id="raw"),
]


@pytest.mark.parametrize(("source", "variables", "expected"), RENDERED)
def test_a_text_is_filled_in(source: str, variables: dict[str, str], expected: str) -> None:
    assert render(source, variables) == expected
    assert render(Template(source), variables) == expected


def test_a_date_is_written_in_the_language_of_the_template() -> None:
    assert render(Template("{{ d|date }}", "zh"), {"d": "2026-05-20"}) == "2026年5月20日"


HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.__class__ }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ name() }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}{{ config.items() }}",
    "{{ range(10**9) }}",
    "{{ 7 * 7 }}",
    "{{ 'a' * 10**9 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'x' ~ name }}",
    "{{ [1] }}",
    "{{ {} }}",
    "{{ 1 if name else 2 }}",
    "{{ name|map('upper') }}",
    "{{ name|safe }}",
    "{{ name|upper }}",
    "{{ name|format('%n') }}",
    "{{ name|default(other) }}",
    "{{ name|default('a', true) }}",
    "{{ name|default(boolean=true) }}",
    "{{ name|date('zh') }}",
    "{{ name|date(*name) }}",
    "{{ name|date|date|date }}",
    "{{ name is defined }}",
    "{{ _private }}",
    "{{ __import__ }}",
    "{{ 'text' }}",
    "{{ 1 }}",
    "{{ none }}",
    "{{ True }}",
    "{{ super() }}",
    "{{ name, name }}",
    "{{ name[1:] }}",
    "{% for i in name %}{{ i }}{% endfor %}",
    "{% for i in range(9) recursive %}{{ loop(i) }}{% endfor %}",
    "{% set name = 1 %}",
    "{% set name %}x{% endset %}",
    "{% include 'secret' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'base' %}",
    "{% block x %}{% endblock %}",
    "{% macro x() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% do x() %}",
    "{% debug %}",
    "{% if name() %}x{% endif %}",
    "{% if name.x %}x{% endif %}",
    "{% if name and other %}x{% endif %}",
    "{% if 1 < name < 3 %}x{% endif %}",
    "{% if name == other %}x{% endif %}",
    "{% if name == 1 %}x{% endif %}",
    "{% if name in 'abc' %}x{% endif %}",
    "{% if name|upper %}x{% endif %}",
    "{% if true %}x{% endif %}",
    "{% if name %}{{ name.x }}{% endif %}",
    "{% if name %}x{% else %}{% set x = 1 %}{% endif %}",
    "{% if name %}x{% elif name.x %}y{% endif %}",
    "{% endif %}",
    "{% if name %}",
    "{{",
    "{{ name",
    "{{ name }",
    "{{ }}",
    "{%",
    "{% %}",
    "{# x",
    "{{ {{ name }} }}",
    "{{ name | }}",
    "{{ name | default( }}",
    "{{ first name }}",
    "{{ name\n\n\n}} {{",
    "{{ " + "a" * 41 + " }}",
    "{% if a %}" * 6 + "{% endif %}" * 6,
    "{% if a %}x" + "{% elif a %}x" * 6 + "{% endif %}",
    "{% if a %}" * 900 + "{% endif %}" * 900,
    "{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}",
    "{{ " + "-" * 9000 + "name }}",
    "{% if " + "not " * 4000 + "name %}x{% endif %}",
    "{{ name" + "|date" * 3000 + " }}",
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: source[:40])
def test_what_is_more_than_a_placeholder_is_refused_with_what_is_allowed(source: str) -> None:
    with pytest.raises(Invalid) as refused:
        Template(source)

    assert "{{ name }}" in refused.value.message or "conditions" in refused.value.message


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(Invalid, match=r"^line 3: 'getattr' is not allowed"):
        Template("Dear {{ name }},\n\n{{ name.x }}")


@pytest.mark.parametrize(
    "value", ["{{ 7*7 }}", "{% for %}", "<b>&amp;</b>", "{{ other }}", "{#", "%s %(name)s"]
)
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert render("Dear {{ name }}.", {"name": value, "other": "secret"}) == f"Dear {value}."


def test_control_characters_are_stripped_from_values_and_sources_but_newlines_stay() -> None:
    assert (
        render("a\x07b {{ name }}", {"name": "\x00A\x1b[1m\r\nB\u202e\ud800\tC\u2028D"}) == "ab A[1m\nB C\nD"
    )


def test_a_required_value_that_is_empty_is_refused_by_name() -> None:
    template = Template("{{ name }} {{ plate }} {{ due|date }} {{ name }}{% if vip %}{{ gift }}{% endif %}")

    assert missing(template, {"plate": "A1", "name": "  "}) == ["name", "due"]
    assert missing(template, {"plate": "A1", "name": "x", "due": "2026-01-01", "vip": "yes"}) == ["gift"]
    with pytest.raises(Invalid, match="no value for name, due"):
        render(template, {"plate": "A1"})


def test_a_value_that_is_no_date_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match=r"^due: this is no date; enter it like 2026-05-20"):
        render("{{ due|date }}", {"due": "next week"})


def test_unknown_names_are_listed_with_the_known_ones() -> None:
    check("{{ name }}", {"name", "plate"})

    with pytest.raises(Invalid, match="nothing is known as nmae, x; known are: name, plate"):
        check('{{ nmae }}{% if x == "1" %}{{ name }}{% endif %}', {"plate", "name"})


def test_all_names_are_found_also_in_conditions_and_branches() -> None:
    source = "{{ a }}{% if b %}{{ c }}{% elif d %}{{ e|date }}{% else %}{{ f|default('') }}{% endif %}"

    assert placeholders(source) == frozenset("abcdef")


def test_a_source_or_a_result_too_long_is_refused() -> None:
    with pytest.raises(Invalid, match="shorten"):
        Template("x" * (MAX_SOURCE + 1))
    with pytest.raises(Invalid, match="shorten"):
        render("{{ name }}" * 1000, {"name": "x" * 1_000_000})
    assert len(render("{{ name }}" * 2, {"name": "x" * (MAX_RESULT // 2)})) == MAX_RESULT


@given(st.text(max_size=80))
def test_any_text_at_all_is_either_a_template_or_refused(source: str) -> None:
    try:
        template = Template(source)
    except Invalid:
        return
    render(template, dict.fromkeys(placeholders(source), "2026-01-01"))


@given(st.text(st.characters(), max_size=60))
def test_any_value_arrives_cleaned_and_otherwise_unchanged(value: str) -> None:
    expected = clean(value).strip()

    assert render("<{{ name|default('-') }}>", {"name": value}) == f"<{expected or '-'}>"
    assert clean(expected) == expected
