"""What is wrong with a flow, and the error that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.errors import Invalid
from core.sentences import Sentence, lines

Level = Literal["error", "warning"]
SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """
    One fault at one place; *message* says what to do about it. *node* is "" where the whole flow is meant.

    *path* are the answers that lead a caller there, as in flows/language/ways.py.
    """

    flow: str
    node: str
    level: Level
    code: str
    message: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.text)

    @property
    def text(self) -> Sentence:
        """Place, message and code in one line."""
        place = Sentence("{flow}, node {node}", flow=self.flow, node=self.node) if self.node else self.flow
        if self.path:
            place = Sentence("{place}, after {path}", place=place, path=self.path)
        return Sentence("{place}: {said} [{code}]", place=place, said=self.message, code=self.code)


class Unfit(Invalid):
    """The flow cannot be used as it is."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        told = [finding.text for finding in self.findings[:SHOWN]]
        if (count := len(self.findings) - SHOWN) > 0:
            told.append(Sentence("… and {count} more", count=count))
        super().__init__(self.findings[0].code, lines(told))
