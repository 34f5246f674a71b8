"""
Reads YAML so that what stands in the file is what arrives.

Every scalar is a string (`17:30`, `01`, `+1800…` and `no` stay what they are;
pydantic types them later); duplicate keys, aliases and tags are refused with
line and column.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from core.characters import unfit
from core.errors import Invalid
from core.sentences import Sentence

Plain = str | list[Any] | dict[str, Any]
MAX_CHARS = 1_000_000
# what the parser found, by its own words, and what to do about it
PROBLEMS = (
    (
        "mapping values are not allowed",
        Sentence("put a text that holds a colon in quotes, or mend the indentation"),
    ),
    (r"found character '\t'", Sentence("indent by spaces, not by a tab")),
    ("cannot start any token", Sentence("put a text that begins with this character in quotes")),
    ("could not find expected ':'", Sentence("a colon is missing after the name of a field")),
    ("expected ',' or", Sentence("close the bracket, or put a comma between its parts")),
    ("unexpected end of stream", Sentence("close the quotes that were opened before")),
    ("unknown escape character", Sentence("use single quotes, or double the backslash")),
    ("expected <block end>", Sentence("mend the indentation, or what stands before this line")),
    ("another document", Sentence("remove the line with ---; a file holds one document")),
)
OTHERWISE = Sentence("this is no YAML; compare it with an example")


class _Loader(yaml.SafeLoader):
    """SafeLoader without aliases, tags or resolved scalars."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML leaves it untyped
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _at("yaml_alias", event.start_mark, Sentence("write the value out again instead of & or *"))
        if getattr(event, "tag", None) not in (None, "!"):
            raise _at("yaml_tag", event.start_mark, Sentence("remove the tag {tag}", tag=event.tag))
        return super().compose_node(parent, index)


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return "" if node.value in ("~", "null") and node.style is None else _storable(node)


def _storable(node: yaml.ScalarNode) -> str:
    if said := unfit(node.value):
        raise _at("yaml_text", node.start_mark, said)
    return str(node.value)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _at("yaml_key", key_node.start_mark, Sentence("use a plain word as key"))
        key = _storable(key_node)
        if key in found:
            raise _at(
                "yaml_duplicate_key", key_node.start_mark, Sentence("{key!r} stands here twice", key=key)
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> list[Any]:
    return [loader.construct_object(child, deep=True) for child in node.value]


_Loader.yaml_implicit_resolvers = {}
_Loader.yaml_constructors = {
    "tag:yaml.org,2002:str": _text,
    "tag:yaml.org,2002:map": _mapping,
    "tag:yaml.org,2002:seq": _sequence,
}


def _at(code: str, mark: yaml.Mark | None, problem: Sentence) -> Invalid:
    if mark is None:
        return Invalid(code, problem)
    return Invalid(
        code,
        "line {line}, column {column}: {problem}",
        line=mark.line + 1,
        column=mark.column + 1,
        problem=problem,
    )


def _said(problem: str) -> Sentence:
    return next((said for found, said in PROBLEMS if found in problem), OTHERWISE)


def text_of(path: Path) -> str:
    """The text of the document at *path*. Raises Invalid if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(
            "yaml_encoding",
            "{name} is no UTF-8 text (byte {start}); save it as UTF-8",
            name=path.name,
            start=error.start,
        ) from None


def parse(text: str) -> Plain:
    """
    The document in *text* as dicts, lists and strings only.

    Raises Invalid with line and column for anything that is no plain YAML.
    """
    if len(text) > MAX_CHARS:
        raise Invalid(
            "yaml_too_long",
            "a document may have {most} characters, this one has {count}",
            most=MAX_CHARS,
            count=len(text),
        )
    if unfit(text):
        number, said = next((n, said) for n, line in enumerate(text.split("\n"), 1) if (said := unfit(line)))
        raise Invalid("yaml_text", "line {line}: {problem}", line=number, problem=said)
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506  # it is a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        raise _at("yaml_syntax", error.problem_mark, _said(str(error.problem))) from error
    except yaml.YAMLError as error:
        raise Invalid("yaml_syntax", OTHERWISE) from error
    except RecursionError as error:
        raise Invalid("yaml_too_deep", "the document is nested too deeply") from error
    if found is None:
        raise Invalid("yaml_empty", "the document is empty")
    return found  # type: ignore[no-any-return]  # the constructors above make only Plain


def places(text: str) -> dict[str, int]:
    """
    The line (from 1) on which each field of *text* stands, by its place such as message.en or waves.2; of what is no YAML none.

    Items of `waves` count from 1, as messages about them do; those of other lists from 0.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, Invalid):
        return {}
    return dict(_places(root, ""))


def _places(node: yaml.Node | None, at: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inside = f"{at}.{key.value}" if at else str(key.value)
            yield inside, key.start_mark.line + 1
            yield from _places(value, inside)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value, start=at == "waves"):
            yield f"{at}.{number}", value.start_mark.line + 1
            yield from _places(value, f"{at}.{number}")
