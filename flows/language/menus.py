"""Lint: menus people can follow. Few options, ascending keys, each key said, after what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.sentences import Sentence
from flows.language.finding import Finding
from flows.language.flow import Flow
from flows.language.nodes.menu import MenuNode, Option
from flows.language.nodes.speech import SpeechNode, SpeechOption
from flows.language.prompt import words
from flows.language.rules import Rules
from flows.language.text import ZH_DIGITS

AnyMenu = MenuNode | SpeechNode
UNCOUNTED = "0*#9"
"""Help, back, end and opt-out do not count as commands."""
NAMES_OF_SIGNS = {"*": ("*", "star", "星"), "#": ("#", "pound", "hash", "井")}
KEY_FIRST = re.compile(r"\s*(?:press\b|(?:请)?按(?!照))", re.IGNORECASE)


def check(flow: Flow, rules: Rules) -> Iterator[Finding]:
    """Findings about the menus of *flow*."""
    for name, node in flow.nodes.items():
        if node.kind == "menu" or node.kind == "speech":
            yield from _keys(flow.name, name, node, rules)
            for lang in flow.languages:
                yield from _spoken(flow.name, name, node, lang)


def names_key(text: str, key: str) -> bool:
    """Whether *text* tells people to use *key*."""
    if key in NAMES_OF_SIGNS:
        return any(word in text.lower() for word in NAMES_OF_SIGNS[key])
    return bool(re.search(rf"(?<![0-9]){key}(?![0-9])", text)) or f"按{ZH_DIGITS[key]}" in text


def _keys(flow: str, name: str, node: AnyMenu, rules: Rules) -> Iterator[Finding]:
    counted = [key for key in node.options if key not in UNCOUNTED]
    if len(counted) > rules.max_options:
        message = Sentence(
            "{count} options are too many to remember; split the menu, {good_options} are good",
            count=len(counted),
            good_options=rules.good_options,
        )
        yield Finding(flow, name, "error", "too_many_options", message)
    elif len(counted) > rules.good_options:
        message = Sentence(
            "{count} options are hard to remember; {good_options} are good",
            count=len(counted),
            good_options=rules.good_options,
        )
        yield Finding(flow, name, "warning", "many_options", message)
    if counted != sorted(counted):
        message = Sentence(
            "the keys are offered in the order {counted}; offer them ascending", counted=counted
        )
        yield Finding(flow, name, "error", "keys_order", message)
    elif counted != [str(number) for number in range(1, len(counted) + 1)]:
        message = Sentence("the keys {counted} have gaps; number the options from 1", counted=counted)
        yield Finding(flow, name, "warning", "keys_gap", message)


def _spoken(flow: str, name: str, node: AnyMenu, lang: str) -> Iterator[Finding]:
    lead = words(node.text.get(lang, ())) if node.text else ""
    for key, option in node.options.items():
        own = _own_words(option, lang)
        if own is None:
            continue  # an uploaded prompt: what it says cannot be read here
        if not names_key(own or lead, key):
            message = Sentence(
                "options.{key}: the text in {lang} does not say that {key} is to be pressed; name the key",
                key=key,
                lang=lang,
            )
            yield Finding(flow, name, "error", "key_unspoken", message)
        if KEY_FIRST.match(own):
            message = Sentence(
                "options.{key}: say in {lang} first what it is for and then the key", key=key, lang=lang
            )
            yield Finding(flow, name, "warning", "key_first", message)


def _own_words(option: Option | SpeechOption, lang: str) -> str | None:
    parts = option.text.get(lang, ()) if option.text else ()
    own = words(parts)
    return None if parts and not own else own
