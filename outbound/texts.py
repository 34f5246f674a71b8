"""
Texts with placeholders, filled in for one recipient: SMS bodies and the paragraphs of letters.

    Dear {{ name|default("customer") }},
    {% if plate %}your car {{ plate }} is due on {{ due|date }}.{% endif %} Questions? {{ hotline|phone }}

The syntax is Jinja's and so is the parser. Nothing is ever compiled or evaluated: the syntax tree is turned
into the three kinds of part below, anything else in it is refused, and a value goes in as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from babel.dates import format_date
from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.errors import Invalid
from core.phone import pretty, to_e164
from core.sentences import Sentence

MAX_SOURCE = 20_000
MAX_RESULT = 20_000
MAX_DEPTH = 5
NAME = re.compile(r"[^\W\d_]\w{0,39}")
RESERVED = frozenset({"self", "super", "caller", "loop", "varargs", "kwargs", "true", "false", "none"})
# control characters but the newline, lone surrogates, and the unseen that turn a line round or cost a segment
UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def clean(text: str) -> str:
    """*text* without control and invisible characters; a tab becomes a space, any line end a newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return UNWANTED.sub("", text.replace("\t", " "))


def shown_date(value: str, language: str) -> str:
    """2026-05-20 (or with a time) as people read it: May 20, 2026, or 2026年5月20日."""
    try:
        return format_date(datetime.fromisoformat(value), "long", locale=language)
    except ValueError as error:
        raise Invalid("date_invalid", "this is no date; enter it like 2026-05-20") from error


@lru_cache(4096)
def shown_phone(value: str, language: str = "") -> str:
    """+14155550123 as people read it; what is not E.164 (a company's short number) stays as it is."""
    try:
        return pretty(to_e164(value, "ZZ")) if value.startswith("+") else value
    except Invalid:
        return value


FILTERS: Mapping[str, Callable[[str, str], str]] = {"date": shown_date, "phone": shown_phone}
ALLOWED = Sentence(
    'allowed are {{{{ name }}}}, {{{{ name|default("text") }}}}, the filters {filters}, and {{% if name %}}, '
    '{{% if not name %}} or {{% if name == "text" %}} with elif, else and endif',
    filters=tuple(FILTERS),
)
# only its parser is used; if anything were ever run in it, it would find no globals, filters or tests
ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=False, keep_trailing_newline=True)
ENVIRONMENT.globals.clear()
ENVIRONMENT.filters.clear()
ENVIRONMENT.tests.clear()


@dataclass(frozen=True)
class Field:
    """The value of *name* goes here, through *filters*; *fallback* if it is empty, None if it must not be."""

    name: str
    filters: tuple[str, ...]
    fallback: str | None


@dataclass(frozen=True)
class Choice:
    """*then* if *name* has a value (equal to *equals*, if given; *negated*: has not), else *otherwise*."""

    name: str
    equals: str | None
    negated: bool
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


Part = str | Field | Choice


@dataclass(frozen=True, init=False)
class Template:
    """A text that was read once and found harmless; *language* is how its dates are written."""

    source: str
    language: str
    parts: tuple[Part, ...]

    def __init__(self, source: str, language: str = "en") -> None:
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "language", language)
        object.__setattr__(self, "parts", _parse(source))


def placeholders(source: str) -> frozenset[str]:
    """Every name that *source* uses, in placeholders and conditions."""
    return _names(_parse(source))


def check(source: str, known: Collection[str]) -> None:
    """Raise Invalid if *source* is no template or uses a name that is not among the *known*."""
    unknown = sorted(placeholders(source) - set(known))
    if unknown:
        offered = sorted(known) or Sentence("nothing")
        raise Invalid(
            "unknown_placeholders",
            "nothing is known as {unknown}; known are: {offered}",
            unknown=unknown,
            offered=offered,
        )


def missing(template: Template, variables: Mapping[str, str]) -> list[str]:
    """The names whose values this recipient would need and has not, in order of appearance."""
    return _missing(template, _values(template, variables))


def render(template: Template | str, variables: Mapping[str, str]) -> str:
    """The text for one recipient. Raises Invalid naming the field whose value is missing or unusable."""
    if isinstance(template, str):
        template = Template(template)
    values = _values(template, variables)
    absent = _missing(template, values)
    if absent:
        raise Invalid("value_missing", "no value for {absent}; enter it or give it a default", absent=absent)
    written, length = [], 0
    for part in _chosen(template.parts, values):
        text = part if isinstance(part, str) else _filled(part, values[part.name], template.language)
        length += len(text)
        if length > MAX_RESULT:
            raise Invalid(
                "text_too_long",
                "the text would be longer than {most:,} characters; shorten it or its values",
                most=MAX_RESULT,
            )
        written.append(text)
    return "".join(written)


def _values(template: Template, variables: Mapping[str, str]) -> dict[str, str]:
    return {name: clean(variables.get(name) or "").strip() for name in _names(template.parts)}


def _missing(template: Template, values: Mapping[str, str]) -> list[str]:
    fields = (part for part in _chosen(template.parts, values) if isinstance(part, Field))
    return list(dict.fromkeys(f.name for f in fields if f.fallback is None and not values[f.name]))


def _filled(field: Field, value: str, language: str) -> str:
    if not value:
        return field.fallback or ""
    for name in field.filters:
        try:
            value = FILTERS[name](value, language)
        except Invalid as error:
            raise Invalid(error.code, "{field}: {said}", field=field.name, said=error.message) from error
    return value


def _chosen(parts: tuple[Part, ...], values: Mapping[str, str]) -> Iterator[str | Field]:
    """The parts that apply, with every choice made."""
    for part in parts:
        if isinstance(part, Choice):
            value = values[part.name]
            holds = bool(value) if part.equals is None else value == part.equals
            yield from _chosen(part.then if holds != part.negated else part.otherwise, values)
        else:
            yield part


def _names(parts: tuple[Part, ...]) -> frozenset[str]:
    names: set[str] = set()
    for part in parts:
        if not isinstance(part, str):
            names.add(part.name)
        if isinstance(part, Choice):
            names |= _names(part.then + part.otherwise)
    return frozenset(names)


def _parse(source: str) -> tuple[Part, ...]:
    if len(source) > MAX_SOURCE:
        raise Invalid(
            "template_too_long", "the text has {count:,} characters; shorten it to {most:,}",
            count=len(source), most=MAX_SOURCE,
        )  # fmt: skip
    try:
        return _parts(ENVIRONMENT.parse(clean(source)).body, 0)
    except TemplateSyntaxError as error:
        raise Invalid(
            "template_syntax", "line {line}: close the braces, or mend what stands in them; {allowed}",
            line=error.lineno, allowed=ALLOWED,
        ) from error  # fmt: skip
    except RecursionError as error:
        raise Invalid(
            "template_too_deep", "the text is nested too deeply; {allowed}", allowed=ALLOWED
        ) from error


def _parts(body: Sequence[nodes.Node], depth: int) -> tuple[Part, ...]:
    found: list[Part] = []
    for node in body:
        if isinstance(node, nodes.If):
            found.append(_choice(node.test, node.body, node.elif_, node.else_, depth + 1))
        elif isinstance(node, nodes.Output):
            found += [n.data if isinstance(n, nodes.TemplateData) else _field(n) for n in node.nodes]
        else:
            raise _refused(node)
    return tuple(found)


def _choice(
    test: nodes.Node,
    body: Sequence[nodes.Node],
    elifs: Sequence[nodes.If],
    otherwise: Sequence[nodes.Node],
    depth: int,
) -> Choice:
    """An elif is an if inside an else."""
    if depth > MAX_DEPTH:
        raise Invalid(
            "template_too_deep",
            "line {line}: only {most} conditions may lie in one another",
            line=test.lineno,
            most=MAX_DEPTH,
        )
    name, equals, negated = _condition(test)
    if elifs:
        alternative: tuple[Part, ...] = (
            _choice(elifs[0].test, elifs[0].body, elifs[1:], otherwise, depth + 1),
        )
    else:
        alternative = _parts(otherwise, depth)
    return Choice(name, equals, negated, _parts(body, depth), alternative)


def _condition(test: nodes.Node) -> tuple[str, str | None, bool]:
    """The name, what it must equal (None: only be there) and whether the opposite is meant."""
    negated = isinstance(test, nodes.Not)
    if isinstance(test, nodes.Not):
        test = test.node
    if isinstance(test, nodes.Compare) and len(test.ops) == 1 and test.ops[0].op in ("eq", "ne"):
        return _name(test.expr), _literal(test.ops[0].expr), negated != (test.ops[0].op == "ne")
    return _name(test), None, negated


def _field(node: nodes.Node) -> Field:
    filters: list[str] = []
    fallback: str | None = None
    while isinstance(node, nodes.Filter) and node.node is not None:
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise _refused(node)
        if node.name == "default" and len(node.args) == 1 and fallback is None:
            fallback = _literal(node.args[0])
        elif node.name in FILTERS and not node.args and len(filters) < len(FILTERS):
            filters.insert(0, node.name)
        else:
            raise _refused(node)
        node = node.node
    return Field(_name(node), tuple(filters), fallback)


def _name(node: nodes.Node) -> str:
    if not isinstance(node, nodes.Name) or node.name.lower() in RESERVED or not NAME.fullmatch(node.name):
        raise _refused(node)
    return node.name


def _literal(node: nodes.Node) -> str:
    if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
        raise _refused(node)
    return node.value


def _refused(node: nodes.Node) -> Invalid:
    what = node.name if isinstance(node, nodes.Name) else type(node).__name__.lower()
    return Invalid(
        "template_not_allowed",
        "line {line}: {what!r} is not allowed; {allowed}",
        line=node.lineno,
        what=what,
        allowed=ALLOWED,
    )
