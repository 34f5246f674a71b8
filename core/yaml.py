"""
Reads YAML so that what stands in the file is what arrives.

Every scalar is a string (`17:30`, `01`, `+1800…` and `no` stay what they are;
pydantic types them later); duplicate keys, aliases and tags are refused with
line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from core.errors import Invalid

Plain = str | list[Any] | dict[str, Any]
MAX_CHARS = 1_000_000
# no database column takes these, yet they can be written as escapes
UNSTORABLE = re.compile("[\\0\ud800-\udfff]")


class _Loader(yaml.SafeLoader):
    """SafeLoader without aliases, tags or resolved scalars."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML leaves it untyped
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _at("yaml_alias", event.start_mark, "write the value out again instead of & or *")
        if getattr(event, "tag", None) not in (None, "!"):
            raise _at("yaml_tag", event.start_mark, f"remove the tag {event.tag}")
        return super().compose_node(parent, index)


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return "" if node.value in ("~", "null") and node.style is None else _storable(node)


def _storable(node: yaml.ScalarNode) -> str:
    if UNSTORABLE.search(node.value):
        raise _at(
            "yaml_text", node.start_mark, "remove the characters that are no text (NUL or broken Unicode)"
        )
    return str(node.value)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _at("yaml_key", key_node.start_mark, "use a plain word as key")
        key = _storable(key_node)
        if key in found:
            raise _at("yaml_duplicate_key", key_node.start_mark, f"{key!r} stands here twice")
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


def _at(code: str, mark: yaml.Mark | None, problem: str) -> Invalid:
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return Invalid(code, where + problem)


def text_of(path: Path) -> str:
    """The text of the document at *path*. Raises Invalid if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(
            "yaml_encoding", f"{path.name} is no UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None


def parse(text: str) -> Plain:
    """
    The document in *text* as dicts, lists and strings only.

    Raises Invalid with line and column for anything that is no plain YAML.
    """
    if len(text) > MAX_CHARS:
        raise Invalid(
            "yaml_too_long", f"a document may have {MAX_CHARS} characters, this one has {len(text)}"
        )
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506  # it is a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        raise _at("yaml_syntax", error.problem_mark, error.problem or "not YAML") from error
    except yaml.YAMLError as error:
        raise Invalid("yaml_syntax", f"not YAML: {error}") from error
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
