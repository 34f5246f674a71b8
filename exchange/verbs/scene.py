"""Where a verb is performed: on which line, in which document."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from exchange.documents import Document, Jump
from exchange.line import Line

Aside = Callable[[Line, Jump, frozenset[str]], Awaitable[None]]
"""Plays other documents on a line, to their end, where only some verbs are allowed."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A line, the document being played on it, and how to play others meanwhile."""

    line: Line
    document: Document
    aside: Aside

    def warn(self, code: int, message: str) -> None:
        """Note a mistake in the document that does not stop it."""
        call = self.line.call
        self.line.switch.webhooks.problem(call.account, call.sid, code, message, self.document.url, "warning")

    def number(self, element: ET.Element, name: str, default: int, low: int, high: int) -> int:
        """A whole number among the attributes; a wrong one is warned of and the default used."""
        text = element.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 19 and low <= int(text) <= high):
            self.warn(12200, f"<{element.tag} {name}={text!r}>: a whole number from {low} to {high}")
            return default
        return int(text)

    def action(self, element: ET.Element, params: list[tuple[str, str]]) -> Jump:
        """Go on at the element's action, which is this document if it has none."""
        url = element.get("action") or self.document.url
        return Jump(url, self.method(element), tuple(params))

    def method(self, element: ET.Element) -> str:
        """GET or POST, the default."""
        method = element.get("method", "POST").upper()
        if method not in ("GET", "POST"):
            self.warn(12200, f"<{element.tag} method={method!r}>: GET or POST")
            return "POST"
        return method


class Verb(NamedTuple):
    """One entry of the table of verbs."""

    attributes: frozenset[str]
    perform: Callable[[Scene, ET.Element], Awaitable[Jump | None]]


def known_attributes(scene: Scene, element: ET.Element, allowed: frozenset[str]) -> None:
    """Warn of attributes the verb does not have; they are ignored."""
    for name in sorted(set(element.keys()) - allowed):
        scene.warn(12200, f"<{element.tag}> has no attribute {name!r}; ignored")
