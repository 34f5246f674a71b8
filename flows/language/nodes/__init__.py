"""The kinds of node. A new kind is one file, one line here, one table of cases."""

from __future__ import annotations

from typing import Any, Protocol

from flows.language.context import Context, Decision
from flows.language.nodes.hangup import HangupNode
from flows.language.nodes.menu import MenuNode
from flows.language.nodes.say import SayNode
from flows.language.prompt import Spoken
from flows.language.turn import Answer


class Node(Protocol):
    """What every kind can do."""

    @property
    def kind(self) -> Any:
        """The word that stands under `kind:`."""

    def exits(self) -> dict[str, str]:
        """What it is called -> the node it leads to."""

    def texts(self) -> dict[str, Spoken]:
        """Field -> what is spoken there, in the order it is spoken."""

    def enter(self, ctx: Context) -> Decision:
        """The caller arrives."""

    def resume(self, ctx: Context, answer: Answer) -> Decision:
        """What the node waited for has come."""


AnyNode = SayNode | MenuNode | HangupNode
NODES: dict[str, type[AnyNode]] = {
    "say": SayNode,
    "menu": MenuNode,
    "hangup": HangupNode,
}
