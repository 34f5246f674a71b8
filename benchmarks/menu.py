"""Menus for measurements: a few that all callers share, or one for every way there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

DIGITS = "1234567890"
HEAD = """
name: bench
direction: inbound
purpose: service
languages: {en: {}, zh: {}}
default_language: en
start: menu
variables: {company: {max_length: 40}}
nodes:
  bye: {kind: hangup}
"""
WELCOME = 'text: {en: "Welcome to {{ company }}.", zh: "欢迎致电{{ company }}。"}, '
OPTION = '"{key}": {{next: {to}, text: {{en: "For service number {key}, press {key}.", zh: "服务{key}请按{key}。"}}}}'


def menus(levels: int, keys: int, is_shared: bool = True) -> str:
    """A flow of menus with *keys* choices each, *levels* deep; one menu a level is shared by all, or every way has its own."""
    ways = [way for level in range(levels) for way in _ways(level, DIGITS[:keys], is_shared)]
    return HEAD + "".join(_menu(way, levels, DIGITS[:keys], is_shared) for way in ways)


def _ways(level: int, keys: str, is_shared: bool) -> Iterator[str]:
    """What leads to the menus of a level."""
    return iter(["x" * level]) if is_shared else map("".join, product(keys, repeat=level))


def _menu(way: str, levels: int, keys: str, is_shared: bool) -> str:
    is_last = len(way) + 1 == levels
    to = {key: "bye" if is_last else f"menu{way}{'x' if is_shared else key}" for key in keys}
    options = ", ".join(OPTION.format(key=key, to=to[key]) for key in keys)
    welcome = "" if way else WELCOME
    return f"  menu{way}: {{kind: menu, {welcome}otherwise: bye, options: {{{options}}}}}\n"
