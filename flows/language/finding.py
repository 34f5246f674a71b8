"""What is wrong with a flow, and the error that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.errors import Invalid

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
        place = f"{self.flow}, node {self.node}" if self.node else self.flow
        if self.path:
            place += f", after {', '.join(self.path)}"
        return f"{place}: {self.message} [{self.code}]"


class Unfit(Invalid):
    """The flow cannot be used as it is."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        lines = [str(finding) for finding in self.findings[:SHOWN]]
        if len(self.findings) > SHOWN:
            lines.append(f"and {len(self.findings) - SHOWN} more")
        super().__init__(self.findings[0].code, "\n".join(lines))
