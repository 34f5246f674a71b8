"""
Sentences for people: a template and its figures, so that each reader is told in their own language.

In all else a sentence is its English text: logs, the command line, JSON and comparisons read that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

# how a sentence with figures begins once it is packed
PACKED = '{"template": '


class Sentence(str):
    """
    `Sentence("there is no import {number}", number=7)`. Without figures the template is the text itself, braces and all.

    A figure may be a sentence itself, or a list of values. What a template says in another language stands in
    translations/*/LC_MESSAGES/sentences.po (core/languages.py).
    """

    template: str
    figures: Mapping[str, Any]

    def __new__(cls, template: str, /, **figures: Any) -> Sentence:
        if isinstance(template, Sentence) and not figures:
            return template
        made = super().__new__(cls, _filled(template, figures, str, ", "))
        made.template, made.figures = str(template), figures
        return made

    def told(self, templates: Mapping[str, str], between: str) -> str:
        """The sentence by its template's counterpart in *templates*, with *between* between the values of a list."""
        template = templates.get(self.template, self.template)
        return _filled(template, self.figures, lambda part: told(part, templates, between), between)


def told(text: str, templates: Mapping[str, str], between: str) -> str:
    """*text*, a sentence or the template of one without figures, by its counterpart in *templates*."""
    return text.told(templates, between) if isinstance(text, Sentence) else templates.get(text, text)


def lines(sentences: Iterable[str]) -> Sentence:
    """Each of *sentences* on a line of its own."""
    figures = {f"line{number}": line for number, line in enumerate(sentences)}
    return Sentence("\n".join(f"{{{name}}}" for name in figures), **figures)


def lines_of(text: str) -> list[str]:
    """What `lines` was made of; any other text alone."""
    return list(text.figures.values()) if isinstance(text, Sentence) and "line0" in text.figures else [text]


def kept(text: str) -> Any:
    """*text* as JSON can hold it, to be said again by `restored`."""
    if not isinstance(text, Sentence) or not text.figures:
        return str(text)
    return _kept(text)


def restored(found: Any) -> str:
    """The text that was `kept`; a text is itself."""
    if isinstance(found, str):
        return found
    return Sentence(found["template"], **{name: _restored(v) for name, v in found["figures"].items()})


def packed(text: str) -> str:
    """What is `kept` of *text*, as one text again: for a column or a cell; `unpacked` opens it."""
    found = kept(Sentence("{text}", text=text) if text.startswith(PACKED) else text)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def unpacked(text: str) -> str:
    """The sentence that was `packed`; any other text is itself."""
    return restored(json.loads(text)) if text.startswith(PACKED) else text


def _filled(template: str, figures: Mapping[str, Any], said: Callable[[str], str], between: str) -> str:
    if not figures:
        return str(template)

    def shown(value: Any) -> Any:
        if isinstance(value, Sentence):
            return said(value)
        if isinstance(value, str | bytes) or not isinstance(value, Collection):
            return value
        return between.join(str(shown(part)) for part in value)

    return str(template).format_map({name: shown(value) for name, value in figures.items()})


def _kept(value: Any) -> Any:
    if isinstance(value, Sentence):
        return {"template": value.template, "figures": {name: _kept(v) for name, v in value.figures.items()}}
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return [_kept(part) for part in value]
    return value if isinstance(value, int | float) else str(value)


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(part) for part in value]
    return restored(value) if isinstance(value, Mapping) else value
